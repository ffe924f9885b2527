"""Where a mark stands with the LMS, in words for the student and the teacher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from grading.text import Bilingual, moment, number
from storage.desired_scores import ScoreRow, ScoreState
from workflows.push_decision import Problem


class Arrival(StrEnum):
    """How far a mark has come (closed set; the page's colours and icons follow it)."""

    NOTHING = "nothing"
    SET_ASIDE = "set_aside"
    ARRIVED = "arrived"
    KEPT_THEIRS = "kept_theirs"
    ON_ITS_WAY = "on_its_way"
    IN_TROUBLE = "in_trouble"
    REFUSED = "refused"
    TYPED_BY_HAND = "typed_by_hand"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Ours and the LMS's, both out of 20, in words; `key` is what a form carries. `is_kept`: theirs was chosen."""

    key: str
    ours: Bilingual
    theirs: Bilingual
    is_kept: bool = False


@dataclass(frozen=True, kw_only=True)
class LmsState:
    """What to say of a mark's way to the gradebook. `can_resend`: sending again may help.

    `difference`: the LMS shows another value, and a teacher takes either.
    """

    arrival: Arrival
    text: Bilingual
    can_resend: bool = False
    difference: Difference | None = None


_WHY = {
    Problem.UNREACHABLE: Bilingual("le LMS ne répond pas", "the LMS does not answer"),
    Problem.SERVER_TROUBLE: Bilingual("le LMS est en panne", "the LMS is in trouble"),
    Problem.TOO_MANY_REQUESTS: Bilingual("le LMS demande d’attendre", "the LMS asks to wait"),
    Problem.LOCKED: Bilingual(
        "le LMS échoue pour cette seule note : verrouillée dans le carnet de notes ?",
        "the LMS fails for this mark only: locked in the gradebook?",
    ),
    Problem.NOT_GRADABLE: Bilingual(
        "le LMS n’accepte pas de note pour cette personne (inscrite au cours comme étudiante ?)",
        "the LMS takes no mark for this person (enrolled as a student?)",
    ),
    Problem.COLUMN_GONE: Bilingual("la colonne du carnet de notes a disparu", "the gradebook column is gone"),
    Problem.NO_COLUMN: Bilingual(
        "l’activité n’a pas de colonne dans le carnet de notes (réglage « note » de l’activité)",
        "the activity has no gradebook column (its “grade” setting)",
    ),
    Problem.NO_SCOPE: Bilingual(
        "le LMS n’accorde pas à l’outil le droit d’envoyer des notes pour cette activité (réglages de l’outil)",
        "the LMS does not grant the tool the right to send marks for this activity (the tool's settings)",
    ),
    Problem.NOT_AUTHORISED: Bilingual(
        "le LMS n’autorise pas l’outil à écrire dans cette colonne",
        "the LMS does not let the tool write to this column",
    ),
    Problem.TOKEN_REFUSED: Bilingual(
        "le LMS refuse l’outil ; l’administrateur est prévenu",
        "the LMS refuses the tool; the operator is told",
    ),
    Problem.FORBIDDEN_ADDRESS: Bilingual(
        "l’adresse de la colonne n’est pas celle de ce LMS", "the column's address is not this LMS's"
    ),
    Problem.STALE: Bilingual("le LMS a une valeur plus récente", "the LMS holds a more recent value"),
    Problem.SEEKING_COLUMN: Bilingual("la colonne est en cours de création", "the column is being made"),
}


def reason_of(problem: str | None) -> Bilingual:
    """Why something does not work with the LMS, in words."""
    why = _WHY.get(Problem(problem)) if problem in set(Problem) else None
    return why or Bilingual("motif inconnu", "unknown reason")


def lms_state(row: ScoreRow | None, timezone: str) -> LmsState:
    """Say where a score stands; `timezone` is the unit's."""
    if row is None:
        return LmsState(
            arrival=Arrival.NOTHING,
            text=Bilingual("rien à transmettre", "nothing to send"),
        )
    why = _WHY.get(Problem(row.problem)) if row.problem in set(Problem) else None
    match row.state:
        case ScoreState.IN_STEP if row.mark is None and row.last_timestamp > 0:
            since = _when(row.acknowledged_at, timezone)
            return LmsState(
                arrival=Arrival.NOTHING,
                text=Bilingual(
                    f"note retirée : le LMS l’a accepté le {since.fr}",
                    f"mark withdrawn: the LMS accepted it on {since.en}",
                ),
                can_resend=True,
            )
        case ScoreState.IN_STEP if row.mark is None:
            return LmsState(
                arrival=Arrival.NOTHING, text=Bilingual("pas de note au carnet", "no mark in the gradebook")
            )
        case ScoreState.IN_STEP:
            since = _when(row.acknowledged_at, timezone)
            return LmsState(
                arrival=Arrival.ARRIVED,
                text=Bilingual(
                    f"au carnet de notes depuis le {since.fr}", f"in the gradebook since {since.en}"
                ),
                can_resend=True,
            )
        case ScoreState.WAITING if why is None:
            return LmsState(arrival=Arrival.ON_ITS_WAY, text=Bilingual("en route", "on its way"))
        case ScoreState.WAITING:
            again = _when(row.next_attempt_at, timezone)
            reason = why or Bilingual("", "")
            return LmsState(
                arrival=Arrival.IN_TROUBLE,
                text=Bilingual(
                    f"en route : {reason.fr} ; prochain essai le {again.fr}",
                    f"on its way: {reason.en}; next try {again.en}",
                ),
                can_resend=True,
            )
        case ScoreState.TYPED_BY_HAND:
            return _changed_there(row)
        case ScoreState.KEPT_THEIRS:
            held, ours = _held(row), _ours(row)
            return LmsState(
                arrival=Arrival.KEPT_THEIRS,
                text=Bilingual(
                    f"note de la plateforme gardée : {held.fr} (la nôtre : {ours.fr})",
                    f"the LMS's grade is kept: {held.en} (ours: {ours.en})",
                ),
                can_resend=True,
                difference=_difference(row, is_kept=True),
            )
        case ScoreState.NOT_SHOWN:
            return LmsState(
                arrival=Arrival.REFUSED,
                text=Bilingual(
                    "acceptée par la plateforme, mais son carnet de notes ne montre rien (type de note « Aucune » ou "
                    "« Texte » ?)",
                    "taken by the LMS, but its gradebook shows nothing (grade type “None” or “Text”?)",
                ),
                can_resend=True,
                difference=_difference(row),
            )
        case ScoreState.LEFT:
            return LmsState(
                arrival=Arrival.SET_ASIDE,
                text=Bilingual("pas transmise : a quitté le cours", "not sent: has left the course"),
            )
        case _:
            reason = reason_of(row.problem)
            return LmsState(
                arrival=Arrival.REFUSED,
                text=Bilingual(f"refusée : {reason.fr}", f"refused: {reason.en}"),
                can_resend=True,
            )


def _changed_there(row: ScoreRow) -> LmsState:
    """Somebody typed another grade in the LMS: both are shown, a teacher takes either."""
    held, ours = _held(row), _ours(row)
    return LmsState(
        arrival=Arrival.TYPED_BY_HAND,
        text=Bilingual(
            f"modifiée dans la plateforme : {ours.fr} → {held.fr} ; la nôtre ne la remplace pas",
            f"changed in the LMS: {ours.en} → {held.en}; ours does not replace it",
        ),
        can_resend=True,
        difference=_difference(row),
    )


def write_difference(row: ScoreRow) -> str:
    """A difference as a form carries it: whose cell it is, and what the LMS was seen to hold."""
    return f"{row.activity_id}:{row.person_id}:{row.lms_mark or ''}"


def _difference(row: ScoreRow, *, is_kept: bool = False) -> Difference:
    return Difference(key=write_difference(row), ours=_ours(row), theirs=_held(row), is_kept=is_kept)


def _held(row: ScoreRow) -> Bilingual:
    """What the LMS holds, out of 20 whatever its column's maximum."""
    if row.lms_mark is None:
        return Bilingual("vide", "empty")
    return number(Decimal(row.lms_mark))


def _ours(row: ScoreRow) -> Bilingual:
    return number(row.mark) if row.mark is not None else Bilingual("aucune", "none")


def _when(instant: datetime | None, timezone: str) -> Bilingual:
    return moment(instant, timezone)
