"""What a refused launch says to the person in front of it: why, and what to do."""

from __future__ import annotations

from grading.text import Bilingual
from lti.errors import RefusalReason as Reason

Explanation = tuple[Bilingual, Bilingual]

_AGAIN: Explanation = (
    Bilingual("Ouvrez de nouveau l’activité", "Open the activity again"),
    Bilingual(
        "Ce lien de lancement a déjà servi ou n’est plus valable : un lancement ne sert qu’une fois et vit quelques "
        "minutes. Revenez au cours et cliquez de nouveau sur l’activité.",
        "This launch was already used or is no longer valid: a launch serves once and lives a few minutes. Go back "
        "to the course and click on the activity again.",
    ),
)
_COOKIE: Explanation = (
    Bilingual("Votre navigateur bloque les cookies de cette page", "Your browser blocks this page's cookies"),
    Bilingual(
        "Dans un cadre, certains navigateurs ne gardent pas les cookies d’un autre site ; sans eux, l’outil ne peut "
        "pas être sûr que c’est vous. Ouvrez l’activité dans une nouvelle fenêtre : elle y fonctionne. Si cela ne "
        "suffit pas, rechargez la page du cours et cliquez de nouveau sur l’activité.",
        "In a frame, some browsers keep no cookies of another site; without them the tool cannot be sure that it is "
        "you. Open the activity in a new window: it works there. If that is not enough, reload the course page and "
        "click on the activity again.",
    ),
)
_NO_COOKIE_AT_ALL: Explanation = (
    Bilingual(
        "Votre navigateur bloque tous les cookies de l’outil", "Your browser blocks all cookies of the tool"
    ),
    Bilingual(
        "Même dans sa propre fenêtre, l’outil n’a pas pu garder le cookie qui prouve que c’est vous. Autorisez les "
        "cookies de ce site (l’icône à gauche de l’adresse, ou les réglages de confidentialité du navigateur), ou "
        "prenez un autre navigateur ; puis réessayez. Rien n’a été enregistré.",
        "Even in its own window, the tool could not keep the cookie that proves that it is you. Allow the cookies of "
        "this site (the icon to the left of the address, or the browser's privacy settings), or take another "
        "browser; then try again. Nothing was recorded.",
    ),
)
_NOT_REGISTERED: Explanation = (
    Bilingual("Cette plateforme n’est pas reconnue", "This platform is not known"),
    Bilingual(
        "L’outil ne connaît pas la plateforme (ou l’un de ses identifiants) d’où vient ce lancement. Signalez-le à "
        "l’administrateur de la plateforme, avec la référence ci-dessous : il doit enregistrer l’outil, ou corriger "
        "son enregistrement.",
        "The tool does not know the platform (or one of its identifiers) this launch comes from. Tell the platform's "
        "administrator, with the reference below: they must register the tool, or correct its registration.",
    ),
)
_HELD: Explanation = (
    Bilingual("Ce déploiement attend d’être approuvé", "This deployment waits for approval"),
    Bilingual(
        "La plateforme est connue, mais pas l’endroit d’où elle ouvre l’outil (son identifiant de déploiement). "
        "L’exploitant de l’outil doit l’approuver une fois ; donnez-lui la référence ci-dessous, puis rouvrez "
        "l’activité.",
        "The platform is known, but not the place it opens the tool from (its deployment id). The tool's operator must "
        "approve it once; give them the reference below, then open the activity again.",
    ),
)
_NOT_AUTHENTIC: Explanation = (
    Bilingual("Ce lancement n’est pas authentique", "This launch is not authentic"),
    Bilingual(
        "La signature ou les identifiants de ce lancement ne sont pas ceux de la plateforme enregistrée : il est "
        "refusé. Revenez au cours et cliquez de nouveau sur l’activité ; si cela continue, signalez la référence "
        "ci-dessous à l’administrateur de la plateforme.",
        "The signature or identifiers of this launch are not those of the registered platform: it is refused. Go "
        "back to the course and click on the activity again; if it goes on, give the reference below to the "
        "platform's administrator.",
    ),
)
_TIME: Explanation = (
    Bilingual("L’heure de ce lancement n’est pas bonne", "The time of this launch is wrong"),
    Bilingual(
        "Ce lancement est trop ancien, ou l’horloge de la plateforme n’est pas à l’heure. Revenez au cours et cliquez "
        "de nouveau sur l’activité ; si cela continue, signalez la référence ci-dessous à l’administrateur.",
        "This launch is too old, or the platform's clock is wrong. Go back to the course and click on the activity "
        "again; if it goes on, give the reference below to the administrator.",
    ),
)
_INCOMPLETE: Explanation = (
    Bilingual("Ce lancement est incomplet", "This launch is incomplete"),
    Bilingual(
        "La plateforme n’a pas envoyé tout ce qu’il faut pour ouvrir l’activité. Ouvrez-la depuis le cours ; si cela "
        "continue, donnez la référence ci-dessous à l’administrateur : elle lui dira ce qui manque.",
        "The platform did not send everything that is needed to open the activity. Open it from the course; if it "
        "goes on, give the reference below to the administrator: it tells what is missing.",
    ),
)
_PERSON: Explanation = (
    Bilingual("Identifiez-vous dans le cours", "Sign in to the course"),
    Bilingual(
        "La plateforme n’a pas dit qui vous êtes : ouvrez l’activité après vous être identifié, pas en invité.",
        "The platform did not say who you are: open the activity after signing in, not as a guest.",
    ),
)
_LMS: Explanation = (
    Bilingual("La plateforme a refusé le lancement", "The platform refused the launch"),
    Bilingual(
        "La plateforme a répondu par une erreur au lieu d’ouvrir l’activité (session expirée, accès retiré). Revenez "
        "au cours, identifiez-vous de nouveau et cliquez sur l’activité.",
        "The platform answered with an error instead of opening the activity (session expired, access withdrawn). "
        "Go back to the course, sign in again and click on the activity.",
    ),
)
_KEYS: Explanation = (
    Bilingual("La plateforme ne répond pas", "The platform does not answer"),
    Bilingual(
        "L’outil n’a pas pu vérifier la signature de la plateforme : ses clés publiques sont injoignables. Réessayez "
        "dans quelques minutes ; si cela continue, donnez la référence ci-dessous à l’administrateur.",
        "The tool could not verify the platform's signature: its public keys cannot be reached. Try again in a few "
        "minutes; if it goes on, give the reference below to the administrator.",
    ),
)
_NO_ACTIVITY_TAKEN: Explanation = (
    Bilingual("Rien ne peut être ajouté ici", "Nothing can be added here"),
    Bilingual(
        "La plateforme demande ici autre chose qu’une activité (un fichier, un lien, une image) : l’outil ne donne que "
        "des activités. Fermez cette fenêtre et ajoutez une activité « outil externe » dans le cours.",
        "The platform asks here for something else than an activity (a file, a link, an image): the tool only gives "
        "activities. Close this window and add an “external tool” activity to the course.",
    ),
)
_TEACHERS_ONLY: Explanation = (
    Bilingual("Réservé aux enseignants du cours", "For the course's teachers only"),
    Bilingual(
        "Votre rôle dans ce cours ne permet pas d’y ajouter des activités. Rien n’a été ajouté. Revenez au cours et "
        "ouvrez l’activité que votre enseignant y a placée.",
        "Your role in this course does not allow you to add activities to it. Nothing was added. Go back to the course "
        "and open the activity that your teacher has put there.",
    ),
)
_LARGE: Explanation = (
    Bilingual("Ce lancement est trop volumineux", "This launch is too large"),
    Bilingual(
        "La plateforme a envoyé plus que l’outil n’accepte de lire. Donnez la référence à l’administrateur.",
        "The platform sent more than the tool reads. Give the reference to the administrator.",
    ),
)

