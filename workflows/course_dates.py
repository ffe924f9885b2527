"""A teacher gives a component dates of this course's own, sees first which marks that changes, and can go back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from grading.own_dates import OwnDates
from grading.rules import Component, Unit
from grading.text import Bilingual, moment
from storage.audit import note
from storage.course_dates import DatesChange, add_dates, dates_history
from storage.database import Connection
from storage.gradebook import lock_course
from storage.people import lock_people, people_of
from storage.scope import UnitYear
from workflows.cohort import Cohort, load_cohort, rules_of, unit_year
from workflows.course_rules import file_of, with_dates
from workflows.mark_effects import Effect, effects_of
from workflows.person_names import person_name
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.typed_dates import TypedDates, read_dates
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class ComponentDates:
    """One component's dates as the page shows them, and as its form begins; `file_*` are those of the unit's file."""

    key: str
    title: Bilingual
    opens: Bilingual | None
    closes: Bilingual
    file_opens: Bilingual | None
    file_closes: Bilingual
    is_own: bool
    typed: TypedDates
    closed_on: Bilingual | None


@dataclass(frozen=True, kw_only=True)
class PastChange:
    """A change of dates on record, in words; `typed` sets the dates back to what they became then."""

    component: str
    title: Bilingual
    when: Bilingual
    who: str
    opens: Bilingual | None
    closes: Bilingual | None
    typed: TypedDates
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class DatesPage:
    """The page of a course's dates; `place` is the city whose time they are in."""

    unit: Unit
    place: str
    components: tuple[ComponentDates, ...]
    changes: tuple[PastChange, ...]


@dataclass(frozen=True, kw_only=True)
class DatesPreview:
    """What other dates would change, before anything does. `digest` changes when anything shown does."""

    unit: Unit
    component: str
    title: Bilingual
    opens_before: Bilingual | None
    closes_before: Bilingual
    opens_after: Bilingual | None
    closes_after: Bilingual
    back: bool
    typed: TypedDates
    effects: tuple[Effect, ...]
    unchanged: int
    warnings: tuple[Bilingual, ...]
    is_so: bool
    digest: str


def dates_page(world: World, visit: Visit) -> DatesPage:
    """The dates of every component, in this course and in the unit's file.

    Raises:
        Refused: not a teacher; not set up; no rules.
    """
    rules, scope = _target(world, visit)
    with world.database.read() as connection:
        cohort = load_cohort(connection, rules, scope, [])
        history = dates_history(connection, scope)
        people = people_of(connection, {each.by_person for each in history})
    unit, zone = cohort.unit, cohort.unit.timezone
    titles = {each.key: each.title for each in unit.components}
    last = {each.component: index for index, each in enumerate(history)}
    own = {key: history[index].own for key, index in last.items()}
    return DatesPage(
        unit=unit,
        place=zone.rpartition("/")[2].replace("_", " "),
        components=tuple(
            _component_dates(cohort, each, in_file, is_own=own.get(each.key) is not None)
            for each, in_file in zip(unit.components, file_of(rules).unit.components, strict=True)
        ),
        changes=tuple(
            PastChange(
                component=change.component,
                title=titles[change.component],
                when=moment(change.at, zone),
                who=person_name(people[change.by_person]),
                opens=moment(change.own.opens_at, zone) if change.own and change.own.opens_at else None,
                closes=moment(change.own.closes_at, zone) if change.own else None,
                typed=TypedDates.exactly(change.own),
                is_current=last[change.component] == index,
            )
            for index, change in reversed(list(enumerate(history)))
            if change.component in titles
        ),
    )


def preview_dates(world: World, visit: Visit, component: str, typed: TypedDates) -> DatesPreview:
    """What these dates would change.

    Raises:
        Refused: not a teacher; no such component.
        workflows.typed_dates.DatesRefused: they cannot be, with every problem.
    """
    rules, scope = _target(world, visit, component)
    with world.database.read() as connection:
        return _preview(connection, rules, scope, component, typed, world.now())


def change_dates(world: World, visit: Visit, component: str, typed: TypedDates, *, seen: str) -> int:
    """Give a component these dates in this course and mark everybody anew; return how many marks changed.

    `seen` is the digest of the preview the teacher saw. Where the dates are so already, nothing is done.

    Raises:
        Refused: not a teacher; no such component; what would change is no longer what was shown.
        workflows.typed_dates.DatesRefused: they cannot be.
    """
    rules, scope = _target(world, visit, component)
    now = world.now()
    with world.database.write() as connection:
        lock_people(connection, load_cohort(connection, rules, scope).members)
        lock_course(connection, scope.course_id, alone=True)
        shown = _preview(connection, rules, scope, component, typed, now)
        if shown.is_so:
            return 0
        if shown.digest != seen:
            raise Refused(
                RefusalCode.CHANGED_MEANWHILE,
                Bilingual(
                    "La situation a changé depuis l’aperçu : rien n’a été fait. Relisez l’aperçu à jour.",
                    "Things changed since the preview: nothing was done. Read the updated preview.",
                ),
            )
        own = None if shown.back else _exact(shown)
        keep_dates(connection, scope, {component: own}, by_person=visit.person_id, now=now)
        regrade(connection, rules, scope, None, cause="dates", now=now)
    world.wake()
    return len(shown.effects)


