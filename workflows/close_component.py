"""A teacher closes a component, which decides absences (rule 10), or opens it again, which withdraws their zeros."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grading.mark import MarkStatus
from grading.rules import AbsentAs, Unit
from grading.text import Bilingual, moment
from storage.audit import note
from storage.gradebook import Closing, add_closing
from storage.people import Member, lock_people
from storage.scope import UnitYear
from workflows.cohort import Cohort, load_cohort, rules_of, unit_year
from workflows.mark_effects import Effect, effects_of
from workflows.presence import Presence
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class ClosingPreview:
    """What would happen, before anything does. `warning` tells what a teacher may not have thought of.

    `already` says that the component is so and nobody came since. `has_column`: an activity of the course carries the
    component. `never_came` are those among the effects whom only the roster knows, `left` those who left before and
    whom closing does not concern. `digest` changes when anything shown does.
    """

    unit: Unit
    component: str
    title: Bilingual
    closes: bool
    effects: tuple[Effect, ...]
    unchanged: int
    warning: Bilingual | None
    already: Bilingual | None
    absent_as: AbsentAs
    has_column: bool
    never_came: int
    left: int
    digest: str


def preview_closing(world: World, visit: Visit, component: str, *, closes: bool) -> ClosingPreview:
    """What closing or opening a component would change.

    Raises:
        Refused: not a teacher; no such component.
    """
    rules, scope = _target(world, visit, component)
    with world.database.read() as connection:
        cohort = load_cohort(connection, rules, scope)
    return _preview(cohort, component, closes, world.now(), visit)


def close_component(world: World, visit: Visit, component: str, *, closes: bool, seen: str) -> int:
    """Close a component or open it again, and mark everybody anew; return how many marks changed.

    Closing a closed component again decides for those who came after the first closing. `seen` is the digest of
    the preview the teacher saw. Where there is nothing to do (a double click), nothing is done.

    Raises:
        Refused: not a teacher; no such component; what would change is no longer what was shown.
    """
    rules, scope = _target(world, visit, component)
    now = world.now()
    with world.database.write() as connection:
        lock_people(connection, load_cohort(connection, rules, scope).members)
        shown = _preview(load_cohort(connection, rules, scope), component, closes, now, visit)
        if shown.already is not None:
            return 0
        if shown.digest != seen:
            raise Refused(
                RefusalCode.CHANGED_MEANWHILE,
                Bilingual(
                    "La situation a changé depuis l’aperçu : rien n’a été fait. Relisez l’aperçu à jour.",
                    "Things changed since the preview: nothing was done. Read the updated preview.",
                ),
            )
        add_closing(
            connection, scope, Closing(component=component, closed=closes, at=now, by_person=visit.person_id)
        )
        regrade(connection, rules, scope, None, cause="closing" if closes else "opening", now=now)
        note(
            connection,
            "component_closed" if closes else "component_opened",
            now,
            by_person=visit.person_id,
            course_id=scope.course_id,
            details={"component": component, "marks_changed": len(shown.effects)},
        )
    world.wake()
    return len(shown.effects)


def newcomers(cohort: Cohort, component: str) -> list[Member]:
    """Those whom the closing did not decide for, since they came after it, and who have sent nothing that counts."""
    closing = cohort.closings.get(component)
    if closing is None or not closing.closed:
        return []
    since = [each for each in cohort.learners if not each.has_left and not each.was_there(closing.at)]
    waiting = (MarkStatus.NOT_SENT, MarkStatus.LATE)
    return [each for each in since if cohort.outcome(each).get_component(component).status in waiting]


def _preview(cohort: Cohort, component: str, closes: bool, now: datetime, visit: Visit) -> ClosingPreview:
    part = cohort.unit.get_component(component)
    latest = Closing(component=component, closed=closes, at=now, by_person=visit.person_id)
    then = replace(cohort, closings={**cohort.closings, component: latest})
    effects = effects_of(cohort, then)
    before = cohort.closings.get(component)
    is_so = closes == (before is not None and before.closed)
    already = None
    if is_so and not (closes and newcomers(cohort, component)):
        already = _already(before, cohort.unit)
    warning = None
    if closes and already is None and now <= part.closes_at:
        on = moment(part.closes_at, cohort.unit.timezone)
        warning = Bilingual(
            f"La date limite ({on.fr}) n’est pas passée : clore maintenant arrête les envois avant l’heure annoncée.",
            f"The deadline ({on.en}) has not passed: closing now stops hand-ins before the announced time.",
        )
    return ClosingPreview(
        unit=cohort.unit,
        component=component,
        title=part.title,
        closes=closes,
        effects=tuple(effects),
        unchanged=len([each for each in cohort.learners if not each.has_left])
        - len({each.person.id for each in effects if each.presence is not Presence.LEFT}),
        never_came=len({each.person.id for each in effects if each.presence is Presence.NEVER_CAME}),
        left=sum(each.has_left for each in cohort.learners),
        warning=warning,
        already=already,
        absent_as=part.absent_as,
        has_column=bool(cohort.columns(component)),
        digest=_digest(cohort, component, closes, effects),
    )


def _already(before: Closing | None, unit: Unit) -> Bilingual:
    if before is None or not before.closed:
        return Bilingual("Cette épreuve n’est pas close.", "This component is not closed.")
    on = moment(before.at, unit.timezone)
    return Bilingual(
        f"Cette épreuve est close depuis le {on.fr}, et personne n’est arrivé depuis sans avoir rien envoyé.",
        f"This component has been closed since {on.en}, and nobody who sent nothing came since.",
    )


def _digest(cohort: Cohort, component: str, closes: bool, effects: Sequence[Effect]) -> str:
    what = [
        [cohort.scope.unit_code, cohort.scope.academic_year, component, closes, cohort.rules.digest],
        [[each.person.id, each.component.fr, str(each.after), each.status] for each in effects],
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _target(world: World, visit: Visit, component: str) -> tuple[RulesFile, UnitYear]:
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    if rules.unit.find_component(component) is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                f"L’unité {rules.unit.code} n’a pas d’épreuve « {component} » à clore.",
                f"Unit {rules.unit.code} has no component “{component}” to close.",
            ),
        )
    return rules, unit_year(activity)
