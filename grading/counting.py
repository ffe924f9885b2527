"""Which of a person's sendings makes the mark of a component (rules 5, 6, 8 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grading.basis import Measure, measure
from grading.confirmation import (
    confirmation_of,
    is_exported,
    markable,
    sending_confirmed,
    settles,
    what_waits,
)
from grading.mark import Fate, Verdict
from grading.profile import Evidence, Sending
from grading.rules import Component, Counts, Resend
from grading.scale import rounded
from grading.text import Bilingual, moment, out_of_twenty
from grading.window import deadline_of, in_time


@dataclass(frozen=True, kw_only=True, eq=False)
class _Marked:
    """One sending with its place among the component's sendings, oldest first: equal to itself alone."""

    place: int
    sending: Sending
    unrounded: Decimal | None
    working: Bilingual


def sent_to(component_key: str, sendings: Sequence[Sending]) -> list[Sending]:
    """Return the sendings a component received (rule 6), oldest first; equal instants keep their order."""
    own = [sending for sending in sendings if sending.component in (None, component_key)]
    return sorted(own, key=lambda sending: sending.place)


def verdicts_on(
    component: Component,
    sendings: Sequence[Sending],
    *,
    step: Decimal,
    timezone: str,
    deadline: datetime | None = None,
    set_aside: bool = False,
) -> tuple[Verdict, ...]:
    """Return a verdict per sending of the component, oldest first; at most one of them counts.

    `step` is the unit's rounding step, `deadline` the person's own one. `set_aside`: a person entered an
    absence, which wins over any sending.
    """
    marked = [_marked(component, place, s) for place, s in enumerate(sent_to(component.key, sendings))]
    punctual = [m for m in marked if in_time(component, m.sending.at, deadline)]
    candidates = [m for m in punctual if m.unrounded is not None]
    if any(settles(component, m.sending) for m in candidates):
        candidates = [m for m in candidates if settles(component, m.sending)]
    counting = _choose(component, candidates) if candidates and not set_aside else None
    told = any(m.sending.evidence is Evidence.CONFIRMED for m in punctual)
    found = []
    for one in marked:
        fate = _fate(component, one, candidates, counting, deadline=deadline, set_aside=set_aside)
        mark = None if one.unrounded is None else rounded(one.unrounded, step)
        shown = out_of_twenty(mark) if mark is not None else None
        working = one.working
        if shown is not None:
            working = Bilingual(f"{working.fr} → {shown.fr}", f"{working.en} → {shown.en}")
        found.append(
            Verdict(
                sending=one.sending,
                mark=mark,
                unrounded=one.unrounded,
                fate=fate,
                reason=_confirms(component, one.sending, punctual, timezone)
                if fate is Fate.CONFIRMS
                else _reason(component, fate, one, deadline, timezone),
                working=working,
                confirmation=confirmation_of(
                    one.sending, [m.sending for m in punctual] if one in punctual else (), timezone=timezone
                )
                if told
                else None,
            )
        )
    return tuple(found)


def _marked(component: Component, place: int, sending: Sending) -> _Marked:
    measured = measure(component, markable(sending))
    if isinstance(measured, Measure):
        unrounded = component.scale.mark_at(measured.total, measured.count)
        return _Marked(place=place, sending=sending, unrounded=unrounded, working=measured.working)
    return _Marked(place=place, sending=sending, unrounded=None, working=measured.reason)


def _choose(component: Component, candidates: Sequence[_Marked]) -> _Marked:
    """Pick the candidate that counts. `best` never depends on the order of the list, even on a tie."""
    if component.resend is Resend.FIRST_IS_FINAL:
        return min(candidates, key=lambda m: m.place)
    if component.counts is Counts.LAST:
        return max(candidates, key=lambda m: (m.sending.place, m.sending.evidence.strength, m.place))
    strongest = _strongest(candidates)
    return max(strongest, key=_rank) if len(strongest) > 1 else strongest[0]


def _strongest(candidates: Sequence[_Marked]) -> Sequence[_Marked]:
    """Leave only those between which what was sent has to decide: mostly one."""
    keys = [(m.unrounded, m.sending.place, m.sending.evidence.strength) for m in candidates]
    best = max(keys)
    return [m for m, key in zip(candidates, keys, strict=True) if key == best]


def _rank(marked: _Marked) -> tuple[object, ...]:
    profile = marked.sending.profile
    content = (
        sorted(profile.levels.items()),
        sorted(profile.pix.items()),
        -1 if profile.total is None else profile.total,
        -1 if profile.mastery is None else profile.mastery,
        marked.sending.id or "",
        marked.sending.component or "",
    )
    return (marked.unrounded, marked.sending.place, marked.sending.evidence.strength, *content)


def _fate(
    component: Component,
    one: _Marked,
    candidates: Sequence[_Marked],
    counting: _Marked | None,
    *,
    deadline: datetime | None,
    set_aside: bool,
) -> Fate:
    if set_aside:
        return Fate.SET_ASIDE
    if not in_time(component, one.sending.at, deadline):
        return Fate.LATE
    if one.unrounded is None:
        return Fate.CONFIRMS if one.sending.evidence is Evidence.CONFIRMED else Fate.CANNOT_BE_MARKED
    if one not in candidates:
        return Fate.SUPERSEDED_BY_VERIFIED
    return Fate.COUNTS if one is counting else _beaten(component)


def _confirms(
    component: Component, sending: Sending, punctual: Sequence[_Marked], timezone: str
) -> Bilingual:
    """Say what a sending told by Pix's API confirms, and what still waits for the export that brings the rest."""
    told = sending_confirmed(sending, timezone)
    if is_exported(sending, [m.sending for m in punctual]):
        return told
    waits = what_waits(component)
    return Bilingual(f"{told.fr} ; {waits.fr}", f"{told.en}; {waits.en}")


def _beaten(component: Component) -> Fate:
    """Return what a candidate is that does not count, after the component's rule."""
    if component.resend is Resend.FIRST_IS_FINAL:
        return Fate.NOT_FIRST
    return Fate.EARLIER if component.counts is Counts.LAST else Fate.LOWER


def _reason(
    component: Component, fate: Fate, one: _Marked, deadline: datetime | None, timezone: str
) -> Bilingual:
    if fate is Fate.CANNOT_BE_MARKED:
        return one.working
    if fate is not Fate.LATE:
        return _REASONS[fate]
    closing = moment(deadline_of(component, deadline), timezone)
    return Bilingual(
        f"arrivé après la date limite ({closing.fr})", f"arrived after the deadline ({closing.en})"
    )


_REASONS = {
    Fate.COUNTS: Bilingual("compte", "counts"),
    Fate.LOWER: Bilingual(
        "un autre envoi donne une note au moins égale", "another sending is marked as high or higher"
    ),
    Fate.EARLIER: Bilingual("un envoi plus récent compte", "a later sending counts"),
    Fate.NOT_FIRST: Bilingual("seul le premier envoi compte", "only the first sending counts"),
    Fate.SUPERSEDED_BY_VERIFIED: Bilingual(
        "un envoi vérifié existe : les déclarations ne comptent plus",
        "a verified sending exists: declarations no longer count",
    ),
    Fate.SET_ASIDE: Bilingual(
        "une absence a été saisie : les envois ne comptent pas",
        "an absence was entered: sendings do not count",
    ),
}
