"""The folder of units: the shipped files to the letter, and every problem of every file at once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from config.catalogue import PIX_FILE, CatalogueProblems, UnknownUnit, read_catalogue, read_ceilings
from config.tolerant import find_zone
from grading.competences import COMPETENCES
from grading.rules import (
    AbsentAs,
    Basis,
    Counts,
    JustifiedAs,
    LevelAtLeastEverywhere,
    PixAbove,
    Publish,
    Requires,
    Resend,
    SecondSessionRule,
    Unit,
    Window,
)
from grading.scale import Anchor, Scale, Shape
from tests.config.files import HOUSE, SHIPPED, UNITS, changed

CATALOGUE = read_catalogue(UNITS)
ZERO = Anchor(at=Decimal(0), mark=Decimal(0))


def full_at(measure: int) -> Scale:
    return Scale(shape=Shape.LINEAR, anchors=(ZERO, Anchor(at=Decimal(measure), mark=Decimal(20))))


def local(year: int, month: int, day: int, *, summer: bool, opening: bool = False) -> datetime:
    """08:00:00 or 23:59:59 in Paris, in UTC."""
    shift = 2 if summer else 1
    hour, minute, second = (8, 0, 0) if opening else (23, 59, 59)
    return datetime(year, month, day, hour - shift, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "dates", "windows"),
    [
        (
            "HA1G10H",
            [
                (local(2026, 9, 14, summer=True, opening=True), local(2026, 10, 30, summer=False)),
                (local(2026, 11, 2, summer=False, opening=True), local(2026, 12, 4, summer=False)),
                (local(2026, 11, 16, summer=False, opening=True), local(2027, 1, 8, summer=False)),
            ],
            [(date(2027, 1, 11), date(2027, 1, 29))],
        ),
        (
            "HA2G12H",
            [
                (local(2027, 1, 25, summer=False, opening=True), local(2027, 3, 5, summer=False)),
                (local(2027, 3, 8, summer=False, opening=True), local(2027, 4, 2, summer=True)),
                (local(2027, 3, 22, summer=False, opening=True), local(2027, 5, 7, summer=True)),
            ],
            [(date(2027, 5, 17), date(2027, 6, 4))],
        ),
        (
            "HAV208I",
            [(local(2026, 9, 14, summer=True, opening=True), local(2027, 5, 7, summer=True))] * 3,
            [(date(2027, 1, 11), date(2027, 1, 29)), (date(2027, 5, 17), date(2027, 6, 4))],
        ),
    ],
)
def test_the_shipped_dates(
    code: str, dates: list[tuple[datetime, datetime]], windows: list[tuple[date, date]]
) -> None:
    unit = CATALOGUE.get(code, "2026-2027").unit
    assert [(component.opens_at, component.closes_at) for component in unit.components] == dates
    assert unit.catch_up.windows == tuple(Window(opens_on=a, closes_on=b) for a, b in windows)


@pytest.mark.parametrize("unit", [file.unit for file in CATALOGUE], ids=lambda unit: unit.code)
def test_the_shipped_settings(unit: Unit) -> None:
    assert (unit.academic_year, unit.timezone, unit.language) == ("2026-2027", "Europe/Paris", "fr")
    assert unit.pass_mark == 10
    assert unit.rounding_step == Decimal("0.01")
    assert (unit.confirmed_by, unit.confirmed_on, unit.confirmed) == ("", None, False)
    assert "Corinne Lautier" in unit.contact
    assert unit.provisional_prefix.fr == "Provisoire, non vérifié"
    assert unit.eligibility.component == "exam"
    assert unit.eligibility.any_of == (LevelAtLeastEverywhere(level=4), PixAbove(pix=400))
    assert [component.key for component in unit.components] == ["cc1", "cc2", "exam"]
    assert [component.weight for component in unit.components] == [
        Decimal("0.25"),
        Decimal("0.25"),
        Decimal("0.50"),
    ]
    assert [component.competences for component in unit.components] == [
        ("1.3", "2.3", "3.1"),
        ("3.2", "3.3", "3.4"),
        tuple(COMPETENCES),
    ]
    for component in unit.components:
        assert (component.basis, component.scale) == (Basis.LEVEL_MEAN, full_at(6))
        assert component.cap == 6
        assert (component.resend, component.counts) == (Resend.ALLOWED, Counts.BEST)
        assert component.publish is Publish.WHEN_DECLARED
    assert [component.absent_as for component in unit.components] == [
        AbsentAs.ZERO,
        AbsentAs.ZERO,
        AbsentAs.DEFAULTING,
    ]
    assert [component.justified_as for component in unit.components] == [
        JustifiedAs.NEUTRALISED,
        JustifiedAs.NEUTRALISED,
        JustifiedAs.NO_SESSION_MARK,
    ]
    catch_up = unit.catch_up
    assert (catch_up.type, catch_up.sessions, catch_up.centres) == ("Pix", (), ())
    assert (catch_up.replaces, catch_up.rule) == ("unit", SecondSessionRule.BETTER)
    assert (catch_up.basis, catch_up.scale) == (Basis.CERTIFICATION_SCORE, full_at(768))
    assert catch_up.rejected_mark == 0
    assert [(r.programme, r.requires) for r in unit.requirements] == [
        (programme, Requires.CERTIFICATION) for programme in ("PEIP-bio", "CMI", "HAV404V")
    ]


def test_a_unit_is_found_by_code_and_year(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SHIPPED, "utf-8")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.toml").write_text(
        changed(("2026-2027", "2027-2028"), text=HOUSE).replace("2026-2027", "2027-2028"), "utf-8"
    )
    catalogue = read_catalogue(tmp_path)
    assert len(catalogue) == 2
    assert catalogue.get("HA1G10H").unit.academic_year == "2027-2028"
    assert catalogue.get("HA1G10H", "2026-2027").path == "a.toml"
    assert catalogue.find("HA1G10H", "2025-2026") is None
    with pytest.raises(UnknownUnit, match="no unit XX; known: HA1G10H"):
        catalogue.get("XX")
    with pytest.raises(UnknownUnit, match="no unit HA1G10H in 2025-2026"):
        catalogue.get("HA1G10H", "2025-2026")


def refused(folder: Path, pix_file: Path = PIX_FILE) -> list[str]:
    with pytest.raises(CatalogueProblems) as problems:
        read_catalogue(folder, pix_file)
    assert str(problems.value).splitlines() == [str(problem) for problem in problems.value.problems]
    return [str(problem) for problem in problems.value.problems]


def test_every_problem_of_every_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(changed(("weight       = 0.25", "weight = 0.5")), "utf-8")
    (tmp_path / "two.toml").write_text("code = ", "utf-8")
    (tmp_path / "three.toml").write_bytes(b'code = "\xe9"')
    (tmp_path / "four.toml").mkdir()
    pix = tmp_path / "pix.broken"
    pix.write_text("ceilings = []", "utf-8")
    assert refused(tmp_path, pix) == [
        "four.toml → cannot be read: Is a directory",
        "one.toml: components → the weights add up to 1.25, not to 1",
        "three.toml: byte 8 → is not UTF-8: save the file as UTF-8",
        "two.toml: end of document → not TOML: Invalid value",
        "pix.broken: ceilings → no ceiling: add [[ceilings]]",
    ]


def test_two_files_for_one_unit_and_year(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(SHIPPED, "utf-8")
    assert refused(tmp_path) == ["b.toml: code → HA1G10H of 2026-2027 is already described by a.toml"]


def test_a_folder_without_units(tmp_path: Path) -> None:
    assert refused(tmp_path) == [f"{tmp_path} → no unit file (*.toml) in this folder"]
    assert refused(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'} → no unit file (*.toml) in this folder"]


def test_a_missing_file_of_ceilings(tmp_path: Path) -> None:
    assert refused(UNITS, tmp_path / "pix.toml") == ["pix.toml → cannot be read: No such file or directory"]


CEILINGS = PIX_FILE.read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("level               = 5", "level = 0", "ceilings.0.level → must be 1 or more"),
        ("level               = 5", "level = 5.0", "ceilings.0.level → must be a whole number"),
        (
            "since               = 2022-09-01",
            "since = 2016-09-01",
            "ceilings.1.since → 2016-09-01 is not after",
        ),
        ("since               = 2016-09-01", "", "ceilings.0.since → is missing"),
        ("profile_pix         = 640", "pix = 640", "ceilings.0.pix → unknown key"),
    ],
)
def test_problems_of_the_ceilings(old: str, new: str, expected: str) -> None:
    with pytest.raises(CatalogueProblems) as problems:
        read_ceilings(changed((old, new), text=CEILINGS), "pix.toml")
    assert str(problems.value.problems[0]).startswith(f"pix.toml: {expected}")


def test_zones_are_found_by_name_or_not_at_all() -> None:
    assert find_zone("Europe/Paris") is not None
    assert [find_zone(name) for name in ("", "Paris", "../etc/passwd", "Europe")] == [None] * 4
