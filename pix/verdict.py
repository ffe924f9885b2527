"""The closed set of reasons why a line of a Pix file goes to a person or waits, and what is said of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.text import Bilingual
from pix.identity import Candidate


class MatchReason(StrEnum):
    """Why a line goes to a person, or waits: those of `SETTLED` settle it, the others are for the teacher."""

    REMEMBERED = "remembered"
    CHECK_CODE = "check_code"  # the identifier of a link of ours, untouched
    STUDENT_NUMBER = "student_number"
    EXTERNAL_ID = "external_id"
    EXACT_NAME = "exact_name"
    SAME_ACCOUNT = "same_account"  # Pix says that it is the account of another sending, whose person is known
    NOT_SENT = "not_sent"  # nothing to match
    IGNORED = "ignored"  # the teacher said so
    TRIAL = "trial"  # a teacher's own sending, to try the campaign
    WRONG_CODE = "wrong_code"  # the check code is not that of the number: typed, copied or altered
    CODE_OF_NOBODY = "code_of_nobody"  # the check code is right, and its person not in the course
    SEVERAL_PEOPLE = "several_people"  # the name or the number is that of several people
    SEVERAL_IDENTITIES = "several_identities"  # two identities of the file claim one person
    CONFLICTING = "conflicting"  # number, external id and name do not point to one person
    NEAR_NAME = "near_name"  # suggestions only
    REMEMBERED_GONE = "remembered_gone"  # the person chosen is not in the course any more
    NOBODY = "nobody"


MATCHED = frozenset(
    {
        MatchReason.REMEMBERED,
        MatchReason.CHECK_CODE,
        MatchReason.STUDENT_NUMBER,
        MatchReason.EXTERNAL_ID,
        MatchReason.EXACT_NAME,
        MatchReason.SAME_ACCOUNT,
    }
)
SETTLED = MATCHED | {MatchReason.NOT_SENT, MatchReason.IGNORED, MatchReason.TRIAL}

SENTENCES: Mapping[MatchReason, Bilingual] = {
    MatchReason.REMEMBERED: Bilingual(
        "Choix d’un enseignant, retenu d’un import à l’autre.",
        "A teacher's choice, remembered from one import to the next.",
    ),
    MatchReason.CHECK_CODE: Bilingual(
        "Le code de contrôle est juste : l’envoi vient du lien personnel de cette personne.",
        "The check code is right: the sending comes from this person's own link.",
    ),
    MatchReason.STUDENT_NUMBER: Bilingual(
        "Le numéro étudiant est celui de cette personne.", "The student number is this person's."
    ),
    MatchReason.EXTERNAL_ID: Bilingual(
        "L’identifiant externe est le numéro étudiant de cette personne.",
        "The external id is this person's student number.",
    ),
    MatchReason.EXACT_NAME: Bilingual(
        "Le nom est exactement celui de cette personne, et d’elle seule.",
        "The name is exactly this person's, and nobody else's.",
    ),
    MatchReason.SAME_ACCOUNT: Bilingual(
        "Le compte Pix est celui d’un autre envoi, dont la personne est connue.",
        "The Pix account is that of another sending, whose person is known.",
    ),
    MatchReason.NOT_SENT: Bilingual(
        "Profil pas encore envoyé : rien à attribuer.", "Profile not sent yet: nothing to assign."
    ),
    MatchReason.IGNORED: Bilingual(
        "Laissée de côté : un enseignant a choisi d’ignorer cette personne.",
        "Left aside: a teacher chose to ignore this person.",
    ),
    MatchReason.TRIAL: Bilingual(
        "Essai d’un enseignant de ce cours : laissé de côté.",
        "A trial of a teacher of this course: left aside.",
    ),
    MatchReason.WRONG_CODE: Bilingual(
        "Le code de contrôle n’est pas celui de ce numéro (recopié, emprunté ou modifié) : choisissez la personne, ou "
        "ignorez la ligne.",
        "The check code is not that of this number (typed, borrowed or altered): choose the person, or ignore the "
        "line.",
    ),
    MatchReason.CODE_OF_NOBODY: Bilingual(
        "Le code de contrôle est juste, mais sa personne n’est pas étudiante de ce cours : la ligne l’attend. Si elle "
        "l’est sous un autre numéro, choisissez-la.",
        "The check code is right, but its person is not a student of this course: the line waits for them. If they "
        "are here under another number, choose them.",
    ),
    MatchReason.REMEMBERED_GONE: Bilingual(
        "La personne choisie par un enseignant n’est plus étudiante de ce cours : choisissez de nouveau.",
        "The person a teacher chose is not a student of this course any more: choose again.",
    ),
    MatchReason.SEVERAL_IDENTITIES: Bilingual(
        "Une autre identité du fichier désigne déjà cette personne : est-ce bien elle ?",
        "Another identity of the file already points to this person: is it really them?",
    ),
    MatchReason.NEAR_NAME: Bilingual(
        "Aucun nom identique ; des noms proches existent : choisissez la personne, ou ignorez la ligne.",
        "No identical name; near names exist: choose the person, or ignore the line.",
    ),
    MatchReason.NOBODY: Bilingual(
        "Personne de ce nom ni de ce numéro dans ce cours : choisissez la personne, ou ignorez la ligne.",
        "Nobody of this name or number in this course: choose the person, or ignore the line.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is decided of one identity: the same for all its lines."""

    reason: MatchReason
    person_id: int | None = None
    candidates: tuple[int, ...] = ()
    explanation: Bilingual | None = None


def several(people: Sequence[Candidate], fr: str, en: str) -> Verdict:
    """Several people fit: the teacher chooses among them."""
    return Verdict(reason=MatchReason.SEVERAL_PEOPLE, candidates=_ids(people), explanation=Bilingual(fr, en))


def conflict(people: Sequence[Candidate], fr: str, en: str) -> Verdict:
    """What the line says points to different people: the teacher chooses among them."""
    return Verdict(reason=MatchReason.CONFLICTING, candidates=_ids(people), explanation=Bilingual(fr, en))


def suggest(reason: MatchReason, person_ids: Sequence[int]) -> Verdict:
    """Somebody has to choose; these people are the likeliest, best first."""
    return Verdict(reason=reason, candidates=tuple(dict.fromkeys(person_ids)))


def _ids(people: Sequence[Candidate]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(person.person_id for person in people))
