"""`flask --app app import --activity`: what a teacher's page does, by night, with exit codes for whoever runs it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from storage.schema import campaign_import, import_draft, submission
from tests.commands.operator import Installation
from tests.databases import SqliteDatabases
from tests.pix.exports import export, sending
from tests.running_tool import SECRET
from tests.workflows.school import School, open_school
from tests.workflows.test_import_campaign import line_of, pix_time
from tests.workflows.test_import_files import zipped
from workflows.import_views import import_done


@pytest.fixture
def school(tmp_path: Path, sqlite_originals: Path) -> Iterator[School]:
    """A course on SQLite, with a teacher."""
    made = open_school(SqliteDatabases(directory=tmp_path, originals=sqlite_originals), tmp_path)
    made.teacher("Hélène Marchand")
    yield made
    made.world.database.close()


@pytest.fixture
def operator(school: School, tmp_path: Path) -> Installation:
    """The operator of the same installation."""
    settings = {
        "SECRET_KEY": SECRET,
        "DATABASE_URL": f"sqlite:///{school.world.database.engine.url.database}",
        "UNITS_DIR": str(tmp_path / "units"),
    }
    return Installation(folder=tmp_path, settings=settings)


def imports(operator: Installation, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    done = operator.flask("import", *map(str, arguments))
    assert "Traceback" not in done.stderr, done.stderr
    return done


def described(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The objects it printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_night_of_imports(school: School, operator: Installation, tmp_path: Path) -> None:
    """Tried, done, done again; one line waits for the teacher, one student is unknown, one has not sent."""
    lea = school.enters("Léa Benoît", "99300010")
    school.enters("Noé Garçon", "99300011")
    here = pix_time(school, hours=1)
    file = tmp_path / "cc1.csv"
    file.write_bytes(
        export(
            line_of(school, "Léa", "Benoît", "99300010"),
            sending(first="Noe", last="Garson", number=None, external_id=None, at=here),
            sending(first="Ida", last="Inconnue", number=None, external_id=None, at=here),
            sending(first="Pas", last="Encore", number=None, external_id=None, sent=False),
        )
    )
    activity = school.activities["cc1"]
    tried = imports(operator, "--activity", activity, "--dry-run", "--json", file)
    assert tried.returncode == 3, tried.stderr
    assert "Nothing was stored" in tried.stderr
    assert school.count(submission) == school.count(campaign_import) == school.count(import_draft) == 0

    done = imports(operator, "--activity", activity, "--json", file)
    assert done.returncode == 3, done.stderr
    assert "1 new sending(s), 1 mark(s) changed" in done.stderr
    (shown,) = described(done)
    assert (shown["activity"], shown["import"], shown["marks_changed"]) == (activity, 1, 1)
    assert [(row["line"], row["outcome"], row["reason"]) for row in shown["rows"]] == [
        (2, "matched", "student_number"),
        (3, "needs_decision", "near_name"),
        (4, "unknown_person", "nobody"),
        (5, "not_sent", "not_sent"),
    ]
    first = shown["rows"][0]
    assert (first["person_id"], first["component"], first["is_new"]) == (lea.person_id, "cc1", True)
    assert (len(first["levels"]), first["levels"]["1.1"], first["pix"]["5.2"]) == (16, 3, 24)
    assert school.mark(lea).mark == Decimal("10.00")
    assert school.count(import_draft) == 0
    listed = import_done(school.world, school.teacher("Hélène Marchand"), 1)
    assert listed.done.by_person == school.teacher("Hélène Marchand").person_id

    again = imports(operator, "--activity", activity, "--json", file)
    assert again.returncode == 3
    assert described(again)[0]["rows"][0]["outcome"] == "matched"
    assert school.count(submission) == 1


def test_the_exit_code_is_0_where_there_is_nothing_to_look_at(
    school: School, operator: Installation, tmp_path: Path
) -> None:
    school.enters("Léa Benoît", "99300010")
    file = tmp_path / "tout.zip"
    profiles = export(line_of(school, "Léa", "Benoît", "99300010"))
    file.write_bytes(zipped({"a.csv": profiles, "__MACOSX/._a.csv": b"\0\5"}))
    done = imports(operator, "--course", "L1", "--unit", "HA1G10H", "--component", "cc1", file)
    assert (done.returncode, "Import 1: 1 new sending(s)" in done.stderr) == (0, True), done.stderr


def test_lines_that_are_not_taken_are_exit_1_and_files_not_read_exit_2(
    school: School, operator: Installation, tmp_path: Path
) -> None:
    lea = school.enters("Léa Benoît", "99300010")
    good = line_of(school, "Léa", "Benoît", "99300010")
    bad = sending(changed={"Nombre de pix total": "beaucoup"})
    mixed, prose = tmp_path / "mixed.csv", tmp_path / "prose.csv"
    mixed.write_bytes(export(good, bad))
    prose.write_text("bonjour\n", encoding="utf-8")
    catch_up = imports(operator, "--activity", school.activities["catchup"], "--json", mixed)
    assert catch_up.returncode == 1
    assert [row["reason"] for row in described(catch_up)[0]["rows"]] == ["no_component", "not_a_number"]
    assert school.mark(lea).mark is None
    done = imports(operator, "--activity", school.activities["cc1"], mixed)
    assert done.returncode == 1
    assert "2 lines: 1 matched, 1 rejected" in done.stdout
    assert school.mark(lea).mark == Decimal("10.00")
    both = imports(operator, "--activity", school.activities["cc1"], mixed, prose)
    assert both.returncode == 2
    nothing = imports(operator, "--activity", school.activities["cc1"], prose)
    assert (nothing.returncode, "no file could be read" in nothing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--activity", "999"], "there is no such activity"),
        (["--course", "L1"], "several activities are meant"),
        (["--course", "nowhere", "--component", "cc1"], "there is no such activity"),
    ],
)
def test_an_activity_that_cannot_be_found_is_exit_4(
    school: School, operator: Installation, tmp_path: Path, arguments: list[str], why: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(export(line_of(school, "Léa", "Benoît", "99300010")))
    done = imports(operator, *arguments, file)
    assert (done.returncode, why in done.stderr) == (4, True), done.stderr


def test_an_activity_that_is_not_set_up_and_a_database_that_is_not_there_are_exit_4(
    school: School, operator: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(export(line_of(school, "Léa", "Benoît", "99300010")))
    done = imports(operator, "--activity", school.activities["unset"], file)
    assert (done.returncode, "not set up" in done.stderr) == (4, True), done.stderr
    operator.settings["SECRET_KEY"] = "another secret altogether, of no value"
    done = imports(operator, "--activity", school.activities["cc1"], file)
    assert (done.returncode, "PIXLTI_SECRET_KEY" in done.stderr) == (4, True), done.stderr


def test_activities_are_listed_with_what_other_commands_need(school: School, operator: Installation) -> None:
    listed = operator.done("activities", "list")
    assert f"{school.activities['cc1']:>5}  HA1G10H 2026-2027 cc1  L1: cc1  (LMS)" in listed
    assert "not set up" in listed
    told = [json.loads(line) for line in operator.done("activities", "list", "--json").splitlines()]
    assert [each["component"] for each in told] == ["cc1", "cc2", "exam", "catchup", None]