_GROUPS: dict[tuple[Reason, ...], Explanation] = {
    (Reason.STATE_EXPIRED, Reason.NONCE_USED, Reason.STATE_MISSING): _AGAIN,
    (Reason.COOKIE_MISSING,): _COOKIE,
    (
        Reason.UNKNOWN_ISSUER,
        Reason.UNKNOWN_CLIENT,
        Reason.SEVERAL_CLIENTS,
        Reason.REGISTRATION_DISABLED,
        Reason.DEPLOYMENT_UNKNOWN,
        Reason.FOREIGN_SERVICE_ADDRESS,
        Reason.FOREIGN_TARGET,
    ): _NOT_REGISTERED,
    (
        Reason.TIMES_MISSING,
        Reason.EXPIRED,
        Reason.NOT_YET_VALID,
        Reason.ISSUED_IN_FUTURE,
        Reason.ISSUED_TOO_LONG_AGO,
    ): _TIME,
    (Reason.DEPLOYMENT_HELD,): _HELD,
    (Reason.PERSON_MISSING,): _PERSON,
    (Reason.LMS_ERROR,): _LMS,
    (Reason.KEYS_UNAVAILABLE,): _KEYS,
    (Reason.DEEP_LINKING_UNSUPPORTED,): _NO_ACTIVITY_TAKEN,
    (Reason.DEEP_LINKING_ROLE,): _TEACHERS_ONLY,
    (Reason.OVERSIZED,): _LARGE,
    (
        Reason.LOGIN_INCOMPLETE,
        Reason.NOT_A_LAUNCH,
        Reason.VERSION,
        Reason.MESSAGE_TYPE_MISSING,
        Reason.MESSAGE_TYPE_UNKNOWN,
        Reason.ROLES_MISSING,
        Reason.DEPLOYMENT_MISSING,
        Reason.RESOURCE_LINK_MISSING,
        Reason.FOR_USER_MISSING,
        Reason.DEEP_LINKING_INCOMPLETE,
        Reason.TARGET_MISSING,
        Reason.INVALID_CLAIM,
        Reason.TOKEN_MISSING,
    ): _INCOMPLETE,
}
_BY_REASON = {reason: explanation for reasons, explanation in _GROUPS.items() for reason in reasons}


def explain(reason: Reason, *, in_window: bool = False) -> Explanation:
    """Title and text of the page for a reason; what is not named here is a matter of signature."""
    if reason is Reason.COOKIE_MISSING and in_window:
        return _NO_COOKIE_AT_ALL
    return _BY_REASON.get(reason, _NOT_AUTHENTIC)
