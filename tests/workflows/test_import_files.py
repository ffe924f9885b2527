"""Files of every kind, dropped together: each recognised by its content, taken by the component it is for, or told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pix.problem import NotAnExport
from storage.campaigns import set_campaign
from storage.schema import certification, import_draft, submission
from storage.scope import UnitYear
from tests.pix.exports import export, sending
from tests.web_student.rules import MASTERY_SCALE
from tests.workflows.school import UNIT, YEAR, School
from tests.workflows.test_evidence import under
from tests.workflows.test_import_campaign import line_of, pix_time
from workflows.import_campaign import choose_target
from workflows.import_views import import_done
from workflows.refusal import Refused

SAMPLES = Path(__file__).parent.parent / "pix" / "samples"
ASSESSMENT = SAMPLES / "Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv"
CERTIFICATIONS = SAMPLES / "20261214_0900_resultats_session_678901.csv"
CLASS = (
    ("Chloé Bélanger-Noël", "99200017"),
    ("Maëlys D'Ornellas", "99200025"),
    ("Zoé Kowalczyk", "99200033"),
    ("Anaïs Lefèvre", "09200041"),
    ("Linh Nguyên", "99200058"),
)


def knows(school: School, component: str, code: str) -> None:
    """The campaign of a component is given."""
    by_person = school.teacher().person_id
    with school.world.database.write() as connection:
        set_campaign(
            connection,
            UnitYear(course_id=school.course_id, unit_code=UNIT, academic_year=YEAR),
            component,
            code=code,
            address=f"https://app.pix.fr/campagnes/{code}",
            by_person=by_person,
            now=school.clock,
        )


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The bytes of a ZIP archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def session_file(exam: date, *lines: str) -> bytes:
    """A certification session's file, in the current form; `{date}` in a line is the day of the exam."""
    header = CERTIFICATIONS.read_text(encoding="utf-8-sig").splitlines()[0]
    day = exam.strftime("%d/%m/%Y")
    return ("\ufeff" + "\n".join([header, *(each.replace("{date}", day) for each in lines)])).encode()


def certified(
    number: int,
    first: str,
    last: str,
    *,
    status: str = "Validée",
    score: object = 384,
    external_id: str = "",
    born: str = "03/02/2008",
    kind: str = "Pix",
) -> str:
    """One line of a session's file."""
    levels = ";".join(["3" if status == "Validée" else '"-"'] * 16)
    said = score if isinstance(score, int) else f'"{score}"'
    return (
        f'{number};"{first}";"{last}";"{born}";"Ploumoguer";"{external_id}";"{kind}";"{status}";"-";{said};{levels};;'
        f'678901;"Université de Valbrume";"{{date}}"'
    )


def inside_the_window(school: School) -> date:
    """A day of the unit's window of certification."""
    (window, *_others) = next(iter(school.world.rules)).unit.catch_up.windows
    return window.opens_on + timedelta(days=2)


# --- which component ------------------------------------------------------------------------------


