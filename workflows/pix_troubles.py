"""What a teacher reads where Pix's API gave nothing: its own troubles, and those that are ours to tell."""

from __future__ import annotations

from grading.text import Bilingual
from pix.maddo_errors import SENTENCES, ApiTrouble

UNKNOWN_CODE = "unknown_code"
NO_ORGANIZATION = "no_organization"

_OURS = {
    UNKNOWN_CODE: Bilingual(
        "Pix ne montre à l’outil aucune campagne de ce code. Vérifiez le code dans Pix Orga ; s’il est juste, la "
        "campagne est dans une organisation que Pix n’a pas ouverte à l’établissement : refaites-la dans une qui "
        "l’est, ou importez ses exports.",
        "Pix shows the tool no campaign with this code. Check the code in Pix Orga; if it is right, the campaign is "
        "in an organisation that Pix has not opened to the institution: make it in one that is, or import its "
        "exports.",
    ),
    NO_ORGANIZATION: Bilingual(
        "Pix n’a ouvert aucune organisation à l’établissement. L’administrateur de l’outil en est averti ; les exports "
        "de Pix Orga s’importent en attendant.",
        "Pix has opened no organisation to the institution. The tool's operator is told; meanwhile, exports of Pix "
        "Orga can be imported.",
    ),
}


def sentence_of(trouble: str) -> Bilingual:
    """Say a trouble as it is kept with a campaign."""
    return _OURS[trouble] if trouble in _OURS else SENTENCES[ApiTrouble(trouble)]
