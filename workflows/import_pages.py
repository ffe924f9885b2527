"""A preview as it is kept, page by page, and as it is shown: plain values both ways. Nothing is decided here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from grading.text import Bilingual
from pix.matching import MatchReason
from pix.packed_table import packed_problem, unpacked_problem
from pix.problem import Problem
from storage.import_drafts import PackedPage
from workflows.cohort import Cohort
from workflows.import_effects import MarkEffect, ShownMark
from workflows.import_lines import LineOutcome, PreviewLine
from workflows.import_plan import ImportPlan, PlannedFile
from workflows.person_names import person_label

_T = TypeVar("_T")

LINES_A_PAGE = 500
DECISIONS_A_PAGE = 100

LINES, DECISIONS, REJECTED, EFFECTS = "lines", "decisions", "rejected", "effects"


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """One line as the page shows it; `number` is its place among all lines of the draft, from 0.

    `person` and `held_by` are what these people are called; `suggestions` are ids. Among the decisions, one line speaks
    for all of its identity: `also` are the others, in its file.
    """

    number: int
    file: int
    line: int
    outcome: LineOutcome
    component: str | None
    last_name: str
    first_name: str
    student_number: str | None
    external_id: str | None
    sent_at: str | None
    identity_key: str
    reason: str | None
    explanation: Bilingual
    person_id: int | None
    person: str | None
    suggestions: tuple[int, ...]
    held_by: str | None
    problems: tuple[Problem, ...]
    worth: Bilingual | None
    is_late: bool
    withdraws: int
    also: tuple[int, ...] = ()

    @property
    def identity(self) -> tuple[str, ...]:
        """What the file says of who it is, each thing once; nothing where nobody could be read."""
        name = f"{self.last_name} {self.first_name}".strip()
        said = (name, self.student_number, self.external_id)
        return tuple(dict.fromkeys(each for each in said if each))

    @property
    def is_question(self) -> bool:
        """Whether somebody of the course may be meant; otherwise the line waits for somebody who is not in it."""
        return _is_question(self)


@dataclass(frozen=True, kw_only=True)
class ShownEffect:
    """A mark before and after, of somebody."""

    person_id: int
    name: str
    component: Bilingual
    before: ShownMark
    after: ShownMark
    eligible_before: bool
    eligible_after: bool
    note: Bilingual | None


@dataclass(frozen=True, kw_only=True)
class ShownRoute:
    """Where the lines of one campaign of a file go, and why."""

    code: str | None
    component: str | None
    why: Bilingual
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """One file as it was recognised. `problems` say why it could not be read; `notes` what was left aside."""

    number: int
    name: str
    kind: str | None
    language: str | None
    generation: str | None
    label: str | None
    lines: int
    counts: Mapping[str, int]
    routes: tuple[ShownRoute, ...]
    notes: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    chosen: str | None

    @property
    def is_read(self) -> bool:
        """Whether its lines could be read."""
        return self.kind is not None and not self.problems

    @property
    def choices(self) -> tuple[str, ...]:
        """The components that a teacher may choose among for its lines of unknown campaigns."""
        return next((each.choices for each in self.routes if each.choices), ())


def pages_of_plan(cohort: Cohort, plan: ImportPlan) -> list[PackedPage]:
    """Every page of an import's preview, packed one by one: all lines at once would be large."""
    names = {person_id: person_label(each.person) for person_id, each in cohort.members.items()}
    numbered = [_Numbered(number, line) for number, line in enumerate(plan.lines)]
    sections = (
        (LINES, LINES_A_PAGE, numbered),
        (DECISIONS, DECISIONS_A_PAGE, _decisions(numbered)),
        (REJECTED, LINES_A_PAGE, [each for each in numbered if each.line.outcome is LineOutcome.REJECTED]),
    )
    pages = [
        PackedPage.of(section, place, [_line(each, names) for each in some])
        for section, size, lines in sections
        for place, some in enumerate(_paged(lines, size))
    ]
    return pages + effect_pages(plan.effects)


class _Numbered(NamedTuple):
    number: int
    line: PreviewLine
    also: tuple[int, ...] = ()


def _decisions(numbered: Iterable[_Numbered]) -> list[_Numbered]:
    """One line for each identity that waits (the teacher's word is for all of its lines), questions first."""
    together: dict[tuple[Any, ...], list[_Numbered]] = defaultdict(list)
    for each in numbered:
        line = each.line
        if line.outcome is LineOutcome.NEEDS_DECISION:
            alike = line.file, line.identity_key, line.explanation, line.suggestions, line.held_by
            together[alike].append(each)
    waiting = [
        first._replace(also=tuple(each.line.line for each in others)) for first, *others in together.values()
    ]
    return sorted(waiting, key=lambda each: not _is_question(each.line))


def _is_question(line: PreviewLine | ShownLine) -> bool:
    return bool(line.suggestions or line.held_by or line.reason == MatchReason.REMEMBERED_GONE)


def effect_pages(effects: Sequence[MarkEffect]) -> list[PackedPage]:
    """The pages of the marks that change."""
    return [
        PackedPage.of(EFFECTS, number, [_effect(each) for each in some])
        for number, some in enumerate(_paged(effects, LINES_A_PAGE))
    ]