def test_a_campaign_of_another_component_goes_there(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    knows(school, "cc2", "KTRBWX482")
    importing = school.importing(school.teacher(activity="cc1"))
    seen = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    (file,) = seen.page.files
    assert [(each.component, each.why.fr) for each in file.routes] == [
        ("cc2", "campagne KTRBWX482, celle de « CC2 »")
    ]
    assert file.choices == (), "a campaign that is known is not a matter of choice"
    importing.confirms(seen)
    assert school.mark(student).mark is None
    assert school.mark(school.visit(student.person_id, student.role, "cc2")).mark == Decimal("10.00")


def test_an_unknown_campaign_goes_to_the_activity_it_came_to_and_that_is_said(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    knows(school, "cc1", "ABCDEF234")
    importing = school.importing(school.teacher(activity="cc1"))
    seen = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    (way,) = seen.page.files[0].routes
    assert (way.component, way.choices) == ("cc1", ("cc1", "cc2", "exam"))
    assert "inconnue" in way.why.fr
    assert "l’activité d’où le fichier est importé" in way.why.fr

    choose_target(school.world, importing.teacher, seen.draft_id, 1, "exam")
    importing.work()
    chosen = importing.looks(seen.draft_id)
    assert [each.component for each in chosen.page.files[0].routes] == ["exam"]
    for file, component in ((1, "catchup"), (1, "x"), (2, "cc1")):
        with pytest.raises(Refused):
            choose_target(school.world, importing.teacher, seen.draft_id, file, component)


def test_from_the_catch_up_an_unknown_campaign_waits_for_a_choice(school: School) -> None:
    student = school.enters("Léa Benoît", "99300010")
    importing = school.importing(school.teacher(activity="catchup"))
    seen = importing.sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    assert seen.counts == {"not_taken": 1}
    assert "choisissez l’épreuve" in seen.lines[0].explanation.fr
    choose_target(school.world, importing.teacher, seen.draft_id, 1, "cc1")
    importing.work()
    importing.confirms(importing.looks(seen.draft_id))
    assert school.mark(student).mark == Decimal("10.00")


def test_one_file_of_two_campaigns_is_taken_line_by_line(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    knows(school, "cc1", "ABCDEF234")
    knows(school, "exam", "BCDFGH234")
    here = pix_time(school, hours=1)
    who = {"first": "Léa", "last": "Benoît", "number": "99300010", "external_id": None, "at": here}
    file = export(*(sending(code=code, **who) for code in ("ABCDEF234", "BCDFGH234")))  # type: ignore[arg-type]
    seen = school.importing(school.teacher(activity="cc2")).sees(file)
    assert [line.component for line in seen.lines] == ["cc1", "exam"]
    assert {each.component.fr for each in seen.effects} == {"CC1", "Examen final"}


def test_a_campaign_of_another_unit_is_refused_with_what_to_do(school: School) -> None:
    school.enters("Léa Benoît", "99300010")
    by_person = school.teacher().person_id
    with school.world.database.write() as connection:
        set_campaign(
            connection,
            UnitYear(course_id=school.course_id, unit_code="HAV208I", academic_year=YEAR),
            "cc1",
            code="KTRBWX482",
            address="https://app.pix.fr/campagnes/KTRBWX482",
            by_person=by_person,
            now=school.clock,
        )
    seen = school.importing(school.teacher()).sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    assert seen.counts == {"not_taken": 1}
    assert "une autre unité de ce cours (HAV208I 2026-2027)" in seen.lines[0].explanation.fr


# --- assessments ----------------------------------------------------------------------------------


def test_an_assessment_without_a_component_for_it_is_told_and_not_taken(school: School) -> None:
    seen = school.importing(school.teacher()).sees(ASSESSMENT.read_bytes())
    assert seen.counts == {"not_taken": 6}
    assert 'basis = "mastery"' in seen.lines[0].explanation.fr


def test_an_assessment_is_the_source_of_a_component_marked_on_its_share(
    school: School, tmp_path: Path
) -> None:
    under(school, tmp_path, {"cc2": {"basis": '"mastery"', "cap": "1", "scale": MASTERY_SCALE}})
    school.clock = datetime(2026, 11, 23, 12, tzinfo=UTC)
    people = [school.enters(name, number, activity="cc2") for name, number in CLASS]
    importing = school.importing(school.teacher(activity="cc2"))
    seen = importing.sees(ASSESSMENT.read_bytes())
    assert seen.page.files[0].kind == "assessment"
    assert len(seen.lines) == 6
    assert seen.counts["not_sent"] == 2
    assert importing.confirms(seen) is not None
    assert school.mark(people[0]).mark == Decimal("16.40")  # 0.82 of 20
    assert importing.sees(ASSESSMENT.read_bytes()).counts.get("new") is None

    other = school.importing(school.teacher(activity="cc1"))
    file = other.sees(ASSESSMENT.read_bytes()).page.files[0]
    assert (file.routes[0].component, file.choices) == (None, ("cc2",))


def test_a_profile_is_no_source_of_a_component_marked_on_shares(school: School, tmp_path: Path) -> None:
    under(school, tmp_path, {"cc2": {"basis": '"mastery"', "cap": "1", "scale": MASTERY_SCALE}})
    knows(school, "cc2", "KTRBWX482")
    seen = school.importing(school.teacher()).sees(export(line_of(school, "Léa", "Benoît", "99300010")))
    assert seen.counts == {"not_taken": 1}
    assert "part d’acquis maîtrisés" in seen.lines[0].explanation.fr


# --- certifications -------------------------------------------------------------------------------


def test_the_certification_sample_imports_to_the_state_its_description_says(school: School) -> None:
    """Outside the unit's window (rule 13): kept, and no mark; seven lines, each accounted for."""
    people = [school.enters(name, number, activity="catchup") for name, number in CLASS]
    importing = school.importing(school.teacher(activity="catchup"))
    seen = importing.sees(CERTIFICATIONS.read_bytes())
    assert len(seen.lines) == 7
    assert sum(seen.counts.values()) == 7
    assert seen.page.files[0].kind == "certification"
    assert importing.confirms(seen) is not None
    assert school.count(certification) == seen.counts["new"]
    assert {school.mark_of_catch_up(each).mark for each in people} == {None}
    assert importing.sees(CERTIFICATIONS.read_bytes()).counts.get("new") is None


def test_the_certification_gives_the_catch_up_mark(school: School) -> None:
    day = inside_the_window(school)
    lea = school.enters("Léa Benoît", "99300010", activity="catchup")
    noe = school.enters("Noé Garçon", "99300011", activity="catchup")
    ana = school.enters("Aïcha Benali", "99300012", activity="catchup")
    file = session_file(
        day,
        certified(1, "Léa", "Benoît", external_id="99300010", score=384),
        certified(2, "NOÉ", "GARCON", status="Non obtenue", score=0),
        certified(3, "Aïcha", "Benali", status="Annulée", score="-"),
        certified(4, "Aïcha", "Benali", kind="Pix+ Droit", score="-"),
        certified(5, "Ida", "Nobody"),
    )
    importing = school.importing(school.teacher(activity="catchup"))
    seen = importing.sees(file)
    assert [(line.line, line.outcome) for line in seen.lines] == [
        (2, "new"),
        (3, "new"),
        (4, "new"),
        (5, "ignored"),
        (6, "needs_decision"),
    ]
    assert "ne donne pas de note" in seen.lines[3].explanation.fr
    done = importing.confirms(seen)
    assert done is not None
    assert [school.mark_of_catch_up(each).mark for each in (lea, noe, ana)] == [
        Decimal("10.00"),
        Decimal("0.00"),
        None,
    ]
    wanted = school.desired(lea)
    assert wanted is not None
    assert wanted[0] == Decimal("10.00")
    importing.undoes(done)
    assert [school.mark_of_catch_up(each).mark for each in (lea, noe, ana)] == [None, None, None]
    assert school.desired(lea) == (None, None)


def test_a_result_that_pix_changed_takes_the_place_of_the_one_before(school: School) -> None:
    day = inside_the_window(school)
    lea = school.enters("Léa Benoît", "99300010", activity="catchup")
    importing = school.importing(school.teacher(activity="catchup"))
    importing.takes(session_file(day, certified(1, "Léa", "Benoît", score=384)))
    importing.takes(session_file(day, certified(1, "Léa", "Benoît", status="Annulée", score="-")))
    assert school.mark_of_catch_up(lea).mark is None


def test_namesakes_of_one_file_are_two_people_and_wait_for_the_teacher(school: School) -> None:
    day = inside_the_window(school)
    first = school.enters("Ana Roy", "99300010", activity="catchup")
    second = school.enters("Ana  Roy", "99300011", activity="catchup")
    file = session_file(
        day,
        certified(1, "Ana", "Roy", born="01/01/2007", score=384),
        certified(2, "Ana", "Roy", born="02/03/2006", score=768),
    )
    importing = school.importing(school.teacher(activity="catchup"))
    draft = importing.uploads(file)
    seen = importing.looks(draft)
    assert seen.counts == {"needs_decision": 2}
    assert "que leur naissance distingue" in seen.lines[0].explanation.fr
    importing.chooses(draft, 2, second.person_id)
    seen = importing.chooses(draft, 3, first.person_id)
    assert seen.counts == {"new": 2}, "each has its own decision"
    importing.confirms(seen)
    assert [school.mark_of_catch_up(each).mark for each in (first, second)] == [
        Decimal("20.00"),
        Decimal("10.00"),
    ]
    assert importing.sees(file).counts == {"already_known": 2}


def test_one_namesake_in_the_course_and_two_in_the_file_is_still_the_teachers(school: School) -> None:
    day = inside_the_window(school)
    school.enters("Ana Roy", "99300010", activity="catchup")
    file = session_file(
        day,
        certified(1, "Ana", "Roy", born="01/01/2007", external_id="99300010"),
        certified(2, "Ana", "Roy", born="02/03/2006", external_id="99300010"),
    )
    seen = school.importing(school.teacher(activity="catchup")).sees(file)
    assert seen.counts == {"needs_decision": 2}


def test_the_same_person_in_two_files_is_one(school: School) -> None:
    day = inside_the_window(school)
    school.enters("Ana Roy", "99300010", activity="catchup")
    files = [session_file(day, certified(number, "Ana", "Roy")) for number in (1, 2)]
    seen = school.importing(school.teacher(activity="catchup")).sees(*files)
    assert seen.counts == {"new": 2}


def test_who_comes_after_the_session_was_imported_finds_their_result(school: School) -> None:
    day = inside_the_window(school)
    importing = school.importing(school.teacher(activity="catchup"))
    importing.takes(session_file(day, certified(1, "Léa", "Benoît", external_id="99300010")))
    assert school.count(certification) == 0
    lea = school.enters("Léa Benoît", "99300010", activity="catchup")
    assert school.mark_of_catch_up(lea).mark == Decimal("10.00")


def test_a_validated_certification_without_its_score_is_rejected_and_says_so(school: School) -> None:
    school.enters("Léa Benoît", "99300010", activity="catchup")
    text = session_file(inside_the_window(school), certified(1, "Léa", "Benoît")).decode("utf-8-sig")
    text = text.replace("Score en Pix", "Résultat").replace(";384;", ';"Indépendant 2";')
    seen = school.importing(school.teacher(activity="catchup")).sees(text.encode())
    assert seen.counts == {"rejected": 1}
    assert "sans son score" in seen.lines[0].explanation.fr


# --- several at once ------------------------------------------------------------------------------


def test_files_dropped_together_are_one_import(school: School) -> None:
    knows(school, "cc1", "KTRBWX482")
    lea = school.enters("Léa Benoît", "99300010")
    day = inside_the_window(school)
    profiles = export(line_of(school, "Léa", "Benoît", "99300010"))
    archive = zipped(
        {
            "campagne/profils.csv": profiles,
            "__MACOSX/campagne/._profils.csv": b"\0\5\x16\7",
            "session.csv": session_file(day, certified(1, "Léa", "Benoît")),
            "notes.txt": b"bonjour",
        }
    )
    importing = school.importing(school.teacher(activity="exam"))
    seen = importing.sees(archive, profiles, names=["tout.zip", "encore.csv"])
    assert [(each.name, each.kind, each.is_read) for each in seen.page.files] == [
        ("tout.zip/profils.csv", "profiles_collection", True),
        ("tout.zip/._profils.csv", None, False),
        ("tout.zip/session.csv", "certification", True),
        ("tout.zip/notes.txt", None, False),
        ("encore.csv", "profiles_collection", True),
    ]
    assert seen.counts == {"new": 2, "already_known": 1}
    assert seen.lines[-1].explanation.fr == "Le même envoi est déjà à la ligne 2 de « tout.zip/profils.csv »."
    done = importing.confirms(seen)
    assert done is not None
    assert school.mark(lea).mark == Decimal("10.00")
    assert school.mark_of_catch_up(lea).mark == Decimal("10.00")
    page = import_done(school.world, importing.teacher, done)
    assert page.done.file_name == "tout.zip/profils.csv (+ 4)"
    assert [bool(each.problems) for each in page.done.files] == [False, True, False, True, False]
    importing.undoes(done)
    assert school.mark(lea).mark is None
    assert school.mark_of_catch_up(lea).mark is None


def test_where_nothing_can_be_read_nothing_is_kept(school: School) -> None:
    with pytest.raises(NotAnExport) as refused:
        school.importing(school.teacher()).uploads(b"bonjour", b"%PDF-1.7", export())
    assert len(refused.value.problems) == 3
    assert school.count(import_draft) == school.count(submission) == 0
