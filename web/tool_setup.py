"""What an administrator needs to set the tool up without dynamic registration: a page to copy from, a JSON to fetch."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template

from grading.text import Bilingual, same
from lti.tool_configuration import CUSTOM_PARAMETERS, ToolConfiguration, canvas_configuration
from web.framing import let_asking_platform_frame
from web.site import site

routes = Blueprint("tool_setup", __name__, url_prefix="/lti")


@dataclass(frozen=True)
class Field:
    """A field of Moodle's form: its label, what goes in, and why where that needs saying.

    `value`: to be copied. `choice`: to be chosen among Moodle's own words.
    """

    label: Bilingual
    value: str = ""
    choice: Bilingual | None = None
    why: Bilingual | None = None

    @property
    def lines(self) -> int:
        """How many lines the value has."""
        return self.value.count("\n") + 1


@routes.get("/setup")
def setup() -> str:
    """Every field of Moodle's form for a tool made by hand, in its order."""
    here = site()
    let_asking_platform_frame()
    return render_template(
        "tool_setup.html", tool=here.registrar.tool, groups=moodle_fields(here.registrar.tool)
    )


@routes.get("/config.json")
def config() -> Response:
    """The tool in the form Canvas reads; nothing in it is secret."""
    answer = jsonify(canvas_configuration(site().registrar.tool))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def moodle_fields(tool: ToolConfiguration) -> dict[Bilingual, list[Field]]:
    """Moodle's form, group by group: labels of its French language pack, and of Moodle in English."""
    return {
        Bilingual("Réglages de l’outil", "Tool settings"): _settings(tool),
        same("Services"): _SERVICES,
        Bilingual("Confidentialité", "Privacy"): _PRIVACY,
    }


def _settings(tool: ToolConfiguration) -> list[Field]:
    return [
        Field(Bilingual("Nom de l’outil", "Tool name"), tool.name),
        Field(Bilingual("URL de l’outil", "Tool URL"), tool.launch_url),
        Field(Bilingual("Version LTI", "LTI version"), choice=same("LTI 1.3")),
        Field(
            Bilingual("Type de clef publique", "Public key type"),
            choice=Bilingual("URL jeu de clefs", "Keyset URL"),
        ),
        Field(Bilingual("Jeu de clefs public", "Public keyset"), tool.jwks_url),
        Field(Bilingual("URL d’initiation de connexion", "Initiate login URL"), tool.login_url),
        Field(Bilingual("URIs de redirection", "Redirection URI(s)"), tool.launch_url),
        Field(
            Bilingual("Paramètres personnalisés", "Custom parameters"),
            "\n".join(f"{name}={value}" for name, value in CUSTOM_PARAMETERS.items()),
        ),
        Field(
            Bilingual("Utilisation de la configuration de l’outil", "Tool configuration usage"),
            choice=Bilingual(
                "Afficher dans le sélecteur d’activité et comme outil préconfiguré",
                "Show in activity chooser and as a preconfigured tool",
            ),
        ),
        Field(
            Bilingual("Conteneur par défaut", "Default launch container"),
            choice=Bilingual("Intégré, sans les blocs", "Embed, without blocks"),
        ),
        Field(
            Bilingual(
                "Supporte les liens profond (Content-Item Message)",
                "Supports Deep Linking (Content-Item Message)",
            ),
            choice=Bilingual("coché", "ticked"),
        ),
        Field(Bilingual("URL de sélection de contenu", "Content selection URL"), tool.launch_url),
    ]


_SERVICES = [
    Field(
        Bilingual("Services de devoirs et de notes IMS LTI", "IMS LTI Assignment and Grade Services"),
        choice=Bilingual(
            "Utiliser ce service pour la synchronisation des notes et la gestion des colonnes",
            "Use this service for grade sync and column management",
        ),
        why=Bilingual("sans lui, aucune note n’arrive", "without it no mark arrives"),
    ),
    Field(
        same("IMS LTI Names and Role Provisioning"),
        choice=Bilingual(
            "Utiliser ce service pour récupérer les informations des membres, selon les réglages de confidentialité",
            "Use this service to retrieve members' information as per privacy settings",
        ),
        why=Bilingual(
            "la liste des inscrits, pour voir qui n’est jamais venu",
            "the course's members, to see who never came",
        ),
    ),
]
_ALWAYS = Bilingual("Toujours", "Always")
_PRIVACY = [
    Field(
        Bilingual("Partager le nom de l’utilisateur avec l’outil", "Share launcher's name with tool"),
        choice=_ALWAYS,
        why=Bilingual(
            "l’enseignant reconnaît ses étudiants, les exports de Pix se rapprochent par le nom",
            "teachers recognise their students, and Pix exports are matched by name",
        ),
    ),
    Field(
        Bilingual("Partager le courriel de l’utilisateur avec l’outil", "Share launcher's email with tool"),
        choice=Bilingual("Jamais", "Never"),
        why=Bilingual("rien n’en a besoin", "nothing needs it"),
    ),
    Field(
        Bilingual("Accepter les notes de l’outil", "Accept grades from the tool"),
        choice=_ALWAYS,
    ),
]
