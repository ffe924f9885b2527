"""A teacher chooses which components of a unit become activities of a course; the platform makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from grading.own_dates import OwnDates
from grading.rules import Unit
from grading.text import Bilingual
from storage.audit import note
from storage.database import Connection
from storage.deep_linking import answer_request, note_chosen
from storage.people import lock_people, members_of
from storage.scope import UnitYear
from storage.submissions import components_sent_to
from workflows.activity_offers import activity_offer
from workflows.course_dates import keep_dates
from workflows.course_rules import rules_in_course
from workflows.deep_linking_question import find_chosen, open_question, scope_of
from workflows.regrade import regrade
from workflows.typed_dates import DatesRefused, TypedDates, read_dates
from workflows.visit import Visit
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a teacher chose: a unit, components of it, and the dates as they were typed."""

    unit: str
    components: tuple[str, ...]
    dates: Mapping[str, TypedDates] = field(default_factory=dict)


class SelectionRefused(Exception):
    """Nothing was added: `problem` says why, `dates` what is wrong with the typed dates, by component and field."""

    def __init__(
        self, problem: Bilingual, dates: Mapping[str, Mapping[str, Bilingual]] | None = None
    ) -> None:
        super().__init__(problem.en)
        self.problem = problem
        self.dates = dict(dates or {})


def add_activities(world: World, visit: Visit, selection: Selection, *, public_url: str) -> None:
    """Keep what was chosen, as it goes back to the platform; with it the dates of this course's own.

    A question answered already keeps its first answer (double click, going back).

    Raises:
        Refused: the selection has expired.
        SelectionRefused: nothing chosen, too much chosen, or dates that cannot be.
    """
    now = world.now()
    with world.database.write() as connection:
        request = open_question(connection, world, visit, lock=True)
        if request.content_items is not None:
            return
        rules = find_chosen(world, selection.unit)
        if rules is None:
            raise SelectionRefused(Bilingual("Choisissez une unité.", "Choose a unit."))
        keys = _chosen(rules.unit, selection.components, multiple=bool(request.settings["accept_multiple"]))
        changed = 0
        if request.course_id is not None:
            scope = scope_of(request.course_id, rules)
            rules, changed = _with_typed_dates(connection, rules, scope, selection, keys, visit, now)
            note_chosen(connection, scope, keys, by_person=visit.person_id, now=now)
        items = [
            activity_offer(
                rules.unit, key, public_url=public_url, with_column=bool(request.settings["accept_line_item"])
            ).as_content_item()
            for key in keys
        ]
        answer_request(connection, visit.id, items, now)
        details = {
            "unit": rules.unit.code,
            "academic_year": rules.unit.academic_year,
            "components": list(keys),
            "dates_changed": changed,
        }
        note(
            connection,
            "activities_chosen",
            now,
            by_person=visit.person_id,
            course_id=request.course_id,
            details=details,
        )
    if changed:
        world.wake()


def choose_nothing(world: World, visit: Visit) -> None:
    """Answer that nothing is to be added; an answer already given stays.

    Raises:
        Refused: the selection has expired.
    """
    with world.database.write() as connection:
        if open_question(connection, world, visit, lock=True).content_items is None:
            answer_request(connection, visit.id, [], world.now())


def _chosen(unit: Unit, components: Sequence[str], *, multiple: bool) -> tuple[str, ...]:
    """The chosen keys in the file's order."""
    known = (*(each.key for each in unit.components), unit.catch_up.key)
    keys = tuple(key for key in known if key in components)
    if not keys:
        raise SelectionRefused(
            Bilingual(
                "Choisissez au moins une épreuve, ou annulez.", "Choose at least one component, or cancel."
            )
        )
    if len(keys) > 1 and not multiple:
        raise SelectionRefused(
            Bilingual(
                "La plateforme ne prend ici qu’une activité à la fois : choisissez une seule épreuve.",
                "The platform takes one activity at a time here: choose one component only.",
            )
        )
    return keys


def _with_typed_dates(
    connection: Connection,
    rules: RulesFile,
    scope: UnitYear,
    selection: Selection,
    keys: Sequence[str],
    visit: Visit,
    now: datetime,
) -> tuple[RulesFile, int]:
    """Keep the dates that differ from those of now; return the rules with them, and how many were kept."""
    in_course = rules_in_course(connection, rules, scope)
    sent = components_sent_to(connection, scope)
    own: dict[str, OwnDates | None] = {}
    wrong: dict[str, Mapping[str, Bilingual]] = {}
    for part in in_course.unit.components:
        typed = selection.dates.get(part.key)
        if typed is None or part.key not in keys or part.key in sent:
            continue
        try:
            dates = read_dates(typed, part, in_course.unit.timezone)
        except DatesRefused as refused:
            wrong[part.key] = refused.problems
            continue
        if (dates.opens_at, dates.closes_at) != (part.opens_at, part.closes_at):
            own[part.key] = dates
    if wrong:
        raise SelectionRefused(
            Bilingual(
                "Une date ne peut pas être : rien n’a été ajouté. Corrigez-la ci-dessous.",
                "A date cannot be: nothing was added. Correct it below.",
            ),
            wrong,
        )
    if own:
        lock_people(connection, (each.person.id for each in members_of(connection, scope.course_id)))
        keep_dates(connection, scope, own, by_person=visit.person_id, now=now)
        regrade(connection, rules, scope, None, cause="dates", now=now)
    return rules_in_course(connection, rules, scope), len(own)
