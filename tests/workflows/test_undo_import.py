"""An import undone: as if it had never been, whatever was imported after it; recorded, and never done twice."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from storage.audit import events_of
from storage.import_words import KeptLine, LineWord
from storage.schema import certification, submission
from tests.pix.exports import export
from tests.workflows.school import School
from tests.workflows.test_import_campaign import line_of
from workflows.import_campaign import propose_undoing
from workflows.import_views import import_done, import_start
from workflows.refusal import RefusalCode, Refused
from workflows.teacher_page import cohort_page
from workflows.undo_import import reverse
from workflows.visit import Role

TEN, MORE = Decimal("10.00"), Decimal("13.33")


def test_undoing_puts_the_state_of_before_back(school: School) -> None:
    declared = school.enters("Léa Benoît", "99300010")
    school.declares(declared, 5, 5, 5)
    other = school.enters("Noé Garçon", "99300011")
    importing = school.importing(school.teacher())
    marks = [school.mark(each) for each in (declared, other)]
    done = importing.takes(
        export(line_of(school, "Léa", "Benoît", "99300010"), line_of(school, "Noé", "Garçon", "99300011"))
    )
    assert [school.mark(each).mark for each in (declared, other)] == [TEN, TEN]

    seen = importing.proposes_undoing(done)
    assert [(each.before.mark, each.after.mark) for each in seen.effects] == [
        (TEN, Decimal("16.67")),
        (TEN, None),
    ]
    assert seen.counts == {"withdrawn": 2, "marks_changed": 2}
    assert school.mark(other).mark == TEN, "looking changes nothing"
    assert importing.confirms(seen) == done
    assert [(each.mark, each.status) for each in map(school.mark, (declared, other))] == [
        (each.mark, each.status) for each in marks
    ]
    wanted = school.desired(declared)
    assert wanted is not None
    assert wanted[0] == Decimal("16.67")
    assert school.desired(other) == (None, None)
    assert school.count(submission) == 3, "nothing is erased"


def test_it_is_recorded_and_listed_with_who_and_when(school: School) -> None:
    importing = school.importing(school.teacher("Hélène Marchand"))
    done = importing.takes(export(line_of(school, "Léa", "Benoît", "99300010")))
    school.importing(school.teacher("Karim Saïdi")).undoes(done)
    page = import_done(school.world, importing.teacher, done)
    assert page.undone_by == "Karim Saïdi"
    assert page.undone_at is not None
    (listed,) = import_start(school.world, importing.teacher).imports
    assert (listed.undone_by, listed.done.counts["new"]) == ("Karim Saïdi", 0)
    with school.world.database.read() as connection:
        events = events_of(connection, school.course_id)
    assert [each["action"] for each in events[:2]] == ["import_undone", "export_imported"]
    assert events[0]["details"]["import"] == done


def test_an_import_is_undone_once(school: School) -> None:
    importing = school.importing(school.teacher())
    done = importing.takes(export(line_of(school, "Léa", "Benoît", "99300010")))
    two = [importing.proposes_undoing(done), importing.proposes_undoing(done)]
    assert importing.confirms(two[0]) == done
    with pytest.raises(AssertionError, match="déjà annulé"):
        importing.confirms(two[1])
    with pytest.raises(Refused) as refused:
        propose_undoing(school.world, importing.teacher, done)
    assert refused.value.code is RefusalCode.CHANGED_MEANWHILE
    with pytest.raises(Refused) as refused:
        propose_undoing(school.world, importing.teacher, 999)
    assert refused.value.code is RefusalCode.NOT_FOUND
    with pytest.raises(Refused) as refused:
        propose_undoing(school.world, school.visit(importing.teacher.person_id, Role.LEARNER, "cc1"), done)
    assert refused.value.code is RefusalCode.NOT_ALLOWED


def test_what_changed_since_the_preview_of_an_undoing_is_asked_again(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    done = importing.takes(export(line_of(school, "Léa", "Benoît", "99300010")))
    seen = importing.proposes_undoing(done)
    school.declares(student, 5, 5, 5)
    assert importing.confirms(seen) is None
    again = importing.looks(seen.draft_id)
    assert again.page.changed
    assert [each.after.mark for each in again.effects] == [Decimal("16.67")]
    assert importing.confirms(again) == done


def test_the_file_can_be_imported_again_and_undone_again(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    importing.undoes(importing.takes(file))
    seen = importing.sees(file)
    assert seen.counts == {"new": 1}
    again = importing.confirms(seen)
    assert again is not None
    assert school.mark(student).mark == TEN
    assert school.count(submission) == 1
    importing.undoes(again)
    assert school.mark(student).mark is None


def test_only_what_an_import_brought_goes_when_others_came_after(school: School) -> None:
    lea, noe = school.enters("Léa Benoît", "99300010"), school.enters("Noé Garçon", "99300011")
    importing = school.importing(school.teacher())
    first = importing.takes(export(line_of(school, "Léa", "Benoît", "99300010")))
    importing.takes(export(line_of(school, "Noé", "Garçon", "99300011")))
    seen = importing.undoes(first)
    assert seen.counts == {"withdrawn": 1, "marks_changed": 1}
    assert (school.mark(lea).mark, school.mark(noe).mark) == (None, TEN)


def test_what_a_later_import_has_too_stays_until_that_one_is_undone(school: School) -> None:
    """Each week's export holds the lines of the week before: undoing the first takes nothing from the second."""
    lea, noe = school.enters("Léa Benoît", "99300010"), school.enters("Noé Garçon", "99300011")
    importing = school.importing(school.teacher())
    old = line_of(school, "Léa", "Benoît", "99300010")
    first = importing.takes(export(old))
    second = importing.takes(export(old, line_of(school, "Noé", "Garçon", "99300011")))
    assert importing.undoes(first).counts == {"stay": 1}
    assert (school.mark(lea).mark, school.mark(noe).mark) == (TEN, TEN)
    assert importing.undoes(second).counts == {"withdrawn": 2, "marks_changed": 2}
    assert (school.mark(lea).mark, school.mark(noe).mark) == (None, None)


