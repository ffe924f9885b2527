"""The marks that a change of sendings or certifications makes: before and after, person by person. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from grading.eligibility import Eligibility
from grading.mark import ComponentMark, Fate, MarkStatus
from grading.outcome import assess_parts
from grading.text import Bilingual, out_of_twenty
from storage.certifications import Certification
from storage.database import Connection
from storage.people import Member, Person
from storage.submissions import Submission, submissions_of
from workflows.cohort import Cohort
from workflows.person_names import order_of, person_label


@dataclass(slots=True)
class Change:
    """What is taken from a person's sendings and certifications, by id, and what is added."""

    removed: set[int] = field(default_factory=set)
    added: list[Submission] = field(default_factory=list)
    results_removed: set[int] = field(default_factory=set)
    results_added: list[Certification] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ShownMark:
    """A mark out of 20 and its standing: all that is kept of it, since its verdicts hold everything that was sent."""

    mark: Decimal | None
    status: str


@dataclass(frozen=True, kw_only=True)
class MarkEffect:
    """A person one of whose marks (out of 20), its standing, or eligibility changes; `component` is its title."""

    person: Person
    name: str
    key: str
    component: Bilingual
    before: ShownMark
    after: ShownMark
    eligible_before: bool
    eligible_after: bool
    note: Bilingual | None


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Why an added sending will not be the one that counts; `late` where that is because it came too late."""

    reason: Bilingual
    late: bool


def effects_of_changes(
    connection: Connection,
    people: Cohort,
    person_ids: Collection[int],
    change_of: Callable[[int], Change],
    components: Collection[str],
    *,
    done: Callable[[int], Any] = lambda number: None,  # noqa: ARG005 - nobody listens
) -> tuple[list[MarkEffect], dict[int, Worth]]:
    """What changes for whom, in reading order, in these components; and the worth of added sendings, by their id.

    `people` holds everybody, and nothing of what anybody sent (`load_people`). They are looked at in groups, so that
    what everybody ever sent is never in memory at once; `done` is told after each group how many were.
    """
    effects: list[MarkEffect] = []
    worths: dict[int, Worth] = {}
    touched = sorted(person_ids)
    for start in range(0, len(touched), _AT_ONCE):
        some = touched[start : start + _AT_ONCE]
        cohort = replace(people, submissions=submissions_of(connection, people.scope, some))
        for person_id in some:
            if member := people.members.get(person_id):
                effects += _effects_on(cohort, member, change_of(person_id), components, worths)
        done(start + len(some))
    return sorted(effects, key=lambda effect: order_of(effect.person)), worths


_AT_ONCE = 250


def _effects_on(
    cohort: Cohort,
    member: Member,
    change: Change,
    components: Collection[str],
    worths: dict[int, Worth],
) -> list[MarkEffect]:
    person_id = member.person.id
    before = assess_parts(cohort.unit, cohort.situation(member), components)
    then = cohort
    if change.removed:
        then = then.without(person_id, change.removed)
    if change.results_removed:
        then = then.without_certifications(person_id, change.results_removed)
    situation = then.situation(member, also=change.added, also_certified=change.results_added)
    after = assess_parts(cohort.unit, situation, components)
    for mark in after[0].values():
        for verdict in mark.verdicts:
            if verdict.sending.id is not None and verdict.fate is not Fate.COUNTS:
                late = verdict.fate is Fate.LATE
                worths[int(verdict.sending.id)] = Worth(reason=verdict.reason, late=late)
    return _effects(cohort, member.person, before, after)


_Parts = tuple[Mapping[str, ComponentMark], Eligibility]


def _effects(cohort: Cohort, person: Person, before: _Parts, after: _Parts) -> list[MarkEffect]:
    eligible = before[1].met, after[1].met
    moved = eligible[0] != eligible[1]
    found = []
    for key, old in before[0].items():
        new = after[0][key]
        if (old.mark, old.status) == (new.mark, new.status) and not moved:
            continue
        found.append(
            MarkEffect(
                person=person,
                name=person_label(person),
                key=key,
                component=title_of(cohort, key),
                before=ShownMark(mark=old.mark, status=old.status),
                after=ShownMark(mark=new.mark, status=new.status),
                eligible_before=eligible[0],
                eligible_after=eligible[1],
                note=_note(old, new),
            )
        )
        moved = False  # said once
    return found


def title_of(cohort: Cohort, key: str) -> Bilingual:
    """What a component, or the catch-up, is called."""
    catch_up = cohort.unit.catch_up
    return catch_up.title if key == catch_up.key else cohort.unit.get_component(key).title


def _note(before: ComponentMark, after: ComponentMark) -> Bilingual | None:
    """Say when what Pix proves is not what was declared (rule 8)."""
    proven = before.status is MarkStatus.DECLARED and after.status is MarkStatus.VERIFIED
    if not proven or before.mark is None or after.mark is None or before.mark == after.mark:
        return None
    declared, verified = out_of_twenty(before.mark), out_of_twenty(after.mark)
    return Bilingual(
        f"La déclaration donnait {declared.fr}, l’export Pix donne {verified.fr}.",
        f"The declaration gave {declared.en}, the Pix export gives {verified.en}.",
    )


def shown_effects(effects: Sequence[MarkEffect]) -> list[list[Any]]:
    """What a digest has to cover of them."""

    def mark(value: Decimal | None) -> str | None:
        return None if value is None else str(value)

    return [
        [
            each.person.id,
            each.key,
            each.before.status,
            mark(each.before.mark),
            each.after.status,
            mark(each.after.mark),
            each.eligible_after,
        ]
        for each in effects
    ]
