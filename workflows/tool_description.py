"""What this tool tells platforms about itself, in both languages."""

from __future__ import annotations

from grading.text import Bilingual
from lti.tool_configuration import ToolConfiguration

NAME = "Pix"
"""The tool's name wherever a platform shows one only: in its list of activities, to teachers of every language."""
NAMES = Bilingual("Pix : compétences numériques", "Pix: digital skills")
DESCRIPTION = Bilingual(
    "Les étudiants remettent les niveaux atteints sur Pix, l’outil en fait une note expliquée et la porte au carnet de "
    "notes ; l’enseignant suit sa cohorte et importe les exports de Pix Orga.",
    "Students hand in the levels reached on Pix, the tool makes an explained mark of them and takes it to the "
    "gradebook; the teacher follows the cohort and imports Pix Orga exports.",
)


def tool_configuration(public_url: str, *, contact: str = "", policy_url: str = "") -> ToolConfiguration:
    """The tool as platforms see it; French first."""
    return ToolConfiguration(
        public_url=public_url,
        name=NAME,
        names=_by_language(NAMES),
        descriptions=_by_language(DESCRIPTION),
        contacts=(contact,) if contact else (),
        policy_url=policy_url or None,
    )


def _by_language(text: Bilingual) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}
