"""Why a course's roster could not be read, in words that say how to mend it."""

from __future__ import annotations

from enum import StrEnum

from grading.text import Bilingual
from lti.errors import (
    ForbiddenAddress,
    LineItemGone,
    NotAuthorised,
    ScoreRefused,
    ServiceError,
    TokenRefused,
    TooManyRequests,
    Unreachable,
)


class RosterTrouble(StrEnum):
    """Closed set; `sentence_of` has a sentence for each."""

    NOT_ALLOWED = "not_allowed"
    NO_SERVICE = "no_service"
    GONE = "gone"
    REFUSED = "refused"
    FORBIDDEN_ADDRESS = "forbidden_address"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"


_SENTENCES = {
    RosterTrouble.NOT_ALLOWED: Bilingual(
        "La plateforme n’autorise pas l’outil à lire la liste du cours. À régler par son administrateur, dans les "
        "réglages de l’outil externe : Services > « IMS LTI Names and Role Provisioning ».",
        "The platform does not let the tool read the course's roster. Its administrator can allow it in the external "
        "tool's settings: Services > “IMS LTI Names and Role Provisioning”.",
    ),
    RosterTrouble.NO_SERVICE: Bilingual(
        "La plateforme refuse à l’outil le droit de lire les listes de cours (ou ne le reconnaît plus). À régler par "
        "son administrateur : Services > « IMS LTI Names and Role Provisioning », puis vérifier que l’outil y est "
        "toujours actif.",
        "The platform does not grant the tool the right to read rosters (or no longer knows it). For its "
        "administrator: Services > “IMS LTI Names and Role Provisioning”, then see that the tool is still active.",
    ),
    RosterTrouble.GONE: Bilingual(
        "La plateforme ne trouve plus ce cours à l’adresse qu’elle avait donnée. Ouvrez de nouveau l’activité depuis "
        "le cours, puis réessayez : l’outil reprend alors la nouvelle adresse.",
        "The platform no longer finds this course at the address it gave. Open the activity from the course again, "
        "then retry: the tool then takes the new address.",
    ),
    RosterTrouble.REFUSED: Bilingual(
        "La plateforme a refusé de donner la liste du cours. Si cela dure, prévenez l’assistance de l’outil.",
        "The platform refused to give the course's roster. If this lasts, tell the tool's support.",
    ),
    RosterTrouble.FORBIDDEN_ADDRESS: Bilingual(
        "La plateforme renvoie, pour la liste du cours, à une adresse qui n’est pas la sienne : l’outil ne l’appelle "
        "pas. L’administrateur de l’outil peut l’autoriser si elle est bien d’elle.",
        "For the course's roster the platform points to an address that is not its own: the tool does not call it. "
        "The tool's operator can allow it, should it be its own after all.",
    ),
    RosterTrouble.TOO_MANY_REQUESTS: Bilingual(
        "La plateforme demande d’attendre avant de lire la liste du cours.",
        "The platform asks to wait before the course's roster is read.",
    ),
    RosterTrouble.UNREACHABLE: Bilingual(
        "La plateforme ne répond pas : la liste du cours n’a pas été lue.",
        "The platform does not answer: the course's roster was not read.",
    ),
    RosterTrouble.UNREADABLE: Bilingual(
        "La réponse de la plateforme n’est pas une liste de cours complète.",
        "The platform's answer is not a whole roster.",
    ),
}
_UNCHANGED = Bilingual("Rien n’a été changé.", "Nothing was changed.")


def trouble_of(error: ServiceError) -> RosterTrouble:
    """What a failed exchange means."""
    match error:
        case TooManyRequests():
            return RosterTrouble.TOO_MANY_REQUESTS
        case Unreachable():
            return RosterTrouble.UNREACHABLE
        case NotAuthorised():
            return RosterTrouble.NOT_ALLOWED
        case TokenRefused():
            return RosterTrouble.NO_SERVICE
        case LineItemGone():
            return RosterTrouble.GONE
        case ForbiddenAddress():
            return RosterTrouble.FORBIDDEN_ADDRESS
        case ScoreRefused():
            return RosterTrouble.REFUSED
        case _:
            return RosterTrouble.UNREADABLE


def helps_to_try_again(trouble: RosterTrouble) -> bool:
    """Whether the same may work in a moment, without anybody doing something."""
    return trouble in (RosterTrouble.TOO_MANY_REQUESTS, RosterTrouble.UNREACHABLE, RosterTrouble.UNREADABLE)


def sentence_of(trouble: str) -> Bilingual:
    """What to say of it."""
    known = set(RosterTrouble)
    said = _SENTENCES[RosterTrouble(trouble) if trouble in known else RosterTrouble.REFUSED]
    return Bilingual(f"{said.fr} {_UNCHANGED.fr}", f"{said.en} {_UNCHANGED.en}")