def keep_dates(
    connection: Connection,
    scope: UnitYear,
    own: dict[str, OwnDates | None],
    *,
    by_person: int,
    now: datetime,
) -> None:
    """Write down dates of a course's own (None: back to the file's) and who gave them; marks are the caller's."""
    for component, dates in own.items():
        add_dates(connection, scope, DatesChange(component=component, own=dates, by_person=by_person, at=now))
        details = {
            "unit": scope.unit_code,
            "academic_year": scope.academic_year,
            "component": component,
            "opens_at": dates.opens_at.isoformat() if dates and dates.opens_at else None,
            "closes_at": dates.closes_at.isoformat() if dates else None,
        }
        note(
            connection, "dates_changed", now, by_person=by_person, course_id=scope.course_id, details=details
        )


def _preview(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    component: str,
    typed: TypedDates,
    now: datetime,
) -> DatesPreview:
    cohort = load_cohort(connection, rules, scope)
    own = {each.component: each.own for each in dates_history(connection, scope)}
    before = cohort.unit.get_component(component)
    zone = cohort.unit.timezone
    wanted = None if typed.back else read_dates(typed, before, zone)
    kept = {key: each for key, each in {**own, component: wanted}.items() if each is not None}
    then = replace(cohort, rules=with_dates(rules, kept))
    after = then.unit.get_component(component)
    effects = effects_of(cohort, then)
    is_so = own.get(component) == wanted or (wanted is not None and _dates(after) == _dates(before))
    exact = TypedDates.exactly(wanted)
    return DatesPreview(
        unit=cohort.unit,
        component=component,
        title=before.title,
        opens_before=moment(before.opens_at, zone) if before.opens_at else None,
        closes_before=moment(before.closes_at, zone),
        opens_after=moment(after.opens_at, zone) if after.opens_at else None,
        closes_after=moment(after.closes_at, zone),
        back=typed.back,
        typed=exact,
        effects=tuple(effects),
        unchanged=len(cohort.learners) - len({each.person.id for each in effects}),
        warnings=tuple(_warnings(then, after, now)),
        is_so=is_so,
        digest=_digest(cohort, component, exact, effects),
    )


def _exact(shown: DatesPreview) -> OwnDates:
    opens = datetime.fromisoformat(shown.typed.opens) if shown.typed.opens else None
    return OwnDates(opens_at=opens, closes_at=datetime.fromisoformat(shown.typed.closes))


def _dates(component: Component) -> tuple[datetime | None, datetime]:
    return component.opens_at, component.closes_at


def _warnings(then: Cohort, part: Component, now: datetime) -> list[Bilingual]:
    """What a teacher may not have thought of."""
    found = []
    closing = then.closings.get(part.key)
    if closing is not None and closing.closed:
        found.append(
            Bilingual(
                "L’épreuve est close : même avec une date limite plus lointaine, elle ne reçoit plus de déclaration "
                "tant que vous ne l’avez pas rouverte.",
                "The component is closed: even with a later deadline it takes no declaration until you open it again.",
            )
        )
    elif part.closes_at < now:
        found.append(
            Bilingual(
                "Cette date limite est déjà passée : plus personne ne pourra envoyer de profil.",
                "This deadline has passed already: nobody will be able to hand in a profile.",
            )
        )
    first, _, second = then.unit.academic_year.partition("-")
    year = part.closes_at.astimezone(ZoneInfo(then.unit.timezone)).year
    if first.isdecimal() and second.isdecimal() and not int(first) <= year <= int(second):
        found.append(
            Bilingual(
                f"Cette date limite est hors de l’année universitaire {then.unit.academic_year} : vérifiez l’année.",
                f"This deadline is outside the academic year {then.unit.academic_year}: check the year.",
            )
        )
    return found


def _component_dates(cohort: Cohort, part: Component, in_file: Component, *, is_own: bool) -> ComponentDates:
    zone = cohort.unit.timezone
    closing = cohort.closings.get(part.key)
    return ComponentDates(
        key=part.key,
        title=part.title,
        opens=moment(part.opens_at, zone) if part.opens_at else None,
        closes=moment(part.closes_at, zone),
        file_opens=moment(in_file.opens_at, zone) if in_file.opens_at else None,
        file_closes=moment(in_file.closes_at, zone),
        is_own=is_own,
        typed=TypedDates.of(part, zone),
        closed_on=moment(closing.at, zone) if closing is not None and closing.closed else None,
    )


def _digest(cohort: Cohort, component: str, typed: TypedDates, effects: Sequence[Effect]) -> str:
    what = [
        [cohort.scope.unit_code, cohort.scope.academic_year, component, cohort.rules.digest],
        [typed.opens, typed.closes, typed.back],
        [[each.person.id, each.component.fr, str(each.after), each.status] for each in effects],
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _target(world: World, visit: Visit, component: str | None = None) -> tuple[RulesFile, UnitYear]:
    require(visit, Role.TEACHER)
    activity = find_place(world, visit).activity
    rules = rules_of(world, activity)
    if component is not None and rules.unit.find_component(component) is None:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                f"L’unité {rules.unit.code} n’a pas d’épreuve « {component} » à dater.",
                f"Unit {rules.unit.code} has no component “{component}” to date.",
            ),
        )
    return rules, unit_year(activity)