def test_undoing_the_later_one_first_leaves_the_earlier_as_it_was(school: School) -> None:
    lea, noe = school.enters("Léa Benoît", "99300010"), school.enters("Noé Garçon", "99300011")
    importing = school.importing(school.teacher())
    old = line_of(school, "Léa", "Benoît", "99300010")
    first = importing.takes(export(old))
    second = importing.takes(export(old, line_of(school, "Noé", "Garçon", "99300011")))
    assert importing.undoes(second).counts == {"withdrawn": 1, "marks_changed": 1}
    assert (school.mark(lea).mark, school.mark(noe).mark) == (TEN, None)
    importing.undoes(first)
    assert school.mark(lea).mark is None


def test_a_line_that_was_moved_goes_back_with_the_decision_that_moved_it(school: School) -> None:
    """Imported by name for one, given to another by a decision of a second import: undone, it is the first one's."""
    a, b = school.enters("Alice Arnaud", "1000001"), school.enters("Bruno Bernard", "1000002")
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Alice", "Arnaud", None))
    importing.takes(file)
    assert school.mark(a).mark == TEN
    moved = importing.confirms(importing.chooses(importing.uploads(file), 2, b.person_id))
    assert moved is not None
    assert (school.mark(a).mark, school.mark(b).mark) == (None, TEN)
    seen = importing.undoes(moved)
    assert seen.counts == {"withdrawn": 1, "restored": 1, "choices": 1, "marks_changed": 2}
    assert (school.mark(a).mark, school.mark(b).mark) == (TEN, None)
    assert importing.sees(file).counts == {"already_known": 1}, "the decision went with it"


def test_a_decision_of_before_holds_again(school: School) -> None:
    a, b = school.enters("Alice Arnaud", "1000001"), school.enters("Bruno Bernard", "1000002")
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Pseudo", "Inconnu", None))
    importing.confirms(importing.chooses(importing.uploads(file), 2, a.person_id))
    moved = importing.confirms(importing.chooses(importing.uploads(file), 2, b.person_id))
    assert moved is not None
    importing.undoes(moved)
    assert (school.mark(a).mark, school.mark(b).mark) == (TEN, None)
    (line,) = importing.sees(file).lines
    assert (line.outcome, line.reason, line.person_id) == ("already_known", "remembered", a.person_id)


def test_a_decision_that_a_later_import_rests_on_stays(school: School) -> None:
    a = school.enters("Alice Arnaud", "1000001")
    importing = school.importing(school.teacher())
    old = line_of(school, "Pseudo", "Inconnu", None)
    new = line_of(school, "Pseudo", "Inconnu", None, level=4)
    first = importing.confirms(importing.chooses(importing.uploads(export(old)), 2, a.person_id))
    assert first is not None
    importing.takes(export(new))
    assert school.mark(a).mark == MORE
    seen = importing.undoes(first)
    assert seen.counts == {"withdrawn": 1}
    assert school.mark(a).mark == MORE
    assert importing.sees(export(new)).lines[0].reason == "remembered"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_imports_of_one_line_undone_in_any_order(school: School, order: tuple[int, ...]) -> None:
    """Found by telling stories at random: by name for one, moved by a decision, taken again; whatever goes first."""
    a, b = school.enters("Alice Arnaud", "1000001"), school.enters("Bruno Bernard", "1000002")
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Alice", "Arnaud", None))
    by_name = importing.takes(file)
    moved = importing.confirms(importing.chooses(importing.uploads(file), 2, b.person_id))
    assert moved is not None
    again = importing.takes(file)
    done, left = [by_name, moved, again], {0, 1, 2}
    for place in order:
        importing.undoes(done[place])
        left.remove(place)
        # The second decided; the third rests on that, and takes the line for nobody by itself.
        holder = None if not left else a if left == {0} else b
        expected = [TEN if each is holder else None for each in (a, b)]
        assert [school.mark(a).mark, school.mark(b).mark] == expected, left
    (line,) = importing.sees(file).lines
    assert (line.reason, line.person_id) == ("exact_name", a.person_id), "no decision is left"


