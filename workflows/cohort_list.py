"""Which rows of a cohort a teacher looks at: those that a search finds, of one group, so many at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.mark import MarkStatus
from pix.folding import fold
from workflows.cohort_rows import Cell, CohortRow
from workflows.lms_state import Arrival
from workflows.presence import Presence

A_PAGE = 200
"""Rows shown at once."""


class Group(StrEnum):
    """Part of a cohort that a teacher looks at (closed set; the page has a word for each)."""

    EVERYBODY = "everybody"
    NOTHING_SENT = "nothing_sent"
    NOT_IN_GRADEBOOK = "not_in_gradebook"
    NEVER_CAME = "never_came"
    LEFT = "left"
    AWAITED = "awaited"


@dataclass(frozen=True, kw_only=True)
class RowList:
    """The rows shown, how many were found, and where the pages begin (none where one holds everybody found)."""

    rows: tuple[CohortRow, ...]
    found: int
    first: int
    query: str
    group: Group
    starts: tuple[tuple[int, str], ...]

    @property
    def is_chosen(self) -> bool:
        """Whether anything was asked for, so that finding nobody says nothing of the cohort."""
        return bool(self.query) or self.group is not Group.EVERYBODY


def list_rows(
    rows: Sequence[CohortRow], *, query: str, group: str, first: int, component: str | None
) -> RowList:
    """Find rows by words of the name or the number, in any order, accents and case aside.

    `component` is the one in which nothing was sent. What is no group means everybody; a page that does not exist is
    the nearest.
    """
    known = Group(group) if group in set(Group) else Group.EVERYBODY
    words = fold(query).split()
    found = [row for row in rows if _is_in(row, known, component) and _has(row, words)]
    first = max(min(first, len(found) - 1), 0) // A_PAGE * A_PAGE
    starts = tuple((start, found[start].name) for start in range(0, len(found), A_PAGE))
    return RowList(
        rows=tuple(found[first : first + A_PAGE]),
        found=len(found),
        first=first,
        query=query,
        group=known,
        starts=starts if len(starts) > 1 else (),
    )


def _has(row: CohortRow, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = fold(f"{row.name} {row.number or ''}")
    return all(word in text for word in words)


def _is_in(row: CohortRow, group: Group, component: str | None) -> bool:
    match group:
        case Group.NOTHING_SENT:
            here = [cell for cell in row.cells if component is None or cell.mark.key == component]
            return row.presence is not Presence.LEFT and any(_has_nothing(cell) for cell in here)
        case Group.NOT_IN_GRADEBOOK:
            return any(cell.lms is not None and cell.lms.arrival in IN_TROUBLE for cell in row.cells)
        case Group.NEVER_CAME:
            return row.presence is Presence.NEVER_CAME
        case Group.LEFT:
            return row.presence is Presence.LEFT
        case Group.AWAITED:
            return row.person is None
        case _:
            return True


def _has_nothing(cell: Cell) -> bool:
    return cell.mark.status in (MarkStatus.NOT_SENT, MarkStatus.NO_RESULT)


IN_TROUBLE = frozenset({Arrival.REFUSED, Arrival.TYPED_BY_HAND, Arrival.IN_TROUBLE})
"""How marks stand that do not reach the gradebook."""
