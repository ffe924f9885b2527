"""What can go wrong with Pix's API: a closed set of troubles, whether trying again helps, and what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from grading.text import Bilingual


class ApiTrouble(StrEnum):
    """Why Pix's API gave us nothing."""

    UNREACHABLE = "unreachable"
    """No answer: connection refused or broken, too slow, too large, certificate."""
    BUSY = "busy"
    """429: Pix asks us to wait."""
    SERVER = "server"
    """5xx."""
    NOT_JSON = "not_json"
    """An answer that is a page, or nothing: maintenance, a proxy of the campus."""
    OTHER_SHAPE = "other_shape"
    """JSON that is not what the API gives: its format has changed."""
    NOT_THE_API = "not_the_api"
    """A redirect, 404 or the like where the API must be: the address in the settings."""
    SECRET_REFUSED = "secret_refused"
    """401 for a token: the client id or its secret."""
    SCOPE_REFUSED = "scope_refused"
    """403 for a token: Pix has not granted `meta campaigns`."""
    TOKEN_REFUSED = "token_refused"
    """401 with a token just renewed."""
    OUTSIDE = "outside"
    """403: an organisation or campaign that Pix has not opened to us."""
    GONE = "gone"
    """404: a campaign that is no more."""
    REFUSED = "refused"
    """400 and others: Pix understood and refuses; the same question has the same answer."""

    @property
    def try_again(self) -> bool:
        """Whether asking the same again later helps, with nobody doing anything."""
        return self in _PASSING

    @property
    def is_for_operator(self) -> bool:
        """Whether nothing will ever come until whoever runs the tool (or Pix) acts."""
        return self in _FOR_OPERATOR


_PASSING = frozenset({ApiTrouble.UNREACHABLE, ApiTrouble.BUSY, ApiTrouble.SERVER, ApiTrouble.NOT_JSON})
_FOR_OPERATOR = frozenset(
    {
        ApiTrouble.OTHER_SHAPE,
        ApiTrouble.NOT_THE_API,
        ApiTrouble.SECRET_REFUSED,
        ApiTrouble.SCOPE_REFUSED,
        ApiTrouble.TOKEN_REFUSED,
        ApiTrouble.REFUSED,
    }
)

_OPERATOR_KNOWS = Bilingual(
    "L’administrateur de l’outil en est averti ; les exports de Pix Orga s’importent en attendant.",
    "The tool's operator is told; meanwhile, exports of Pix Orga can be imported.",
)


def _for_operator(fr: str, en: str) -> Bilingual:
    return Bilingual(f"{fr} {_OPERATOR_KNOWS.fr}", f"{en} {_OPERATOR_KNOWS.en}")


SENTENCES: Mapping[ApiTrouble, Bilingual] = {
    ApiTrouble.UNREACHABLE: Bilingual(
        "Pix ne répond pas. L’outil réessaie de lui-même.",
        "Pix does not answer. The tool tries again by itself.",
    ),
    ApiTrouble.BUSY: Bilingual(
        "Pix nous demande d’attendre un peu. L’outil réessaie de lui-même.",
        "Pix asks us to wait a little. The tool tries again by itself.",
    ),
    ApiTrouble.SERVER: Bilingual(
        "Pix est en panne pour le moment. L’outil réessaie de lui-même.",
        "Pix is out of order for now. The tool tries again by itself.",
    ),
    ApiTrouble.NOT_JSON: Bilingual(
        "Pix a répondu une page au lieu de données (maintenance ?). L’outil réessaie de lui-même.",
        "Pix answered a page instead of data (maintenance?). The tool tries again by itself.",
    ),
    ApiTrouble.OTHER_SHAPE: _for_operator(
        "Pix a répondu des données d’une forme que l’outil ne connaît pas.",
        "Pix answered data of a shape that the tool does not know.",
    ),
    ApiTrouble.NOT_THE_API: _for_operator(
        "L’adresse réglée pour l’API de Pix n’est pas la sienne.",
        "The address set for Pix's API is not its own.",
    ),
    ApiTrouble.SECRET_REFUSED: _for_operator(
        "Pix ne reconnaît pas l’accès de cet établissement (identifiant ou secret).",
        "Pix does not know this institution's access (client id or secret).",
    ),
    ApiTrouble.SCOPE_REFUSED: _for_operator(
        "Pix n’a pas ouvert à cet établissement la lecture des campagnes.",
        "Pix has not opened the reading of campaigns to this institution.",
    ),
    ApiTrouble.TOKEN_REFUSED: _for_operator(
        "Pix refuse le jeton qu’il vient de donner.", "Pix refuses the token it has just given."
    ),
    ApiTrouble.OUTSIDE: Bilingual(
        "Pix n’ouvre pas cette campagne à l’outil : son organisation n’est pas de celles que Pix a ouvertes à "
        "l’établissement. L’export de Pix Orga s’importe toujours.",
        "Pix does not open this campaign to the tool: its organisation is not among those that Pix has opened to "
        "the institution. The export of Pix Orga can always be imported.",
    ),
    ApiTrouble.GONE: Bilingual(
        "Cette campagne n’existe plus chez Pix. Vérifiez son code dans Pix Orga.",
        "This campaign is no more at Pix. Check its code in Pix Orga.",
    ),
    ApiTrouble.REFUSED: _for_operator("Pix refuse la demande de l’outil.", "Pix refuses the tool's request."),
}
"""What a teacher reads."""


class PixApiError(Exception):
    """Pix's API gave nothing. `detail` is for the log and the operator: no token, no secret, nobody's name.

    `retry_after`: the seconds Pix asks us to wait, where it said.
    """

    def __init__(self, trouble: ApiTrouble, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = detail
        self.retry_after = retry_after

    @property
    def try_again(self) -> bool:
        """Whether asking the same again later helps."""
        return self.trouble.try_again

    @property
    def sentence(self) -> Bilingual:
        """What a teacher reads."""
        return SENTENCES[self.trouble]
