"""`units check` and `units mark`, through the command line."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from config.catalogue import read_catalogue
from config.problems import ProblemsFound
from config.situation import read_situation
from grading.catch_up import SecondReason
from grading.ceiling import ceiling_on
from grading.eligibility import MissingLevel, MissingPix, MissingSending
from grading.examples import worked_examples
from grading.first_session import FirstResult
from grading.mark import MarkStatus
from grading.profile import Evidence
from grading.second_session import SecondResult
from tests.config.files import HOUSE, SHIPPED, UNITS, changed
from tests.grading.situations import unit_with
from web.commands.units import MARK_HELP, units_commands


def units(folder: Path = UNITS) -> click.Group:
    return units_commands(lambda: read_catalogue(folder), read_situation, ProblemsFound)


def mark(situation: Any, *options: str, code: str = "HA1G10H") -> dict[str, Any]:
    ran = CliRunner().invoke(units(), ["mark", *options, code, "-"], input=json.dumps(situation))
    assert ran.exit_code == 0, ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_the_answer_has_the_shape_promised() -> None:
    answer = mark(
        {
            "sendings": [
                {"component": "exam", "at": "2026-12-15T12:00:00Z", "levels": {"1.1": 4}, "total": 400}
            ],
            "absences": {"cc1": "ABJ"},
        }
    )
    assert list(answer) == ["components", "eligibility", "first_session", "second_session", "acquired"]
    assert [list(component) for component in answer["components"]] == [
        ["key", "mark", "status", "explanation"]
    ] * 4
    assert [component["key"] for component in answer["components"]] == ["cc1", "cc2", "exam", "catchup"]
    assert list(answer["components"][0]["explanation"]) == ["fr", "en"]
    assert list(answer["eligibility"]) == ["met", "by", "missing"]
    assert answer["eligibility"]["missing"][0] == {
        "condition": "level_at_least_everywhere",
        "competence": "1.2",
        "level": None,
        "needed": 4,
    }
    assert answer["eligibility"]["missing"][-1] == {"condition": "pix_above", "total": 400, "above": 400}
    assert answer["first_session"] == {"mark": None, "result": "pending"}
    assert answer["second_session"] == {"mark": None, "result": "no_second_session", "reason": "not_eligible"}
    assert answer["acquired"] is False


def test_marks_are_text_of_two_decimals() -> None:
    answer = mark({"sendings": [{"levels": dict.fromkeys(unit_with().get_component("exam").competences, 3)}]})
    assert [component["mark"] for component in answer["components"]] == ["10.00", "10.00", "10.00", None]
    assert answer["first_session"] == {"mark": "10.00", "result": "acquired"}
    assert answer["second_session"]["reason"] == "already_acquired"
    assert answer["acquired"] is True


def test_the_explanation_is_the_promised_one() -> None:
    answer = mark({"sendings": [{"component": "cc1", "levels": {"1.3": 4, "2.3": 5, "3.1": 3}}]})
    assert answer["components"][0]["explanation"]["fr"][0] == (
        "1.3 : niveau 4, 2.3 : niveau 5, 3.1 : niveau 3 → moyenne 4,00 → 13,33/20"
    )
    assert answer["components"][0]["explanation"]["en"][0] == (
        "1.3: level 4, 2.3: level 5, 3.1: level 3 → mean 4.00 → 13.33/20"
    )


def test_a_file_and_a_year(tmp_path: Path) -> None:
    file = tmp_path / "situation.json"
    file.write_bytes(b"\xef\xbb\xbf{}")
    ran = CliRunner().invoke(units(), ["mark", "HA2G12H", str(file), "--year", "2026-2027"])
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["first_session"]["result"] == "pending"


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        (["mark", "HA9", "-"], b"{}", "no unit HA9; known: HA1G10H (2026-2027)"),
        (["mark", "HA1G10H", "-", "--year", "2020-2021"], b"{}", "no unit HA1G10H in 2020-2021"),
        (["mark", "HA1G10H", "-"], b"{", "line 1, column 2 → not JSON"),
        (["mark", "HA1G10H", "-"], b'{"a": "\xe9"}', "byte 7 → the situation is not UTF-8 text"),
        (
            ["mark", "HA1G10H", "-"],
            b'{"absences": {"cc1": "ABX"}, "x": 1}',
            "absences.cc1 → 'ABX' is not one of 'ABI' or 'ABJ'\nx →",
        ),
        (["mark", "HA1G10H", "nowhere.json"], b"", "nowhere.json"),
    ],
)
def test_what_cannot_be_used_ends_with_2(arguments: list[str], given: bytes, expected: str) -> None:
    ran = CliRunner().invoke(units(), arguments, input=given)
    assert ran.exit_code == 2
    assert expected in ran.stderr
    assert ran.stdout == ""


def test_check_prints_examples_for_a_teacher() -> None:
    ran = CliRunner().invoke(units(), ["check"])
    assert ran.exit_code == 0
    lines = ran.stdout.splitlines()
    assert lines[0] == "3 units, no problem"
    shown = [" ".join(line.split()) for line in lines]
    for expected in (
        "HA1G10H 2026-2027 : Culture générale : compétences numériques (Pix)",
        "niveau 4 partout 13,33/20",
        "niveaux 4, 5, 3 13,33/20",
        "certification à 500 pix 13,02/20",
        "certification annulée pas de résultat",
        "400 pix non",
        "401 pix oui",
        "CC1 13,33, CC2 12,00, Examen final 14,17 13,42/20",
    ):
        assert expected in shown
    assert any("règles à confirmer" in line for line in lines)


def test_check_of_one_confirmed_unit(tmp_path: Path) -> None:
    text = changed(('confirmed_by    = ""', 'confirmed_by = "C. L."\nconfirmed_on = 2026-09-01'), text=HOUSE)
    (tmp_path / "a.toml").write_text(text, "utf-8")
    ran = CliRunner().invoke(units(tmp_path), ["check"])
    assert ran.stdout.startswith("1 unit, no problem\n")
    assert "règles confirmées par C. L." in ran.stdout


def test_check_prints_every_problem_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(changed(("weight       = 0.25", "weight = 0.5")), "utf-8")
    (tmp_path / "b.toml").write_text(SHIPPED.replace("closes_at", "close_at"), "utf-8")
    ran = CliRunner().invoke(units(tmp_path), ["check"])
    assert ran.exit_code == 1
    assert ran.stderr.splitlines()[0] == "a.toml: components → the weights add up to 1.25, not to 1"
    assert ran.stderr.count("unknown key, did you mean 'closes_at'?") == 3
    assert CliRunner().invoke(units(tmp_path), ["mark", "HA1G10H", "-"], input="{}").exit_code == 1


def test_the_help_documents_every_closed_set() -> None:
    shown = CliRunner().invoke(units(), ["mark", "--help"]).stdout
    for kind in (Evidence, MarkStatus, FirstResult, SecondResult, SecondReason):
        for member in kind:
            assert member.value in shown
    for condition in ("sending", "level_at_least_everywhere", "pix_above"):
        assert condition in MARK_HELP
    assert MissingSending(component="exam").condition == "sending"
    assert MissingLevel(condition="c", competence="1.1", level=None, needed=4).level is None
    assert MissingPix(condition="c", total=None, above=4).total is None


def test_examples_of_the_other_bases() -> None:
    catalogue = read_catalogue(UNITS)
    linear = {"shape": "linear", "anchors": [{"at": 0, "mark": 0}, {"at": 768, "mark": 20}]}
    unit = unit_with(
        {
            "cc1.basis": "pix_mean",
            "cc1.cap": 48,
            "cc1.scale": linear,
            "exam.basis": "pix_total",
            "exam.cap": 768,
            "exam.scale": linear,
            "cc2.basis": "mastery",
            "cc2.scale": {"shape": "linear", "anchors": [{"at": 0, "mark": 0}, {"at": 1, "mark": 20}]},
        }
    )
    newest = ceiling_on(catalogue.ceilings, max(ceiling.since for ceiling in catalogue.ceilings))
    shown = {
        (case.fr, result.fr) for examples in worked_examples(unit, newest) for case, result in examples.rows
    }
    assert ("32 pix partout", "0,83/20") in shown
    assert ("400 pix", "10,42/20") in shown
    assert ("896 pix", "20,00/20") in shown
    assert ("acquis maîtrisés : 70 %", "14,00/20") in shown
    assert [part.is_declarable for part in unit.components] == [True, False, True]
