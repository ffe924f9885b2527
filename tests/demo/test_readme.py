"""What the README and the guides say of settings, commands, targets and files is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from app import create_app
from config.settings import Settings, SettingsProblems, read_settings
from demo.installation import ROOT

GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TABLE_ROW = re.compile(r"^\| `PIXLTI_(\w+)` \| (.*?) \|", re.MULTILINE)
FLASK = re.compile(r"flask --app app ((?:[^`\n|…\\]|\\\n)+)")
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(#[^)]*)?\)")
MAKE = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)


def _text(guide: Path) -> str:
    return guide.read_text(encoding="utf-8")


def _settings_of_the_code() -> set[str]:
    with pytest.raises(SettingsProblems) as told:
        read_settings({"PIXLTI_NO_SUCH_SETTING": "1"})
    known = re.search(r"Known: (.*)", str(told.value))
    assert known is not None
    return {each.strip().removeprefix("PIXLTI_") for each in known[1].split(",")}


def test_the_table_of_settings_is_that_of_the_code() -> None:
    """Every setting the code reads is in the one table, and no other; simple defaults are the code's."""
    rows = dict(TABLE_ROW.findall(_text(ROOT / "README.md")))
    assert set(rows) == _settings_of_the_code()
    settings = read_settings({"PIXLTI_PUBLIC_URL": "https://pix.univ.example", "PIXLTI_SECRET_KEY": "s" * 40})
    for name, value in {
        "PROXY_HOPS": settings.proxy_hops,
        "PUSH_SLOTS": settings.push_slots,
        "PUSH_SLOTS_PER_PLATFORM": settings.push_slots_per_platform,
        "UPLOAD_MEGABYTES": settings.upload_bytes // 1_000_000,
        "LOG_LEVEL": settings.log_level,
        "DATA_DIR": settings.data_dir.relative_to(ROOT),
        "UNITS_DIR": settings.units_dir.relative_to(ROOT),
    }.items():
        assert rows[name] == f"`{value}`", name


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> click.Group:
    """The tool's commands."""
    folder = tmp_path_factory.mktemp("commands")
    settings = Settings(
        public_url="http://127.0.0.1:8000",
        secret_key="a secret for tests, of no value at all",
        database_url=f"sqlite:///{folder / 'pix-lti.sqlite'}",
        queue_url=f"sqlite:///{folder / 'queue.sqlite'}",
        data_dir=folder,
        units_dir=ROOT / "config" / "units",
    )
    return create_app(settings).cli


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_of_a_guide_exists(guide: Path, commands: click.Group) -> None:
    """Groups, commands and options alike."""
    for typed in FLASK.findall(_text(guide)):
        words = shlex.split(typed.replace("\\\n", " "))
        if words and not words[0].startswith("-"):
            _parse(commands, words)


def _parse(group: click.Command, words: list[str]) -> None:
    for at, word in enumerate(words):
        if not isinstance(group, click.Group):
            options = {name for parameter in group.params for name in parameter.opts} | {"--help"}
            wrong = [each for each in words[at:] if each.startswith("--") and each not in options]
            assert wrong == [], f"{' '.join(words)}: no such option"
            return
        found = group.commands.get(word)
        assert found is not None, f"{' '.join(words)}: no command {word!r}"
        group = found


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_link_and_make_target_of_a_guide_exists(guide: Path) -> None:
    """A reader who follows them arrives."""
    text = _text(guide)
    for link, _ in LINK.findall(text):
        assert not link or (guide.parent / link).exists(), link
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall(text)) <= targets


def test_the_file_for_the_newcomer_and_the_people_of_the_tour_exist() -> None:
    """The tour names the demo's own people and file."""
    from demo.installation import new_installation
    from demo.lms import demo_site, empty_course

    text = _text(ROOT / "README.md")
    assert f"`.demo/{new_installation(ROOT / '.demo', 1).export.name}`" in text
    people = {person.name for course in demo_site().courses for person in course.people}
    assert {"Mélissa Ouedraogo", "Hélène Marchand", "Liam O’Sullivan"} <= people
    activities = {activity.title for course in demo_site().courses for activity in course.activities}
    assert {"CC1", "CC2", "Activité Pix à régler"} <= activities
    assert "*groupe B*" in text
    assert empty_course().title.endswith("groupe B")


def test_every_decision_has_a_number_of_its_own() -> None:
    """So that it can be named, and the next one has an obvious number."""
    numbers = [each.name[:4] for each in (ROOT / "docs" / "decisions").glob("*.md")]
    assert all(each.isdecimal() for each in numbers)
    assert len(numbers) == len(set(numbers))
