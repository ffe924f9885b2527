"""What is written by hand: files of rules, situations in JSON, settings. Every problem is told, nothing crashes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import click
from flask.testing import FlaskCliRunner
from hypothesis import given
from hypothesis import strategies as some

from app import create_app
from config.catalogue import Catalogue, CatalogueProblems, read_catalogue, read_ceilings, read_rules
from config.problems import ProblemsFound
from config.settings import PREFIX, SettingsProblems, read_settings
from config.situation import SituationProblems, read_situation
from grading.examples import worked_examples
from grading.outcome import assess
from tests.fuzz.effort import examples
from tests.fuzz.nonsense import ENCODABLE, JSON_VALUES, NASTY, TEXT, objects

UNITS = Path(__file__).parents[2] / "config" / "units"
RULES: Catalogue = read_catalogue(UNITS)
UNIT = RULES.get("HA1G10H").unit
LINES = RULES.get("HA1G10H").text.splitlines()
TOML_VALUES = some.sampled_from(
    [
        "0",
        "-1",
        "1e400",
        "nan",
        "-inf",
        "99999999999999999999",
        "true",
        '""',
        '"cc1"',
        '"\\u0000"',
        "[]",
        "[[]]",
        "{}",
        "[{ at = 0, mark = 0 }]",
        '{ shape = "linear", anchors = [] }',
        '["1.1", "1.1"]',
        "2026-11-23",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-10-25T02:30:00",
        "23:59:59",
        "0.1",
        "1e-400",
    ]
)


@some.composite
def edited_rules(draw: some.DrawFn) -> str:
    """A shipped file after a bad day: values replaced, lines removed, doubled, moved or made up."""
    lines = list(LINES)
    for _ in range(draw(some.integers(1, 3))):
        place = draw(some.integers(0, len(lines) - 1))
        what = draw(some.sampled_from(["value", "value", "value", "remove", "double", "swap", "noise"]))
        if what == "value" and "=" in lines[place]:
            lines[place] = lines[place].partition("=")[0] + "= " + draw(TOML_VALUES)
        elif what == "remove":
            lines[place] = ""
        elif what == "double":
            lines.insert(place, lines[place])
        elif what == "swap":
            other = draw(some.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], lines[place]
        elif what == "noise":
            lines[place] += draw(some.text(max_size=5))
    return "\n".join(lines)


def told(refused: ProblemsFound) -> None:
    """Every refusal names its problems."""
    assert refused.problems
    assert all(each.message for each in refused.problems)


def read(text: str) -> None:
    """Read a file of rules; one that is taken can be explained by examples."""
    try:
        unit = read_rules(text, "unit.toml").unit
    except CatalogueProblems as refused:
        told(refused)
        return
    for ceiling in RULES.ceilings:
        for _ in worked_examples(unit, ceiling):
            pass


@examples(60)
@given(edited_rules())
def test_an_edited_file_is_refused_in_words_or_computes(text: str) -> None:
    read(text)


@examples(40)
@given(some.text(max_size=200))
def test_any_text_is_refused_as_rules_and_as_ceilings(text: str) -> None:
    read(text)
    try:
        read_ceilings(text, "pix.toml")
    except CatalogueProblems as refused:
        told(refused)


NUMBERS = some.integers(-2, 9) | some.sampled_from([True, 3.0, "4", None, 10**30, math.inf])
CODES = some.sampled_from(["1.1", "1.3", "2.3", "3.1", "5.2", "6.1", "", "1.1 "])
KEYS = some.sampled_from(["cc1", "cc2", "exam", "CC1", "nothing", ""])
INSTANTS = some.sampled_from(
    [
        "2026-10-15T12:00:00Z",
        "2026-10-25T02:30:00",
        "2026-10-15",
        "20261015",
        "2026-W42-4",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31",
        "0001-01-01",
        "2026-10-15T12:00:00.123456789Z",
        "24:00",
    ]
)
SENDINGS = objects(
    {
        "component": KEYS,
        "at": INSTANTS,
        "evidence": some.sampled_from(["verified", "declared", "rumour"]),
        "levels": some.dictionaries(CODES, NUMBERS, max_size=4),
        "pix": some.dictionaries(CODES, NUMBERS, max_size=4),
        "total": NUMBERS | some.integers(0, 1100),
    }
)
CERTIFICATIONS = objects(
    {
        "type": some.sampled_from(["Pix", "Pix+ Édu"]),
        "status": some.sampled_from(["validated", "rejected", "cancelled", "error", "?"]),
        "score": NUMBERS | some.integers(0, 1100),
        "date": INSTANTS,
    }
)
SITUATIONS = objects(
    {
        "sendings": some.lists(SENDINGS, max_size=3),
        "certifications": some.lists(CERTIFICATIONS, max_size=2),
        "absences": some.dictionaries(KEYS, some.sampled_from(["ABJ", "ABI", "DEF", ""]), max_size=2),
        "closed": some.lists(KEYS, max_size=3),
        "acquired_by_compensation": some.booleans(),
        "deadlines": some.dictionaries(KEYS, INSTANTS, max_size=2),
        "settled": some.booleans(),
    }
)


def tried(text: str) -> None:
    """Read a situation; one that is taken has an outcome."""
    try:
        situation = read_situation(text, UNIT)
    except SituationProblems as refused:
        told(refused)
        return
    for mark in assess(UNIT, situation).components:
        assert mark.mark is None or 0 <= mark.mark <= 20


@examples(100)
@given(SITUATIONS)
def test_a_situation_is_refused_in_words_or_computes(situation: dict[str, Any]) -> None:
    tried(json.dumps(situation))


@examples(40)
@given(JSON_VALUES.map(json.dumps) | TEXT | some.text(alphabet='{}[]",:1e.-tn ', max_size=40))
def test_any_json_and_any_text_is_refused_as_a_situation_or_computes(text: str) -> None:
    tried(text)


@examples(15)
@given(some.binary(max_size=60) | SITUATIONS.map(lambda made: json.dumps(made).encode("utf-8")))
def test_the_command_ends_with_words(data: bytes) -> None:
    runner = create_app_commands()
    ended = runner.invoke(args=["units", "mark", "HA1G10H", "-"], input=data)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    assert ended.exit_code in (0, 2)
    assert ended.output


def create_app_commands() -> FlaskCliRunner:
    """What `flask --app app` runs a command of."""
    with click.Context(click.Command("units"), info_name="units"):
        return create_app().test_cli_runner()


NAMES = (
    "PUBLIC_URL",
    "SECRET_KEY",
    "DATABASE_URL",
    "QUEUE_URL",
    "PROXY_HOPS",
    "PUSH_SLOTS",
    "PUSH_SLOTS_PER_PLATFORM",
    "UPLOAD_MEGABYTES",
    "LOG_LEVEL",
    "DATA_DIR",
    "UNITS_DIR",
    "SECRET_KEY_FILE",
    "SOMETHING_NEW",
)
SOUND = {"PUBLIC_URL": "https://pix.univ.example", "SECRET_KEY": "a secret of no value, 32 signs long"}
ODD_SETTINGS = some.sampled_from(
    [
        *NASTY,
        "https://[::1",
        "https://a:99999",
        "http://localhost",
        "sqlite://",
        "postgresql://",
        "8",
        "16",
        "٤",
    ]
)


@examples(60)
@given(some.dictionaries(some.sampled_from(NAMES), ENCODABLE | ODD_SETTINGS, max_size=4))
def test_settings_are_sound_or_every_problem_is_told(changed: dict[str, str]) -> None:
    environ = {PREFIX + name: value for name, value in {**SOUND, **changed}.items()}
    try:
        settings = read_settings(environ)
    except SettingsProblems as refused:
        assert str(refused).count("PIXLTI_") >= len(refused.problems)  # noqa: PT017
        return
    assert settings.push_slots_per_platform < settings.push_slots
    assert settings.public_url.startswith("http")
