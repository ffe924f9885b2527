"""Worked examples of a unit's rules, as tables that a teacher can read and approve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.basis import certification_measure
from grading.ceiling import Ceiling
from grading.competences import COMPETENCES, PIX_PER_LEVEL
from grading.component_mark import component_mark
from grading.first_session import weighted_mark
from grading.outcome import Situation, assess
from grading.profile import Evidence, Profile, Sending
from grading.rules import Basis, Component, PixAbove, Unit
from grading.scale import rounded
from grading.text import Bilingual, number, out_of_twenty, percentage, same


@dataclass(frozen=True, kw_only=True)
class Examples:
    """One table: a title, and rows of a case with what the rules give it."""

    title: Bilingual
    rows: tuple[tuple[Bilingual, Bilingual], ...]


def worked_examples(unit: Unit, ceiling: Ceiling) -> tuple[Examples, ...]:
    """Return a table per component, one for the catch-up, one for eligibility and one for the unit's mark.

    Levels and pix go up to the ceiling. Every mark is computed by the very functions that mark students.
    """
    return (
        *(
            Examples(title=component.title, rows=tuple(_component_rows(unit, component, ceiling)))
            for component in unit.components
        ),
        Examples(title=unit.catch_up.title, rows=tuple(_catch_up_rows(unit, ceiling))),
        Examples(
            title=Bilingual("Inscription à la certification", "Registration for the certification"),
            rows=tuple(_eligibility_rows(unit)),
        ),
        Examples(title=Bilingual("Note de l’UE", "Mark of the unit"), rows=tuple(_unit_rows(unit))),
    )


def _component_rows(
    unit: Unit, component: Component, ceiling: Ceiling
) -> Iterator[tuple[Bilingual, Bilingual]]:
    codes = component.competences
    top = ceiling.level
    if component.basis is Basis.PIX_TOTAL:
        for total in _steps(ceiling.profile_pix):
            yield same(f"{total} pix"), _mark(unit, component, Profile(total=total))
        return
    if component.basis is Basis.MASTERY:
        for tenths in range(11):
            share = Decimal(tenths) / 10
            written = percentage(share)
            yield (
                Bilingual(f"acquis maîtrisés : {written.fr}", f"acquired items: {written.en}"),
                _mark(unit, component, Profile(mastery=share)),
            )
        return
    if component.basis is Basis.PIX_MEAN:
        for level in range(top + 1):
            pix = level * PIX_PER_LEVEL
            yield (
                Bilingual(f"{pix} pix partout", f"{pix} pix everywhere"),
                _mark(unit, component, Profile(pix=dict.fromkeys(codes, pix))),
            )
        return
    for level in range(top + 1):
        yield (
            Bilingual(f"niveau {level} partout", f"level {level} everywhere"),
            _mark(unit, component, Profile(levels=dict.fromkeys(codes, level))),
        )
    for pattern in ((4, 5, 3), (5, 5, 4), (2, 3, 3), (0, 4, top)):
        levels = {code: min(pattern[i % len(pattern)], top) for i, code in enumerate(codes)}
        shown = ", ".join(str(level) for level in levels.values())
        yield Bilingual(f"niveaux {shown}", f"levels {shown}"), _mark(unit, component, Profile(levels=levels))


def _mark(unit: Unit, component: Component, profile: Profile) -> Bilingual:
    marked = component_mark(unit, component, (Sending(profile=profile, component=component.key),))
    return same("—") if marked.mark is None else out_of_twenty(marked.mark)


def _catch_up_rows(unit: Unit, ceiling: Ceiling) -> Iterator[tuple[Bilingual, Bilingual]]:
    catch_up = unit.catch_up
    for score in _steps(ceiling.certification_score):
        measured = certification_measure(score, catch_up.cap)
        mark = catch_up.scale.mark_at(measured.total, measured.count)
        yield (
            Bilingual(f"certification à {score} pix", f"certification of {score} pix"),
            out_of_twenty(rounded(mark, unit.rounding_step)),
        )
    rejected = out_of_twenty(rounded(catch_up.rejected_mark, unit.rounding_step))
    yield Bilingual("certification non obtenue", "certification not obtained"), rejected
    for fr, en in (("annulée", "cancelled"), ("en erreur", "in error"), ("non passée", "not sat")):
        yield (
            Bilingual(f"certification {fr}", f"certification {en}"),
            Bilingual("pas de résultat", "no result"),
        )


def _steps(most: int) -> Sequence[int]:
    """Return round values up to the highest one, and that one."""
    return (*range(0, most, 100), most)


def _eligibility_rows(unit: Unit) -> Iterator[tuple[Bilingual, Bilingual]]:
    for condition in unit.eligibility.any_of:
        if isinstance(condition, PixAbove):
            for total in (condition.pix, condition.pix + 1):
                yield same(f"{total} pix"), _eligible(unit, Profile(total=total))
            yield (
                Bilingual(
                    f"{condition.pix + 1} pix, total confirmé par l’API de Pix sans export",
                    f"{condition.pix + 1} pix, total confirmed by Pix’s API without an export",
                ),
                _eligible(unit, Profile(total=condition.pix + 1), Evidence.CONFIRMED),
            )
        else:
            for level in (condition.level - 1, condition.level):
                levels = {**dict.fromkeys(COMPETENCES, condition.level), "1.1": level}
                yield (
                    Bilingual(
                        f"niveau {condition.level} partout, 1.1 au niveau {level} (sans total)",
                        f"level {condition.level} everywhere, 1.1 at level {level} (no total)",
                    ),
                    _eligible(unit, Profile(levels=levels)),
                )


def _eligible(unit: Unit, profile: Profile, evidence: Evidence = Evidence.VERIFIED) -> Bilingual:
    sending = Sending(profile=profile, evidence=evidence)
    met = assess(unit, Situation(sendings=(sending,))).eligibility.met
    return Bilingual("oui", "yes") if met else Bilingual("non", "no")


def _unit_rows(unit: Unit) -> Iterator[tuple[Bilingual, Bilingual]]:
    keys = [component.key for component in unit.components]
    for values in (
        ("10.00",),
        ("13.33", "12.00", "14.17"),
        ("8.00", "9.50", "11.00"),
        ("0.00", "12.00", "13.00"),
    ):
        marks = {key: Decimal(values[i % len(values)]) for i, key in enumerate(keys)}
        yield _marks_in_words(unit, marks), out_of_twenty(weighted_mark(unit, marks).mark)


def _marks_in_words(unit: Unit, marks: Mapping[str, Decimal]) -> Bilingual:
    shown = [(unit.get_component(key).title, number(mark)) for key, mark in marks.items()]
    return Bilingual(
        ", ".join(f"{title.fr} {mark.fr}" for title, mark in shown),
        ", ".join(f"{title.en} {mark.en}" for title, mark in shown),
    )
