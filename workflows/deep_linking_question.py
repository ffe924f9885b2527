"""The question a platform asked when somebody adds content: what every step towards its answer begins with."""

from __future__ import annotations

from grading.rules import Unit
from grading.text import Bilingual
from storage.database import Connection
from storage.deep_linking import DeepLinkingRequest, find_request
from storage.scope import UnitYear
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Role, Visit, require
from workflows.world import RulesFile, World


def open_question(
    connection: Connection, world: World, visit: Visit, *, lock: bool = False
) -> DeepLinkingRequest:
    """The question of this visit; `lock`: other answers to it wait.

    Raises:
        Refused: not a teacher, or the selection has expired.
    """
    require(visit, Role.TEACHER)
    found = find_request(connection, visit.id, visit.person_id, world.now(), lock=lock)
    if found is None:
        raise question_gone()
    return found


def question_gone() -> Refused:
    """The refusal of what came too late."""
    return Refused(
        RefusalCode.NOT_FOUND,
        Bilingual(
            "Cette sélection n’est plus ouverte (elle dure une heure). Rien n’a été ajouté. Fermez-la, puis cliquez de "
            "nouveau sur « Sélectionner un contenu » dans le cours.",
            "This selection is no longer open (it lasts an hour). Nothing was added. Close it, then click “Select "
            "content” in the course again.",
        ),
    )


def is_answered(world: World, visit: Visit) -> bool:
    """Whether the question of this visit has its answer: then nothing is chosen any more.

    Raises:
        Refused: the selection has expired.
    """
    with world.database.read() as connection:
        return open_question(connection, world, visit).content_items is not None


def value_of(unit: Unit) -> str:
    """A unit of an academic year as a form names it."""
    return f"{unit.code}|{unit.academic_year}"


def find_chosen(world: World, value: str | None) -> RulesFile | None:
    """The file that a form names."""
    code, _, year = (value or "").partition("|")
    return world.rules.find(code, year) if code and year else None


def scope_of(course_id: int, rules: RulesFile) -> UnitYear:
    """A unit taught in a course."""
    return UnitYear(course_id=course_id, unit_code=rules.unit.code, academic_year=rules.unit.academic_year)
