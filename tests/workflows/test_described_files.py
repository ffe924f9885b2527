"""Files described line by line: of a rejected line, whatever can be read of whose it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.described_files import describe_files

SAMPLES = Path(__file__).parent.parent / "pix" / "samples"
CHLOE = ("Bélanger-Noël", "Chloé", "99200017-4K7Q", "99200017")


def _first_rejected(name: str, *broken: tuple[str, str]) -> dict[str, Any]:
    text = (SAMPLES / name).read_text("utf-8-sig")
    for old, new in broken:
        assert old in text
        text = text.replace(old, new, 1)
    (described,) = describe_files([(name, text.encode("utf-8-sig"))])
    row: dict[str, Any] = next(each for each in described["rows"] if each["outcome"] == "rejected")
    return row


def _author(row: dict[str, Any]) -> tuple[str | None, ...]:
    return tuple(row[key] for key in ("last_name", "first_name", "external_id", "student_number"))


@pytest.mark.parametrize(
    ("name", "old", "new", "author"),
    [
        ("Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv", ";357;", ";beaucoup;", CHLOE),
        ("Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv", ";0,82;", ";beaucoup;", CHLOE),
        (
            "20261214_0900_resultats_session_678901.csv",
            ";412;",
            ";beaucoup;",
            ("Bélanger-Noël", "Chloé", "99200017", None),
        ),
    ],
)
def test_a_rejected_line_says_whose_it_is(
    name: str, old: str, new: str, author: tuple[str | None, ...]
) -> None:
    row = _first_rejected(name, (old, new))
    assert (row["line"], _author(row)) == (2, author)
    assert "beaucoup" in row["problems"][0]["message"]["fr"]
    assert (row["total_pix"], row["instant"]) == (None, None)


def test_what_cannot_be_read_of_it_is_left_out() -> None:
    row = _first_rejected(
        "Resultats-PIX-L1-CC1-2026-512345-2026-11-20-1830.csv", ('"Bélanger-Noël"', f'"{"x" * 300}"')
    )
    assert _author(row) == (None, *CHLOE[1:])
    row = _first_rejected("20261214_0900_resultats_session_678901.csv", ('"Chloé"', f'"{"x" * 300}"'))
    assert _author(row) == ("Bélanger-Noël", None, "99200017", None)


def test_a_line_that_lacks_cells_is_nobodys() -> None:
    """Which of its cells are missing nobody knows."""
    row = _first_rejected("20261214_0900_resultats_session_678901.csv", (';"Chloé"', ""))
    assert _author(row) == (None,) * 4
