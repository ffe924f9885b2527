"""Reading one file of rules: every problem with its place, and nothing concluded from what is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from config.catalogue import CatalogueProblems, read_rules
from grading.rules import AbsentAs, Basis, JustifiedAs, Publish, Requires, Window
from tests.config.files import HOUSE, SHIPPED, changed


def refused(text: str) -> list[str]:
    with pytest.raises(CatalogueProblems) as problems:
        read_rules(text, "x.toml")
    return [str(problem) for problem in problems.value.problems]


LINEAR_CC1 = 'scale        = { shape = "linear", anchors = [{ at = 0, mark = 0 }, { at = 6, mark = 20 }] }'
WINDOWS = "windows       = [{ opens_on = 2027-01-11, closes_on = 2027-01-29 }]"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('code               = "HA1G10H"', 'code = "ha1"', "code → 'ha1' is not made of capital letters"),
        ('code               = "HA1G10H"', "", "code → is missing"),
        ('"2026-2027"', '"2026-2028"', "academic_year → '2026-2028' is not two following years"),
        ('"2026-2027"', '"2026"', "academic_year → '2026' is not two following years"),
        ("pass_mark          = 10", "pass_mark = 0", "pass_mark → 0 is not above 0 and at most 20"),
        ("pass_mark          = 10", "pass_mark = true", "pass_mark → must be a number, without quotes"),
        ("pass_mark          = 10", 'pass_mark = "10"', "pass_mark → must be a number, without quotes"),
        ("pass_mark          = 10", "pass_mark = nan", "pass_mark → must be a finite number"),
        (
            "rounding_step      = 0.01",
            "rounding_step = 0.015",
            "rounding_step → 0.015 is not a multiple of 0.01",
        ),
        ("rounding_step      = 0.01", "rounding_step = 2", "rounding_step → 2 is not a multiple of 0.01"),
        (
            'confirmed_by       = ""',
            'confirmed_by = "C. L."',
            "confirmed_on → confirmed_by and confirmed_on go together",
        ),
        (
            'timezone           = "Europe/Paris"',
            'timezone = "Paris"',
            "timezone → 'Paris' is not a time zone",
        ),
        ('language           = "fr"', 'language = "de"', "language → 'de' is not one of 'fr' or 'en'"),
        ('source             = "', 'source = " " # "', "source → is empty"),
        (
            'eligibility_component = "exam"',
            'eligibility_component = "exm"',
            "eligibility_component → 'exm' is not the key",
        ),
        (
            "[{ level_at_least_everywhere = 4 }, { pix_above = 400 }]",
            "[]",
            "eligible_if_any → nobody could be eligible",
        ),
        (
            "{ pix_above = 400 }",
            "{ level_at_least_everywhere = 5 }",
            "eligible_if_any → level_at_least_everywhere is given 2 times",
        ),
        (
            "level_at_least_everywhere = 4",
            "level_at_least_everywhere = 9",
            "eligible_if_any.0.level_at_least_everywhere → 9 is not a level",
        ),
        ("pix_above = 400", "pix_above = -1", "eligible_if_any.1.pix_above → -1 is negative"),
        ("{ pix_above = 400 }", "{}", "eligible_if_any.1 → must have exactly one of"),
        ("{ pix_above = 400 }", "{ pix_over = 400 }", "eligible_if_any.1.pix_over → unknown key"),
        (WINDOWS, "windows = []", "certification → no window"),
        (
            WINDOWS,
            WINDOWS.replace("01-29", "01-09"),
            "certification.windows.0.closes_on → 2027-01-09 is before opens_on",
        ),
        (
            WINDOWS,
            WINDOWS.replace("}]", "}, { opens_on = 2027-01-29, closes_on = 2027-02-01 }]"),
            "certification.windows.1.opens_on → 2027-01-29 is not after the end of the window before",
        ),
        (
            WINDOWS,
            WINDOWS.replace("2027-01-29", "2027-01-29T10:00:00"),
            "certification.windows.0.closes_on → must be a date",
        ),
        (
            WINDOWS,
            WINDOWS + "\nopens_on = 2027-01-01\ncloses_on = 2027-01-02",
            "certification.windows → give either",
        ),
        (WINDOWS, "opens_on = 2027-01-01", "certification.closes_on → is missing"),
        (
            WINDOWS,
            "opens_on = 2027-01-05\ncloses_on = 2027-01-02",
            "certification.closes_on → 2027-01-02 is before opens_on",
        ),
        ('type          = "Pix"', 'type = ""', "certification.type → is empty"),
        ('replaces      = "unit"', 'replaces = "tp"', "certification.replaces → 'tp' is neither"),
        (
            'basis         = "certification_score"',
            'basis = "pix_total"',
            "certification.basis → 'pix_total' cannot be read",
        ),
        ("rejected_mark = 0", "rejected_mark = 21", "certification.rejected_mark → 21 is not from 0 to 20"),
        ("rejected_mark = 0", "rejected_mark = 0\ncap = 0", "certification.cap → 0 is not above 0"),
        (
            "{ at = 768, mark = 20 }",
            "{ at = 768, mark = 21 }",
            "certification.scale.anchors.1.mark → 21 is not from 0 to 20",
        ),
        ('key          = "cc1"', 'key = "CC 1"', "components.0.key → 'CC 1' cannot be a key"),
        ('key          = "cc1"', 'key = "catchup"', "components.0.key → 'catchup' cannot be a key"),
        ('key          = "cc1"', 'key = "cc2"', "components.0.key → 'cc2' is the key of several components"),
        ('["1.3", "2.3", "3.1"]', "[]", "components.0.competences → no competence is named"),
        (
            '["1.3", "2.3", "3.1"]',
            '["1.3", "2.5", "3.1"]',
            "components.0.competences.1 → '2.5' is not a competence",
        ),
        ('["1.3", "2.3", "3.1"]', '["1.3", "1.3", "3.1"]', "components.0.competences → 1.3 is named 2 times"),
        (
            '["1.3", "2.3", "3.1"]',
            '["1.3", 2.3, "3.1"]',
            "components.0.competences.1 → must be text, in quotes",
        ),
        ('["1.3", "2.3", "3.1"]', '"1.3"', "components.0.competences → must be a list"),
        (
            'basis        = "level_mean"',
            'basis = "certification_score"',
            'components.0.basis → "certification_score" is for',
        ),
        (
            'basis        = "level_mean"',
            'basis = "mastery"',
            "components.0.scale.anchors.1.at → 6 is above 1: a mastery is a share of the items, from 0 to 1",
        ),
        ('basis        = "level_mean"', 'basis = "levels"', "components.0.basis → 'levels' is not one of"),
        ("cap          = 6", "cap = 0", "components.0.cap → 0 is not above 0"),
        (
            LINEAR_CC1,
            LINEAR_CC1.replace("mark = 0 }", "mark = 20 }").replace("6, mark = 20", "6, mark = 10"),
            "components.0.scale.anchors.1.mark → the scale falls: 10 after 20",
        ),
        (
            LINEAR_CC1,
            LINEAR_CC1.replace("at = 6", "at = 0"),
            "components.0.scale.anchors.1.at → 0 is not above",
        ),
        (
            LINEAR_CC1,
            LINEAR_CC1.replace("at = 0", "at = -1"),
            "components.0.scale.anchors.0.at → -1 is negative",
        ),
        (
            LINEAR_CC1,
            'scale = { shape = "linear", anchors = [{ at = 0, mark = 0 }] }',
            "components.0.scale.anchors → a linear scale needs at least 2",
        ),
        (
            LINEAR_CC1,
            'scale = { shape = "steps", anchors = [] }',
            "components.0.scale.anchors → a steps scale needs at least 1",
        ),
        (
            LINEAR_CC1,
            'scale = { shape = "curve", anchors = [] }',
            "components.0.scale.shape → 'curve' is not one of 'linear' or 'steps'",
        ),
        (LINEAR_CC1, 'scale = "linear"', "components.0.scale → must be a table"),
        (LINEAR_CC1, "", "components.0.scale → is missing"),
        (
            "closes_at    = 2026-10-30T23:59:59",
            "closes_at = 2026-09-01T23:59:59",
            "components.0.closes_at → (cc1) closes before it opens",
        ),
        (
            "closes_at    = 2026-10-30T23:59:59",
            "closes_at = 2026-10-30",
            "components.0.closes_at → must be a date and time",
        ),
        (
            "closes_at    = 2026-10-30T23:59:59",
            'closes_at = "2026-10-30T23:59:59"',
            "components.0.closes_at → must be a date and time",
        ),
        (
            "closes_at    = 2026-10-30T23:59:59",
            "close_at = 2026-10-30T23:59:59",
            "components.0.close_at → unknown key, did you mean 'closes_at'?",
        ),
        ("weight       = 0.25", "weight = 0.30", "components → the weights add up to 1.05, not to 1"),
        ("weight       = 0.25", "weight = -0.25", "components.0.weight → -0.25 is not above 0"),
        ('programme = "PEIP-bio"', 'programme = ""', "requirements.0.programme → is empty"),
        (
            'programme = "PEIP-bio"',
            'programme = "PEIP-bio"\nmin_score = -1',
            "requirements.0.min_score → -1 is negative",
        ),
        (
            'requires  = "certification"',
            'requires = "luck"',
            "requirements.0.requires → 'luck' is not one of",
        ),
        ("videos       = []", "videos = [1]", "help.videos.0 → must be text, in quotes"),
    ],
)
def test_each_problem_is_told_with_its_place(old: str, new: str, expected: str) -> None:
    found = refused(changed((old, new)))
    assert any(problem.startswith(f"x.toml: {expected}") for problem in found), found


def test_every_problem_of_a_file_is_told_at_once_and_only_those() -> None:
    text = changed(
        ('code               = "HA1G10H"', 'code = "HA1G10H"\ncolour = "red"'),
        ('["1.3", "2.3", "3.1"]', '["1.3", "2.3", "9.9"]'),
        ("weight       = 0.25", 'weight = "a quarter"'),
        ('["3.2", "3.3", "3.4"]', '["3.2", "3.3", "3.4"]\nopen_at = 2026-11-01T00:00:00'),
        ("closes_at    = 2026-12-04T23:59:59", "closes_at = 2026-10-04T23:59:59"),
        ("{ at = 768, mark = 20 }", '{ at = 768, mark = "x" }, { at = 700, mark = 20 }'),
        ('rule          = "better"', 'rule = "best"'),
    )
    assert refused(text) == [
        "x.toml: certification.rule → 'best' is not one of 'better' or 'always'",
        "x.toml: certification.scale.anchors.1.mark → must be a number, without quotes",
        "x.toml: components.0.weight → must be a number, without quotes",
        "x.toml: components.1.open_at → unknown key, did you mean 'opens_at'?",
        "x.toml: colour → unknown key",
        "x.toml: certification.scale.anchors.2.at → 700 is not above the anchor before it, 768",
        "x.toml: components.0.competences.2 → '9.9' is not a competence of Pix (1.1 to 5.2)",
        "x.toml: components.1.closes_at → (cc2) closes before it opens",
    ]


def test_a_component_that_is_no_table_leaves_the_others_in_their_places() -> None:
    text = HOUSE.split("[[components]]", maxsplit=1)[0] + "components = [5, { key = 'cc1' }]\n"
    found = refused(text)
    assert "x.toml: components.0 → must be a table of names and values" in found
    assert "x.toml: components.1.closes_at → is missing" in found
    assert not any("components.0." in problem for problem in found)


def test_no_component_at_all() -> None:
    text = HOUSE.split("[[components]]", maxsplit=1)[0] + "components = []\n"
    assert "x.toml: components → the unit has no component: add [[components]]" in refused(text)


def test_an_empty_file_lacks_everything_needed() -> None:
    assert refused("") == [
        f"x.toml: {key} → is missing"
        for key in (
            "code",
            "academic_year",
            "title",
            "timezone",
            "source",
            "eligible_if_any",
            "certification",
            "components",
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code = HA1G10H\n", "x.toml: line 1, column 8 → not TOML: Invalid value"),
        ("a = 1\nb = [1,\n", "x.toml: end of document → not TOML: "),
        ("a = 1\na = 2\n", "x.toml: line 2, column 6 → not TOML: Cannot overwrite a value"),
    ],
)
def test_a_syntax_error_is_told_with_its_line(text: str, expected: str) -> None:
    assert refused(text)[0].startswith(expected)


def test_the_shortest_file_is_read_with_the_defaults_of_the_rules() -> None:
    unit = read_rules(HOUSE, "x.toml").unit
    cc1, exam = unit.components
    assert unit.catch_up.windows == (Window(opens_on=date(2027, 1, 11), closes_on=date(2027, 1, 29)),)
    assert unit.pass_mark == 10
    assert unit.rounding_step == Decimal("0.01")
    assert unit.catch_up.rejected_mark == 0
    assert (unit.catch_up.type, unit.eligibility.component, unit.language) == ("Pix", "exam", "fr")
    assert unit.provisional_prefix.fr == "Provisoire, non vérifié"
    assert cc1.closes_at == datetime(2026, 10, 30, 22, 59, 59, tzinfo=UTC)
    assert exam.closes_at == datetime(2027, 1, 8, 23, 59, 59, tzinfo=UTC)
    assert (cc1.absent_as, cc1.justified_as) == (AbsentAs.ZERO, JustifiedAs.NEUTRALISED)
    assert (exam.absent_as, exam.justified_as) == (AbsentAs.DEFAULTING, JustifiedAs.NO_SESSION_MARK)
    assert exam.opens_at is None
    assert exam.cap == 6
    assert (exam.publish, exam.basis) == (Publish.WHEN_DECLARED, Basis.LEVEL_MEAN)
    assert exam.title.fr == "EXAM"
    assert unit.requirements == ()


def test_a_deadline_in_the_hour_that_comes_twice_is_the_later_one() -> None:
    text = changed(("2026-10-30T23:59:59", "2026-10-25T02:30:00"), text=HOUSE)
    text = changed(("2026-09-14T08:00:00", "2026-10-25T02:15:00"), text=text)
    cc1 = read_rules(text, "x.toml").unit.components[0]
    assert cc1.closes_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert cc1.opens_at == datetime(2026, 10, 25, 0, 15, tzinfo=UTC)


def test_a_requirement_may_be_narrowed() -> None:
    narrowed = (
        'requires  = "certification"',
        'requires = "unit_completed"\nsince = 2025-01-01\nmin_score = 300',
    )
    requirement = read_rules(changed(narrowed), "x.toml").unit.requirements[0]
    assert (requirement.requires, requirement.since, requirement.min_score) == (
        Requires.UNIT_COMPLETED,
        date(2025, 1, 1),
        300,
    )


def test_a_stored_text_is_read_again_under_its_digest() -> None:
    first = read_rules(SHIPPED, "HA1G10H.toml")
    again = read_rules(first.text, "stored")
    assert (again.unit, again.digest) == (first.unit, first.digest)
    assert read_rules(SHIPPED + "\n# a comment\n", "x.toml").digest != first.digest
    assert len(first.digest) == 64
