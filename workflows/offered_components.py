"""What a selection shows of each component: whether the course has it, its dates, whether they may be changed here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from grading.rules import Unit, Window
from grading.text import Bilingual, day, moment
from storage.activities import Activity
from workflows.choose_activities import Selection, SelectionRefused
from workflows.typed_dates import TypedDates


@dataclass(frozen=True, kw_only=True)
class OfferedComponent:
    """One component of the chosen unit, or its catch-up.

    `present_as` are the activities of the course that stand for it already; `chosen_before`: it was chosen for the
    course once, and nobody has opened it yet. `dates` are where its form begins, None
    where they are not to be changed here: `why_fixed` says why. `problems` are of the dates just typed, by field.
    """

    key: str
    title: Bilingual
    competences: tuple[str, ...]
    opens: Bilingual | None
    closes: Bilingual | None
    windows: tuple[Bilingual, ...]
    present_as: tuple[str, ...]
    chosen_before: bool
    chosen: bool
    dates: TypedDates | None
    why_fixed: Bilingual | None
    problems: Mapping[str, Bilingual] = field(default_factory=dict)


def offered_components(
    unit: Unit,
    there: Sequence[Activity],
    before: Collection[str],
    sent: Collection[str],
    *,
    may_date: bool,
    multiple: bool,
    tried: Selection | None,
    refused: SelectionRefused | None,
) -> tuple[OfferedComponent, ...]:
    """The components in the file's order, then the catch-up; at first those are chosen that the course has not.

    `before` are those chosen for this course once, `sent` those that profiles were handed in for. `tried` and
    `refused` are a selection that could not be.
    """
    present = {
        key: tuple(
            each.title or "?"
            for each in there
            if (each.unit_code, each.academic_year, each.component) == (unit.code, unit.academic_year, key)
        )
        for key in (*(each.key for each in unit.components), unit.catch_up.key)
    }
    absent = [key for key, titles in present.items() if not titles and key not in before]
    chosen = set(tried.components) if tried else set(absent if multiple else absent[:1])
    zone = unit.timezone
    found = []
    for part in unit.components:
        fixed = _why_fixed(part.key, sent, may_date=may_date)
        typed = tried.dates.get(part.key) if tried else None
        found.append(
            OfferedComponent(
                key=part.key,
                title=part.title,
                competences=part.competences,
                opens=moment(part.opens_at, zone) if part.opens_at else None,
                closes=moment(part.closes_at, zone),
                windows=(),
                present_as=present[part.key],
                chosen_before=part.key in before and not present[part.key],
                chosen=part.key in chosen,
                dates=None if fixed else typed or TypedDates.of(part, zone),
                why_fixed=fixed,
                problems=refused.dates.get(part.key, {}) if refused else {},
            )
        )
    catch_up = unit.catch_up
    found.append(
        OfferedComponent(
            key=catch_up.key,
            title=catch_up.title,
            competences=(),
            opens=None,
            closes=None,
            windows=tuple(_window(each) for each in catch_up.windows),
            present_as=present[catch_up.key],
            chosen_before=catch_up.key in before and not present[catch_up.key],
            chosen=catch_up.key in chosen,
            dates=None,
            why_fixed=None,
        )
    )
    return tuple(found)


def _window(window: Window) -> Bilingual:
    opens, closes = day(window.opens_on), day(window.closes_on)
    return Bilingual(f"du {opens.fr} au {closes.fr}", f"{opens.en} to {closes.en}")


def _why_fixed(key: str, sent: Collection[str], *, may_date: bool) -> Bilingual | None:
    if not may_date:
        return Bilingual(
            "La plateforme ne dit pas dans quel cours : les dates se règlent ensuite, dans l’activité.",
            "The platform does not say in which course: dates are set afterwards, in the activity.",
        )
    if key in sent:
        return Bilingual(
            "Des profils ont déjà été envoyés : la page « Dates » de l’activité montre d’abord les notes qui changent.",
            "Profiles were handed in already: the activity's “Dates” page shows first which marks change.",
        )
    return None
