"""The night of October in which an hour comes twice: deadlines and sendings in it, and which of the two is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.pix.exports import export, sending
from tests.workflows.school import School
from tests.workflows.test_evidence import under

# On 25 October 2026 at 03:00 (01:00 UTC) clocks go back to 02:00: 02:30 is 00:30 UTC, then 01:30 UTC.


@pytest.mark.parametrize(
    ("closes_at", "sent_at", "counts", "why"),
    [
        (
            "2026-10-25T02:30:00",
            "25/10/2026 02:30",
            True,
            "the deadline is the second 02:30, the sending the first",
        ),
        ("2026-10-25T02:30:00", "25/10/2026 02:45", True, "the first 02:45 is before the second 02:30"),
        (
            "2026-10-25T02:30:00",
            "25/10/2026 02:15",
            True,
            "one of the two 02:15 is in time: never the later one",
        ),
        ("2026-10-25T01:59:59", "25/10/2026 02:00", False, "both 02:00 are late"),
        ("2026-10-25T03:10:00", "25/10/2026 02:59", True, "both are in time"),
    ],
)
def test_the_later_instant_is_never_used_against_the_student(
    school: School, tmp_path: Path, closes_at: str, sent_at: str, counts: bool, why: str
) -> None:
    under(school, tmp_path, {"cc1": {"opens_at": "2026-09-14T08:00:00", "closes_at": closes_at}})
    school.clock = datetime(2026, 10, 26, 12, tzinfo=UTC)
    student = school.enters("Léa Benoît", "99300010")
    file = export(
        sending(first="Léa", last="Benoît", number="99300010", external_id=None, at=sent_at, pix=24)
    )
    shown = school.imports(school.teacher(), file)
    assert shown.lines[0].is_late is not counts, why
    assert school.mark(student).mark == (Decimal("10.00") if counts else None), why
    told = [problem.code for problem in shown.lines[0].problems]
    assert told == ["ambiguous_time"]
    assert "la première est retenue" in shown.lines[0].problems[0].message.fr


def test_an_hour_that_never_was_is_rejected(school: School) -> None:
    school.clock = datetime(2027, 3, 29, 12, tzinfo=UTC)
    shown = school.importing(school.teacher()).sees(export(sending(at="28/03/2027 02:30")))
    assert shown.counts == {"rejected": 1}
    assert "n’existe pas (passage à l’heure d’été)" in shown.lines[0].explanation.fr
