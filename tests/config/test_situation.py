"""The door of the "what if": what it reads, and every problem of what it refuses."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from config.catalogue import read_catalogue
from config.situation import SituationProblems, read_situation
from grading.certification import CertificationStatus
from grading.outcome import Absence, Situation
from grading.profile import Evidence
from tests.config.files import UNITS

CATALOGUE = read_catalogue(UNITS)
UNREADABLE = "text → not JSON we can read: a number is too long, or it is nested too deep"
UNIT = CATALOGUE.get("HA1G10H").unit


def read(value: Any) -> Situation:
    text = value if isinstance(value, str) else json.dumps(value)
    return read_situation(text, UNIT)


def refused(value: Any) -> list[str]:
    with pytest.raises(SituationProblems) as problems:
        read(value)
    return [str(problem) for problem in problems.value.problems]


def test_everything_at_once() -> None:
    found = read(
        {
            "sendings": [
                {
                    "component": "exam",
                    "at": "2026-10-15T12:00:00Z",
                    "evidence": "verified",
                    "levels": {"1.1": 4},
                    "pix": {"1.1": 35},
                    "total": 441,
                    "mastery": 0.67,
                    "id": "a",
                }
            ],
            "certifications": [
                {
                    "type": "Pix",
                    "status": "validated",
                    "score": 520,
                    "date": "2026-12-14",
                    "session": "1",
                    "centre": "c",
                }
            ],
            "absences": {"cc1": "ABJ"},
            "closed": ["cc1"],
            "acquired_by_compensation": False,
            "deadlines": {"cc1": "2026-11-06T23:59:59"},
            "settled": True,
        }
    )
    (sending,), (certification,) = found.sendings, found.certifications
    assert (sending.component, sending.at, sending.evidence, sending.id) == (
        "exam",
        datetime(2026, 10, 15, 12, tzinfo=UTC),
        Evidence.VERIFIED,
        "a",
    )
    assert (sending.profile.levels, sending.profile.pix, sending.profile.total) == (
        {"1.1": 4},
        {"1.1": 35},
        441,
    )
    assert sending.profile.mastery == Decimal("0.67"), "no binary float on the way"
    assert (certification.type, certification.status, certification.score) == (
        "Pix",
        CertificationStatus.VALIDATED,
        520,
    )
    assert (certification.date, certification.session, certification.centre) == (date(2026, 12, 14), "1", "c")
    assert found.absences == {"cc1": Absence.ABJ}
    assert found.closed == {"cc1"}
    assert found.deadlines == {"cc1": datetime(2026, 11, 6, 22, 59, 59, tzinfo=UTC)}
    assert (found.acquired_by_compensation, found.settled) == (False, True)


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"sendings": [], "certifications": [], "absences": {}, "closed": []},
        {
            "sendings": None,
            "certifications": None,
            "absences": None,
            "closed": None,
            "acquired_by_compensation": None,
        },
    ],
)
def test_every_key_is_optional(empty: dict[str, Any]) -> None:
    assert read(empty) == Situation()


def test_what_a_sending_and_a_certification_leave_out() -> None:
    found = read({"sendings": [{}], "certifications": [{"score": 300}]})
    (sending,), (certification,) = found.sendings, found.certifications
    assert (sending.component, sending.at, sending.evidence) == (None, None, Evidence.VERIFIED)
    assert (certification.type, certification.status, certification.date) == (
        "Pix",
        CertificationStatus.VALIDATED,
        UNIT.catch_up.windows[0].opens_on,
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-10-15T12:00:00Z", datetime(2026, 10, 15, 12, tzinfo=UTC)),
        ("2026-10-15T12:00:00+02:00", datetime(2026, 10, 15, 10, tzinfo=UTC)),
        ("2026-10-15T12:00:00", datetime(2026, 10, 15, 10, tzinfo=UTC)),
        ("2026-11-15 12:00", datetime(2026, 11, 15, 11, tzinfo=UTC)),
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice that night: the earlier
        ("2026-11-15", datetime(2026, 11, 14, 23, tzinfo=UTC)),
    ],
)
def test_instants(written: str, expected: datetime) -> None:
    assert read({"sendings": [{"at": written}]}).sendings[0].at == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"sendngs": []}, "sendngs → unknown key, did you mean 'sendings'?"),
        ({"sendings": {}}, "sendings → must be a list, in [ ]"),
        ({"sendings": [3]}, "sendings.0 → must be a table of names and values"),
        ({"sendings": [{"level": {}}]}, "sendings.0.level → unknown key, did you mean 'levels'?"),
        (
            {"sendings": [{"component": "cc3"}]},
            "sendings.0.component → 'cc3' is not a component of HA1G10H (cc1, cc2, exam)",
        ),
        (
            {"sendings": [{"component": "catchup"}]},
            "sendings.0.component → 'catchup' is not a component of HA1G10H (cc1, cc2, exam)",
        ),
        (
            {"sendings": [{"at": "yesterday"}]},
            "sendings.0.at → 'yesterday' is not a date and time, as 2026-10-15T12:00:00Z",
        ),
        (
            {"sendings": [{"at": "2026-10-32T12:00:00Z"}]},
            "sendings.0.at → '2026-10-32T12:00:00Z' is not a date and time, as 2026-10-15T12:00:00Z",
        ),
        (
            {"sendings": [{"at": "0001-01-01T00:00:00"}]},
            "sendings.0.at → '0001-01-01T00:00:00' is not a date and time, as 2026-10-15T12:00:00Z",
        ),
        ({"sendings": [{"at": 5}]}, "sendings.0.at → must be text, in quotes"),
        (
            {"sendings": [{"evidence": "seen"}]},
            "sendings.0.evidence → 'seen' is not one of 'declared', 'confirmed' or 'verified'",
        ),
        (
            {"sendings": [{"levels": {"6.1": 1}}]},
            "sendings.0.levels.6.1 → '6.1' is not a competence of Pix (1.1 to 5.2)",
        ),
        (
            {"sendings": [{"levels": {"1.1": 9}}]},
            "sendings.0.levels.1.1 → 9 is above what Pix can ever give, 8",
        ),
        ({"sendings": [{"levels": {"1.1": -1}}]}, "sendings.0.levels.1.1 → -1 is negative"),
        ({"sendings": [{"levels": {"1.1": 4.5}}]}, "sendings.0.levels.1.1 → must be a whole number"),
        ({"sendings": [{"levels": {"1.1": True}}]}, "sendings.0.levels.1.1 → must be a whole number"),
        ({"sendings": [{"levels": {"1.1": None}}]}, "sendings.0.levels.1.1 → must be a whole number"),
        ({"sendings": [{"pix": {"1.1": -3}}]}, "sendings.0.pix.1.1 → -3 is negative"),
        (
            {"sendings": [{"pix": {"1.1": 65}}]},
            "sendings.0.pix.1.1 → 65 is above what Pix can ever give, 64",
        ),
        ({"sendings": [{"total": 1025}]}, "sendings.0.total → 1025 is above what Pix can ever give, 1024"),
        ({"sendings": [{"total": "441"}]}, "sendings.0.total → must be a whole number"),
        ({"sendings": [{"mastery": 67}]}, "sendings.0.mastery → 67 is not a share from 0 to 1, as 0.67"),
        ({"sendings": [{"mastery": -0.1}]}, "sendings.0.mastery → -0.1 is not a share from 0 to 1, as 0.67"),
        ({"sendings": [{"mastery": "67 %"}]}, "sendings.0.mastery → must be a number, without quotes"),
        (
            {"certifications": [{"status": "passed", "score": 1}]},
            "certifications.0.status → 'passed' is not one of 'validated', 'rejected', 'cancelled' or 'error'",
        ),
        (
            {"certifications": [{"status": "validated"}]},
            "certifications.0.score → is missing: a validated certification has its score",
        ),
        (
            {"certifications": [{"score": 1025}]},
            "certifications.0.score → 1025 is above what Pix can ever give, 1024",
        ),
        (
            {"certifications": [{"score": 1, "date": "14/12/2026"}]},
            "certifications.0.date → '14/12/2026' is not a date, as 2026-12-14",
        ),
        ({"absences": {"cc1": "ABX"}}, "absences.cc1 → 'ABX' is not one of 'ABI' or 'ABJ'"),
        (
            {"absences": {"catchup": "ABI"}},
            "absences.catchup → 'catchup' is not a component of HA1G10H (cc1, cc2, exam)",
        ),
        ({"closed": ["cc3"]}, "closed.0 → 'cc3' is not a component of HA1G10H (cc1, cc2, exam)"),
        (
            {"deadlines": {"cc3": "2026-10-15"}},
            "deadlines.cc3 → 'cc3' is not a component of HA1G10H (cc1, cc2, exam)",
        ),
        (
            {"deadlines": {"cc1": "soon"}},
            "deadlines.cc1 → 'soon' is not a date and time, as 2026-10-15T12:00:00Z",
        ),
        ({"acquired_by_compensation": "no"}, "acquired_by_compensation → must be true or false"),
        ("[]", "text → must be a JSON object, in { }"),
        ('{"closed": [}', "line 1, column 13 → not JSON: Expecting value"),
        ("", "line 1, column 1 → not JSON: Expecting value"),
        ('{"closed": [], "closed": []}', "closed → is written twice"),
        pytest.param('{"sendings": [{"total": ' + "9" * 5000 + "}]}", UNREADABLE, id="long"),
        pytest.param("[" * 100_000, UNREADABLE, id="deep"),
        ('{"sendings": [{"total": NaN}]}', "sendings.0.total → must be a whole number"),
    ],
)
def test_each_problem_is_told_with_its_place(value: Any, expected: str) -> None:
    assert refused(value) == [expected]


def test_every_problem_is_told_at_once() -> None:
    found = refused(
        {
            "x": 1,
            "sendings": [
                {
                    "component": "cc9",
                    "at": "never",
                    "levels": {"1.1": 9, "6.6": 2},
                    "pix": {"1.1": -3},
                    "total": "1",
                }
            ],
            "certifications": [{"score": 5000, "date": "2026-02-30"}],
            "absences": {"cc1": "ABX", "cc7": "ABI"},
            "closed": ["cc8"],
        }
    )
    assert [problem.split(" → ")[0] for problem in found] == [
        "sendings.0.total",
        "absences.cc1",
        "x",
        "sendings.0.component",
        "sendings.0.at",
        "sendings.0.levels.1.1",
        "sendings.0.levels.6.6",
        "sendings.0.pix.1.1",
        "certifications.0.date",
        "certifications.0.score",
        "absences.cc7",
        "closed.0",
    ]
