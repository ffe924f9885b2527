"""What a registration that stops says to the administrator in front of it: why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from grading.text import Bilingual
from workflows.registration import RegistrationRefusal as Reason


@dataclass(frozen=True)
class Explanation:
    """A page: its HTTP status, its title, and what happened and what to do."""

    status: int
    title: Bilingual
    text: Bilingual


_NEW_ONE = Bilingual(
    "Demandez une nouvelle adresse à l’exploitant de l’outil.",
    "Ask the tool's operator for a new address.",
)
_STILL_GOOD = Bilingual(
    "Rien n’a été enregistré, et l’adresse d’invitation reste valable : vous pouvez recommencer.",
    "Nothing was registered, and the invitation's address is still good: you can start again.",
)


def _explanation(status: int, title: Bilingual, text: Bilingual, then: Bilingual) -> Explanation:
    return Explanation(status, title, Bilingual(f"{text.fr} {then.fr}", f"{text.en} {then.en}"))


_BY_REASON = {
    Reason.INVITATION_UNKNOWN: _explanation(
        HTTPStatus.NOT_FOUND,
        Bilingual("Cette invitation n’existe pas", "There is no such invitation"),
        Bilingual(
            "L’adresse a peut-être été copiée incomplètement : elle se colle en entier.",
            "The address may have been copied in part: it is pasted whole.",
        ),
        _NEW_ONE,
    ),
    Reason.INVITATION_USED: _explanation(
        HTTPStatus.GONE,
        Bilingual("Cette invitation a déjà servi", "This invitation was already used"),
        Bilingual(
            "Une invitation ne sert qu’une fois. Pour mettre à jour l’enregistrement, ou pour une autre plateforme, il "
            "en faut une autre.",
            "An invitation serves once. To update the registration, or for another platform, another one is needed.",
        ),
        _NEW_ONE,
    ),
    Reason.INVITATION_EXPIRED: _explanation(
        HTTPStatus.GONE,
        Bilingual("Cette invitation n’est plus valable", "This invitation is no longer valid"),
        Bilingual("Elle a expiré, ou elle a été retirée.", "It has expired, or was withdrawn."),
        _NEW_ONE,
    ),
    Reason.ASKED_WRONGLY: _explanation(
        HTTPStatus.BAD_REQUEST,
        Bilingual("La demande de la plateforme est illisible", "The platform's request cannot be read"),
        Bilingual(
            "L’adresse de configuration ou le jeton d’enregistrement n’ont pas la forme attendue.",
            "The configuration's address or the registration token are not of the expected form.",
        ),
        _STILL_GOOD,
    ),
    Reason.ADDRESS_FORBIDDEN: _explanation(
        HTTPStatus.FORBIDDEN,
        Bilingual("L’outil ne doit pas appeler cette adresse", "The tool must not call this address"),
        Bilingual(
            "L’adresse de la plateforme n’est pas en https, ou mène à un réseau privé. Si la plateforme est bien là, "
            "l’exploitant de l’outil doit autoriser ce réseau (réglage PIXLTI_ALLOWED_NETWORKS).",
            "The platform's address is not https, or leads into a private network. If the platform really is there, "
            "the tool's operator must allow that network (setting PIXLTI_ALLOWED_NETWORKS).",
        ),
        _STILL_GOOD,
    ),
    Reason.UNREACHABLE: _explanation(
        HTTPStatus.BAD_GATEWAY,
        Bilingual("La plateforme ne répond pas à l’outil", "The platform does not answer the tool"),
        Bilingual(
            "Le serveur de l’outil n’a pas pu lire la configuration de la plateforme, ou s’y enregistrer : pare-feu, "
            "nom inconnu, certificat, panne ? Réessayez ; si cela continue, transmettez les détails à l’exploitant de "
            "l’outil.",
            "The tool's server could not read the platform's configuration, or register there: a firewall, an unknown "
            "name, a certificate, an outage? Try again; if it goes on, give the details to the tool's operator.",
        ),
        _STILL_GOOD,
    ),
    Reason.CONFIGURATION_UNUSABLE: _explanation(
        HTTPStatus.BAD_GATEWAY,
        Bilingual(
            "La configuration de la plateforme ne convient pas", "The platform's configuration does not fit"
        ),
        Bilingual(
            "Il y manque quelque chose, ou ses adresses ne sont pas toutes du même site. Une plateforme qui répond de "
            "plusieurs sites demande une invitation qui les nomme, ou un enregistrement à la main.",
            "Something is missing in it, or its addresses are not all of one site. A platform that answers from "
            "several sites needs an invitation that names them, or a registration by hand.",
        ),
        _STILL_GOOD,
    ),
    Reason.FORM_FOREIGN: _explanation(
        HTTPStatus.BAD_REQUEST,
        Bilingual("Ce formulaire n’est plus valable", "This form is no longer valid"),
        Bilingual(
            "Il est resté ouvert plus d’une heure, ou n’a pas été fait pour cette invitation. Fermez cette fenêtre et "
            "collez de nouveau l’adresse dans la plateforme.",
            "It was left open for more than an hour, or was not made for this invitation. Close this window and paste "
            "the address into the platform again.",
        ),
        _STILL_GOOD,
    ),
    Reason.CHANGED_MEANWHILE: _explanation(
        HTTPStatus.CONFLICT,
        Bilingual("La plateforme a changé entre-temps", "The platform has changed meanwhile"),
        Bilingual(
            "Ce qu’elle dit d’elle-même n’est plus ce que vous avez vu. Fermez cette fenêtre et collez de nouveau "
            "l’adresse dans la plateforme.",
            "What it says of itself is no longer what you saw. Close this window and paste the address into the "
            "platform again.",
        ),
        _STILL_GOOD,
    ),
    Reason.UNDER_WAY: _explanation(
        HTTPStatus.CONFLICT,
        Bilingual("Un enregistrement est en cours", "A registration is under way"),
        Bilingual(
            "Cette invitation sert en ce moment même, dans une autre fenêtre ou pour un double clic. Regardez dans une "
            "minute si l’outil figure dans la liste de la plateforme.",
            "This invitation is being used right now, in another window or by a double click. See in a minute whether "
            "the tool is in the platform's list.",
        ),
        Bilingual("Sinon, recommencez.", "If not, start again."),
    ),
    Reason.LMS_REFUSED: _explanation(
        HTTPStatus.BAD_GATEWAY,
        Bilingual("La plateforme a refusé l’enregistrement", "The platform refused the registration"),
        Bilingual(
            "Sa réponse est ci-dessous. Son jeton d’enregistrement ne sert qu’une fois et vit une heure : fermez cette "
            "fenêtre et collez de nouveau l’adresse dans la plateforme.",
            "Its answer is below. Its registration token serves once and lives an hour: close this window and paste "
            "the address into the platform again.",
        ),
        _STILL_GOOD,
    ),
    Reason.ANSWER_UNREADABLE: _explanation(
        HTTPStatus.BAD_GATEWAY,
        Bilingual("La réponse de la plateforme est illisible", "The platform's answer cannot be read"),
        Bilingual(
            "Elle a peut-être enregistré l’outil, sans dire sous quel identifiant. Supprimez-le dans la plateforme "
            "avant de recommencer.",
            "It may have registered the tool, without telling under which id. Delete it in the platform before "
            "starting again.",
        ),
        Bilingual("L’adresse d’invitation reste valable.", "The invitation's address is still good."),
    ),
    Reason.NOT_KEPT: _explanation(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        Bilingual(
            "Enregistré dans la plateforme, pas dans l’outil", "Registered in the platform, not in the tool"
        ),
        Bilingual(
            "La plateforme connaît maintenant l’outil, mais celui-ci n’a pas pu le noter. Supprimez l’outil dans la "
            "plateforme et recommencez, ou transmettez les détails ci-dessous à l’exploitant.",
            "The platform now knows the tool, but the tool could not note it down. Delete the tool in the platform and "
            "start again, or give the details below to the operator.",
        ),
        Bilingual("Rien n’a été gardé ici.", "Nothing was kept here."),
    ),
}


def explain(reason: Reason) -> Explanation:
    """The page for a reason."""
    return _BY_REASON[reason]
