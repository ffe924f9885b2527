"""From sendings, absence and closing to the mark of one component, explained (rule 10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from grading.absence import Absence
from grading.confirmation import settles, what_waits
from grading.counting import verdicts_on
from grading.mark import ComponentMark, Fate, MarkStatus, Verdict
from grading.profile import Evidence, Sending
from grading.rules import AbsentAs, Component, JustifiedAs, Unit
from grading.text import Bilingual, moment, out_of_twenty

_EVIDENCE = {
    Evidence.DECLARED: Bilingual("déclaré", "declared"),
    Evidence.CONFIRMED: Bilingual("confirmé par Pix", "confirmed by Pix"),
    Evidence.VERIFIED: Bilingual("vérifié", "verified"),
}


def component_mark(
    unit: Unit,
    component: Component,
    sendings: Sequence[Sending],
    *,
    absence: Absence | None = None,
    closed: bool = False,
    deadline: datetime | None = None,
) -> ComponentMark:
    """Return the mark of one component.

    `absence` is a person's entry and wins over any sending, closed or not. `closed`: the teacher closed the
    component, which decides an unjustified absence for who sent nothing in time; the clock never does.
    `deadline` is the person's own one.
    """
    verdicts = verdicts_on(
        component,
        sendings,
        step=unit.rounding_step,
        timezone=unit.timezone,
        deadline=deadline,
        set_aside=absence is not None,
    )
    if absence is not None:
        return _entered(component, verdicts, absence)
    counting = next((verdict for verdict in verdicts if verdict.fate is Fate.COUNTS), None)
    if counting is not None:
        return _marked(unit, component, verdicts, counting)
    unknown = [v for v in verdicts if v.fate in (Fate.CANNOT_BE_MARKED, Fate.CONFIRMS)]
    if unknown:
        return _without_sending(component, MarkStatus.UNKNOWN, verdicts, _why_unknown(unknown[-1]))
    if closed:
        return _absent(component, verdicts, _CLOSED)
    if verdicts:
        return _without_sending(component, MarkStatus.LATE, verdicts, _ONLY_LATE)
    return _without_sending(component, MarkStatus.NOT_SENT, verdicts, _NOTHING)


_ENTERED = Bilingual("absence injustifiée (ABI) saisie", "unjustified absence (ABI) entered")
_CLOSED = Bilingual(
    "rien reçu à temps, épreuve close : absence injustifiée (ABI)",
    "nothing received in time, component closed: unjustified absence (ABI)",
)
_ONLY_LATE = Bilingual("aucun envoi à temps : pas de note", "no sending in time: no mark")
_NOTHING = Bilingual("aucun envoi : pas de note", "nothing sent: no mark")


def _why_unknown(verdict: Verdict) -> Bilingual:
    if verdict.fate is not Fate.CONFIRMS:
        return verdict.reason
    return Bilingual(f"{verdict.reason.fr} : pas encore de note", f"{verdict.reason.en}: no mark yet")


def _entered(component: Component, verdicts: tuple[Verdict, ...], absence: Absence) -> ComponentMark:
    if absence is Absence.ABI:
        return _absent(component, verdicts, _ENTERED)
    return _without_sending(component, MarkStatus.ABSENT_JUSTIFIED, verdicts, _justified(component))


def _justified(component: Component) -> Bilingual:
    if component.justified_as is JustifiedAs.NEUTRALISED:
        return Bilingual(
            "absence justifiée (ABJ) : épreuve neutralisée, les autres coefficients sont ajustés",
            "justified absence (ABJ): component left out, the other weights are rescaled",
        )
    return Bilingual(
        "absence justifiée (ABJ) : pas de note de première session, seconde session ouverte",
        "justified absence (ABJ): no first-session mark, second session open",
    )


def _absent(component: Component, verdicts: tuple[Verdict, ...], why: Bilingual) -> ComponentMark:
    if component.absent_as is AbsentAs.DEFAULTING:
        line = Bilingual(f"{why.fr} → défaillant (DEF), pas de note", f"{why.en} → defaulting (DEF), no mark")
        return _without_sending(component, MarkStatus.DEFAULTING, verdicts, line)
    line = Bilingual(f"{why.fr} → 0,00/20", f"{why.en} → 0.00/20")
    return _without_sending(component, MarkStatus.ABSENT_UNJUSTIFIED, verdicts, line, mark=Decimal("0.00"))


def _without_sending(
    component: Component,
    status: MarkStatus,
    verdicts: tuple[Verdict, ...],
    line: Bilingual,
    mark: Decimal | None = None,
) -> ComponentMark:
    return ComponentMark(
        key=component.key,
        mark=mark,
        unrounded=mark,
        status=status,
        counting=None,
        verdicts=verdicts,
        explanation=(line, *_refused(verdicts)),
    )


def _marked(
    unit: Unit, component: Component, verdicts: tuple[Verdict, ...], counting: Verdict
) -> ComponentMark:
    settled = settles(component, counting.sending)
    return ComponentMark(
        key=component.key,
        mark=counting.mark,
        unrounded=counting.unrounded,
        status=MarkStatus.VERIFIED if settled else MarkStatus.DECLARED,
        counting=counting.sending,
        verdicts=verdicts,
        explanation=(
            counting.working,
            _which(unit, verdicts, counting),
            *_confirmed(component, counting),
            *_differences(verdicts, counting),
            *_refused(verdicts),
        ),
    )


def _which(unit: Unit, verdicts: tuple[Verdict, ...], counting: Verdict) -> Bilingual:
    evidence = _EVIDENCE[counting.sending.evidence]
    when = moment(counting.sending.at, unit.timezone)
    count = len(verdicts)
    if count == 1:
        return Bilingual(
            f"envoi retenu : {when.fr} ({evidence.fr})", f"sending that counts: {when.en} ({evidence.en})"
        )
    return Bilingual(
        f"envoi retenu : {when.fr} ({evidence.fr}), sur {count} envois",
        f"sending that counts: {when.en} ({evidence.en}), out of {count}",
    )


def _confirmed(component: Component, counting: Verdict) -> tuple[Bilingual, ...]:
    """Say what Pix's API says of the declaration that counts, and what it does not say."""
    if counting.confirmation is None:
        return ()
    told, waits = counting.confirmation.text, what_waits(component)
    return (Bilingual(f"{told.fr} ; {waits.fr}", f"{told.en}; {waits.en}"),)