def _paged(values: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def summary_of(plan: ImportPlan, state: str) -> dict[str, Any]:
    """What the preview says beside its pages; `state` is the unit's when it was computed."""
    late = [line.line for line in plan.lines if line.is_late]
    waiting = _decisions(_Numbered(0, line) for line in plan.lines)
    strangers = [each for each in waiting if not _is_question(each.line)]
    return {
        "counts": dict(plan.counts),
        "digest": plan.digest,
        "state": state,
        "lines": len(plan.lines),
        "marks": plan.marks,
        "changes": any(line.is_new or line.to_withdraw for line in plan.lines),
        "late": len(late),
        "late_lines": late[:30],
        "waiting": len(waiting),
        "questions": len(waiting) - len(strangers),
        "lines_of_strangers": sum(1 + len(each.also) for each in strangers),
        "files": [_file(each) for each in plan.files],
    }


def _text(text: Bilingual | None) -> list[str] | None:
    return None if text is None else [text.fr, text.en]


def _bilingual(packed: Sequence[str] | None) -> Bilingual | None:
    return None if packed is None else Bilingual(packed[0], packed[1])


def _said(packed: Sequence[str]) -> Bilingual:
    return Bilingual(packed[0], packed[1])


def _line(numbered: _Numbered, names: Mapping[int, str]) -> dict[str, Any]:
    line, row = numbered.line, numbered.line.row
    return {
        "number": numbered.number,
        "file": line.file,
        "line": line.line,
        "outcome": line.outcome,
        "component": line.component,
        "last_name": row.last_name if row else "",
        "first_name": row.first_name if row else "",
        "student_number": row.student_number if row else None,
        "external_id": row.external_id if row else None,
        "sent_at": row.sent_at.isoformat() if row and row.sent_at else None,
        "identity_key": line.identity_key,
        "reason": line.reason,
        "explanation": _text(line.explanation),
        "person_id": line.person_id,
        "person": None if line.person_id is None else names.get(line.person_id),
        "suggestions": line.suggestions,
        "held_by": None if line.held_by is None else names.get(line.held_by),
        "problems": [packed_problem(each) for each in line.problems],
        "worth": _text(line.worth),
        "is_late": line.is_late,
        "withdraws": len(line.to_withdraw),
        "also": numbered.also,
    }


def shown_line(packed: Mapping[str, Any]) -> ShownLine:
    """A line from its plain values."""
    values = dict(packed)
    return ShownLine(
        **{
            **values,
            "outcome": LineOutcome(values["outcome"]),
            "explanation": _said(values["explanation"]),
            "suggestions": tuple(values["suggestions"]),
            "problems": tuple(unpacked_problem(each) for each in values["problems"]),
            "worth": _bilingual(values["worth"]),
            "also": tuple(values.get("also", ())),
        }
    )


def _effect(effect: MarkEffect) -> dict[str, Any]:
    def mark(value: Decimal | None) -> str | None:
        return None if value is None else str(value)

    return {
        "person_id": effect.person.id,
        "name": effect.name,
        "component": _text(effect.component),
        "before": [mark(effect.before.mark), effect.before.status],
        "after": [mark(effect.after.mark), effect.after.status],
        "eligible_before": effect.eligible_before,
        "eligible_after": effect.eligible_after,
        "note": _text(effect.note),
    }


def shown_effect(packed: Mapping[str, Any]) -> ShownEffect:
    """A mark's change from its plain values."""

    def mark(value: Sequence[Any]) -> ShownMark:
        return ShownMark(mark=None if value[0] is None else Decimal(value[0]), status=value[1])

    return ShownEffect(
        person_id=packed["person_id"],
        name=packed["name"],
        component=_said(packed["component"]),
        before=mark(packed["before"]),
        after=mark(packed["after"]),
        eligible_before=packed["eligible_before"],
        eligible_after=packed["eligible_after"],
        note=_bilingual(packed["note"]),
    )


def _file(planned: PlannedFile) -> dict[str, Any]:
    file = planned.file
    return {
        "number": file.number,
        "name": file.name,
        "kind": file.kind,
        "language": file.language,
        "generation": file.generation,
        "label": planned.facts.external_id_label,
        "lines": sum(planned.counts.values()),
        "counts": dict(planned.counts),
        "routes": [
            {"code": code, "component": each.component, "why": _text(each.why), "choices": list(each.choices)}
            for code, each in planned.routes.items()
        ],
        "notes": [*file.notes, *(packed_problem(each) for each in planned.facts.remarks)],
        "problems": [*file.problems, *(packed_problem(each) for each in planned.problems)],
        "chosen": file.chosen,
    }


def shown_file(packed: Mapping[str, Any]) -> ShownFile:
    """A file from its plain values."""
    values = dict(packed)
    routes = tuple(
        ShownRoute(
            code=each["code"],
            component=each["component"],
            why=_said(each["why"]),
            choices=tuple(each["choices"]),
        )
        for each in values["routes"]
    )
    return ShownFile(
        **{
            **values,
            "routes": routes,
            "notes": tuple(unpacked_problem(each) for each in values["notes"]),
            "problems": tuple(unpacked_problem(each) for each in values["problems"]),
        }
    )
