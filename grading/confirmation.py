"""What Pix's API proves: that a profile was sent, when, and its total (or share); never levels (rules 8 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from grading.profile import Evidence, Profile, Sending
from grading.rules import Basis, Component
from grading.text import Bilingual, moment

_MINUTE = timedelta(minutes=1)
_TOLD_BY_API = frozenset({Basis.PIX_TOTAL, Basis.MASTERY})


class Agreement(StrEnum):
    """How a declaration stands beside what Pix's API says. Closed set.

    `same`: the declared total is Pix's. `sent`: no total was declared, and Pix's does not contradict what was.
    `differs`: Pix says another total, or one below what the declared levels are worth.
    """

    SAME = "same"
    SENT = "sent"
    DIFFERS = "differs"


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What Pix's API says of a declaration: the `total` of the sending of instant `at`, and the two in words.

    `declared` is the declared total that differs; else the least that the declared levels or pix are worth.
    """

    agreement: Agreement
    total: int | None
    declared: int
    at: datetime | None
    text: Bilingual

    @property
    def agrees(self) -> bool:
        """Whether Pix confirms the sending and contradicts nothing of it."""
        return self.agreement is not Agreement.DIFFERS


def settles(component: Component, sending: Sending) -> bool:
    """Return whether a mark of this component that rests on this sending is more than provisional (rule 8).

    What Pix's API says settles a scale of totals or shares, and no other.
    """
    if sending.evidence is Evidence.CONFIRMED:
        return component.basis in _TOLD_BY_API
    return sending.evidence.is_verified


def markable(sending: Sending) -> Profile:
    """Return what of a sending may be marked: of one told by Pix's API, its total and its share only."""
    profile = sending.profile
    if sending.evidence is Evidence.CONFIRMED:
        return Profile(total=profile.total, mastery=profile.mastery)
    return profile


def confirmation_of(
    declaration: Sending, in_time: Sequence[Sending], *, timezone: str
) -> Confirmation | None:
    """Return what Pix's API says of a declaration, `None` where it says nothing (or this is no declaration).

    `in_time` are the sendings of the same component that came in time: a late one confirms nothing. Of those that
    agree, else of all, the latest is told.
    """
    told = [sending for sending in in_time if sending.evidence is Evidence.CONFIRMED]
    if declaration.evidence is not Evidence.DECLARED or not told:
        return None
    agreeing = [sending for sending in told if _agrees(declaration.profile, sending.profile.total)]
    latest = max(agreeing or told, key=lambda sending: (sending.place, sending.profile.total or 0))
    declared, total = declaration.profile, latest.profile.total
    if not agreeing:
        agreement = Agreement.DIFFERS
    elif declared.total is None or total is None:
        agreement = Agreement.SENT
    else:
        agreement = Agreement.SAME
    return Confirmation(
        agreement=agreement,
        total=total,
        declared=declared.least_pix if declared.total in (None, total) else declared.total or 0,
        at=latest.at,
        text=_in_words(agreement, declared, total, moment(latest.at, timezone)),
    )


def is_exported(sending: Sending, sendings: Sequence[Sending]) -> bool:
    """Return whether an export brought the rest of what Pix's API told: a verified sending as late, or later.

    Exports write the minute only: one of the same minute is this very sending.
    """
    return any(each.evidence.is_verified and sending.place - each.place < _MINUTE for each in sendings)


def what_waits(component: Component) -> Bilingual:
    """Say what Pix's API does not tell, and only an export brings."""
    if component.basis is Basis.LEVEL_MEAN:
        return Bilingual("les niveaux attendent l’export de Pix", "the levels wait for Pix’s export")
    return Bilingual("le reste attend l’export de Pix", "the rest waits for Pix’s export")


def sending_confirmed(sending: Sending, timezone: str) -> Bilingual:
    """Say that Pix's API confirms a sending: when it was sent, and its total where it says one."""
    when, total = moment(sending.at, timezone), sending.profile.total
    if total is None:
        return Bilingual(f"Pix confirme l’envoi ({when.fr})", f"Pix confirms the sending ({when.en})")
    return Bilingual(
        f"Pix confirme l’envoi ({when.fr}) et son total, {total} pix",
        f"Pix confirms the sending ({when.en}) and its total, {total} pix",
    )


def _agrees(declared: Profile, total: int | None) -> bool:
    if total is None:
        return True
    return declared.total in (None, total) and declared.least_pix <= total


def _in_words(agreement: Agreement, declared: Profile, total: int | None, when: Bilingual) -> Bilingual:
    if agreement is Agreement.SAME:
        return Bilingual(
            f"Pix confirme l’envoi ({when.fr}) et le total déclaré, {total} pix",
            f"Pix confirms the sending ({when.en}) and the declared total, {total} pix",
        )
    if agreement is Agreement.SENT:
        known = Bilingual("", "") if total is None else Bilingual(f" : {total} pix", f": {total} pix")
        return Bilingual(
            f"Pix confirme l’envoi ({when.fr}){known.fr}", f"Pix confirms the sending ({when.en}){known.en}"
        )
    if declared.total in (None, total):
        return Bilingual(
            f"Pix dit {total} pix ({when.fr}), ce qui est déclaré en vaut au moins {declared.least_pix} : à vérifier",
            f"Pix says {total} pix ({when.en}), what is declared is worth at least {declared.least_pix}: to be checked",
        )
    return Bilingual(
        f"Pix dit {total} pix ({when.fr}), déclaré {declared.total} : à vérifier",
        f"Pix says {total} pix ({when.en}), declared {declared.total}: to be checked",
    )
