"""Whose an identity is, decided on the page of Pix's API: lines of files taken in before follow at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pix.exports import export, sending
from tests.workflows.pix import NUMBER, PixSchool, beside_pix
from tests.workflows.school import School
from tests.workflows.test_import_campaign import pix_time
from workflows.pix_page import decide
from workflows.settle_participations import look
from workflows.visit import Role, Visit

TYPED = "groupe-3"
"""An identifier that is nobody's."""


@pytest.fixture
def pix(school: School) -> Iterator[PixSchool]:
    school.clock = school.clock.replace(second=10)
    with beside_pix(school) as made:
        yield made


def decides(pix: PixSchool, who: Visit | str) -> None:
    """The teacher says whose the only identity is that the API told: somebody's, `ignore` or `undone`."""
    teacher = pix.school.visit(pix.teacher.person_id, Role.TEACHER, "cc1")
    with pix.school.world.database.read() as connection:
        number = look(connection, pix.school.world, pix.campaign, NUMBER)[0].participation.number
    decide(pix.school.world, teacher, number, who if isinstance(who, str) else str(who.person_id))


def line(pix: PixSchool, *, first: str = "Pseudo", hours: int = 1, number: str | None = None) -> list[object]:
    """A line of the export."""
    return sending(
        first=first, last="Inconnu", number=number, external_id=TYPED, at=pix_time(pix.school, hours=hours)
    )


def arrives(pix: PixSchool, *lines: list[object]) -> int:
    """The API tells of one sending, and an export is imported; return the import."""
    pix.sends("Pseudo Inconnu", TYPED)
    pix.syncs()
    importing = pix.school.importing(pix.teacher)
    done = importing.confirms(importing.sees(export(*lines)))
    pix.works()
    assert done is not None
    return done


def kinds(pix: PixSchool, visit: Visit) -> list[str]:
    """Where what counts for somebody came from."""
    return sorted(each.evidence.value for each in pix.sent(visit))


def test_lines_that_waited_go_to_who_is_chosen_and_back(pix: PixSchool) -> None:
    ines, hugo = pix.school.enters("Inès Haddad", "99200017"), pix.school.enters("Hugo Martin", "99200033")
    arrives(pix, line(pix), line(pix, hours=2))
    assert pix.sent(ines) == []
    decides(pix, ines)
    assert kinds(pix, ines) == ["confirmed", "verified", "verified"]
    before = pix.school.mark(ines)
    assert before.mark is not None
    decides(pix, hugo)
    assert kinds(pix, hugo) == ["confirmed", "verified", "verified"]
    assert pix.sent(ines) == []
    assert (pix.school.mark(hugo).mark, pix.school.mark(ines).mark) == (before.mark, None)
    decides(pix, "ignore")
    assert (pix.sent(ines), pix.sent(hugo)) == ([], [])
    decides(pix, ines)
    decides(pix, "undone")
    assert (pix.sent(ines), pix.sent(hugo)) == ([], [])
    assert pix.counts() == {"needs_decision": 1}


def test_the_roster_s_number_is_surer_than_a_choice(pix: PixSchool) -> None:
    told, hugo = pix.school.enters("Pseudo Inconnu", "99200017"), pix.school.enters("Hugo Martin", "99200033")
    arrives(pix, line(pix, number="99200017"), line(pix, hours=2))
    assert kinds(pix, told) == [
        "confirmed",
        "verified",
    ]  # the second line waits: two identities of one person
    decides(pix, hugo)
    assert (kinds(pix, told), kinds(pix, hugo)) == (["verified"], ["confirmed", "verified"])


def test_a_line_with_an_unknown_number_beside_what_was_typed_is_of_the_same_identity(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", None)
    arrives(pix, line(pix, number="99299999"))
    decides(pix, ines)
    assert kinds(pix, ines) == ["confirmed", "verified"]


def test_other_identities_do_not_move(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    arrives(pix, line(pix), line(pix, first="Autre", hours=2))
    decides(pix, ines)
    assert kinds(pix, ines) == ["confirmed", "verified"]


def test_a_choice_undone_gives_nothing_by_a_name_alone(pix: PixSchool) -> None:
    ines, same = pix.school.enters("Inès Haddad", "99200017"), pix.school.enters("Pseudo Inconnu", None)
    arrives(pix, line(pix))
    assert kinds(pix, same) == ["confirmed", "verified"]  # looked at in the preview
    decides(pix, ines)
    assert (kinds(pix, ines), pix.sent(same)) == (["confirmed", "verified"], [])
    decides(pix, "undone")
    assert (pix.sent(ines), kinds(pix, same)) == ([], ["confirmed"])
    importing = pix.school.importing(pix.teacher)
    importing.confirms(importing.sees(export(line(pix))))
    assert kinds(pix, same) == ["confirmed", "verified"]


def test_undoing_the_import_takes_its_lines_back_and_leaves_the_choice(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    done = arrives(pix, line(pix))
    decides(pix, ines)
    importing = pix.school.importing(pix.teacher)
    importing.undoes(done)
    pix.works()
    assert kinds(pix, ines) == ["confirmed"]
    importing.confirms(importing.sees(export(line(pix))))
    assert kinds(pix, ines) == ["confirmed", "verified"]