def _differences(verdicts: tuple[Verdict, ...], counting: Verdict) -> tuple[Bilingual, ...]:
    """Say so where a verified mark took over from a declared one that differs (rule 8)."""
    declared = [v for v in verdicts if v.fate is Fate.SUPERSEDED_BY_VERIFIED and v.mark != counting.mark]
    if not declared or counting.mark is None:
        return ()
    was, now = out_of_twenty(declared[-1].mark or Decimal(0)), out_of_twenty(counting.mark)
    return (
        Bilingual(
            f"la déclaration donnait {was.fr} ; l’envoi vérifié, qui la remplace, donne {now.fr}",
            f"the declaration gave {was.en}; the verified sending, which replaces it, gives {now.en}",
        ),
    )


def _refused(verdicts: tuple[Verdict, ...]) -> tuple[Bilingual, ...]:
    """Say how many sendings were late, or set aside by an absence, and why."""
    lines = []
    for fate in (Fate.LATE, Fate.SET_ASIDE):
        of_fate = [verdict for verdict in verdicts if verdict.fate is fate]
        if of_fate:
            reason = of_fate[0].reason
            lines.append(
                Bilingual(
                    f"envois non comptés : {len(of_fate)}, {reason.fr}",
                    f"sendings not counted: {len(of_fate)}, {reason.en}",
                )
            )
    return tuple(lines)
