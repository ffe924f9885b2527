"""After a unit's file changed: what its rules make of everything already sent, shown first, then kept and pushed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from storage.audit import note
from storage.certifications import certified_units
from storage.database import Connection
from storage.scope import UnitYear
from storage.submissions import taught_units
from workflows.cohort import load_cohort
from workflows.person_names import person_name
from workflows.regrade import regrade
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """A component mark (out of 20; None: no mark) that today's rules make otherwise than the last grade on record."""

    scope: UnitYear
    name: str
    component: str
    before: Decimal | None
    after: Decimal | None


def what_would_change(world: World, code: str | None = None) -> list[Recomputed]:
    """Every mark that today's rules change, in every course; nothing is written."""
    found: list[Recomputed] = []
    with world.database.read() as connection:
        for scope, rules in _scopes(world, _known_units(connection), code):
            cohort = load_cohort(connection, rules, scope)
            for member in cohort.learners:
                for mark in cohort.outcome(member).components:
                    grade = cohort.grades.get((member.person.id, mark.key))
                    before = grade.mark if grade else None
                    if before != mark.mark:
                        name = person_name(member.person)
                        found.append(
                            Recomputed(
                                scope=scope, name=name, component=mark.key, before=before, after=mark.mark
                            )
                        )
    return found


def recompute(world: World, code: str | None = None) -> int:
    """Keep every mark as today's rules have it, and let the LMSs follow; return how many grades changed."""
    now = world.now()
    changed = 0
    with world.database.read() as connection:
        scopes = list(_scopes(world, _known_units(connection), code))
    for scope, rules in scopes:
        with world.database.write() as connection:
            changes = regrade(connection, rules, scope, None, cause="rules_changed", now=now)
            if changes:
                details = {"unit": scope.unit_code, "rules": rules.digest, "marks_changed": len(changes)}
                note(connection, "marks_recomputed", now, course_id=scope.course_id, details=details)
        changed += len(changes)
    world.wake()
    return changed


def _known_units(connection: Connection) -> list[UnitYear]:
    """Every unit of every course in which there is something to mark."""
    return list(dict.fromkeys([*taught_units(connection), *certified_units(connection)]))


def _scopes(world: World, taught: list[UnitYear], code: str | None) -> Iterator[tuple[UnitYear, RulesFile]]:
    for scope in taught:
        rules = world.rules.find(scope.unit_code, scope.academic_year)
        if rules is not None and code in (None, scope.unit_code):
            yield scope, rules