def test_a_line_that_a_later_import_left_waiting_goes_with_the_first(school: School) -> None:
    """It was matched by name alone; by the second import somebody of the same name had come."""
    one = school.enters("Tom Petit", "1000001")
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Tom", "Petit", None))
    first = importing.takes(file)
    school.enters("TOM PETIT", "1000002")
    seen = importing.sees(file)
    assert seen.counts == {"needs_decision": 1}
    importing.confirms(seen)
    assert school.mark(one).mark == TEN, "nobody has decided anything else"
    importing.undoes(first)
    assert school.mark(one).mark is None


def test_a_decision_goes_when_nothing_that_rested_on_it_stands(school: School) -> None:
    """The import it was made in is undone first, then the one that rested on it."""
    a = school.enters("Alice Arnaud", "1000001")
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Pseudo", "Inconnu", None))
    first = importing.confirms(importing.chooses(importing.uploads(file), 2, a.person_id))
    assert first is not None
    second = importing.takes(file)
    assert importing.undoes(first).counts == {"stay": 1}
    assert school.mark(a).mark == TEN
    assert importing.undoes(second).counts == {"withdrawn": 1, "choices": 1, "marks_changed": 1}
    assert importing.sees(file).counts == {"needs_decision": 1}


def test_who_comes_after_an_import_was_undone_finds_nothing(school: School) -> None:
    importing = school.importing(school.teacher())
    file = export(line_of(school, "Léa", "Benoît", "99300010"))
    first = importing.takes(file)
    assert cohort_page(school.world, importing.teacher).awaited == 1
    importing.undoes(first)
    assert cohort_page(school.world, importing.teacher).awaited == 0
    student = school.enters("Léa Benoît", "99300010")
    assert school.mark(student).mark is None
    importing.takes(file)
    assert school.mark(student).mark == TEN


def test_who_came_after_the_import_loses_what_it_had_kept_for_them(school: School) -> None:
    importing = school.importing(school.teacher())
    done = importing.takes(export(line_of(school, "Léa", "Benoît", "99300010")))
    student = school.enters("Léa Benoît", "99300010")
    assert school.mark(student).mark == TEN
    importing.undoes(done)
    assert school.mark(student).mark is None
    assert school.count(certification) == 0


def _kept(id_: int, *, by: int | None, withdrawn: bool = False) -> KeptLine:
    return KeptLine(
        id=id_,
        person_id=id_,
        component="cc1",
        fingerprint="f",
        import_id=by,
        withdrawn=withdrawn,
    )


def _says(import_id: int, person_id: int | None) -> LineWord:
    return LineWord(import_id=import_id, is_settled=True, person_id=person_id)


def _leaves(import_id: int) -> LineWord:
    return LineWord(import_id=import_id, is_settled=False)


@pytest.mark.parametrize(
    ("why", "words", "kept", "withdraw", "restore"),
    [
        ("it alone has the line", [], [_kept(1, by=5)], [1], []),
        ("a later one gives it to them, too", [_says(7, 1)], [_kept(1, by=5)], [], []),
        ("a later one left it waiting", [_leaves(7)], [_kept(1, by=5)], [1], []),
        ("an earlier one brought it", [_says(3, 1)], [_kept(1, by=3)], [], []),
        ("it moved it", [_says(3, 1)], [_kept(1, by=3, withdrawn=True), _kept(2, by=5)], [2], [1]),
        (
            "it moved it back",
            [_says(3, 1), _says(4, 2)],
            [_kept(1, by=3), _kept(2, by=4, withdrawn=True)],
            [1],
            [2],
        ),
        (
            "a later one left it where it had moved it",
            [_says(3, 1), _leaves(7)],
            [_kept(1, by=3, withdrawn=True), _kept(2, by=5)],
            [2],
            [1],
        ),
        ("it left it aside", [_says(3, 1)], [_kept(1, by=3, withdrawn=True)], [], [1]),
        (
            "a later one left it aside",
            [_says(3, 1), _says(7, None)],
            [_kept(1, by=3, withdrawn=True)],
            [],
            [],
        ),
        ("earlier ones are undone", [], [_kept(1, by=3, withdrawn=True), _kept(2, by=5)], [2], []),
        ("it was the last that stood", [], [_kept(1, by=3)], [1], []),
        ("no file brought it", [], [_kept(1, by=None)], [], []),
    ],
)
def test_what_goes_back(
    why: str, words: list[LineWord], kept: list[KeptLine], withdraw: list[int], restore: list[int]
) -> None:
    found = reverse(5, kept, {("cc1", "f"): words})
    assert [each.id for each in found.withdraw] == withdraw, why
    assert [each.id for each in found.restore] == restore, why
