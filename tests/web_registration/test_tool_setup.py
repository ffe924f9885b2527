"""The page to copy from, and the JSON to fetch, for an LMS without dynamic registration."""

from __future__ import annotations

import html
import re

import requests

from tests.web_registration.conftest import Office


def test_the_page_lists_every_field_with_moodles_labels_in_both_languages(office: Office) -> None:
    answer = requests.get(f"{office.tool.base}/lti/setup", timeout=10)
    assert answer.status_code == 200
    page = html.unescape(answer.text)
    for label in (
        *("Nom de l’outil", "Tool name", "URL de l’outil", "Tool URL", "Version LTI", "LTI version"),
        *("Type de clef publique", "Public key type", "Jeu de clefs public", "Public keyset"),
        *("URL d’initiation de connexion", "Initiate login URL", "URIs de redirection", "Redirection URI(s)"),
        *(
            "Paramètres personnalisés",
            "Custom parameters",
            "Conteneur par défaut",
            "Default launch container",
        ),
        *(
            "URL de sélection de contenu",
            "Content selection URL",
            "Confidentialité",
            "Privacy",
            "Toujours",
            "Always",
        ),
        *("Accepter les notes de l’outil", "Accept grades from the tool", "student_number=$Person.sourcedId"),
    ):
        assert label in page, label
    base = office.tool.base
    values = set(re.findall(r'<input id="[^"]+"[^>]* value="([^"]*)"', page))
    for value in ("/lti/launch", "/lti/login", "/lti/jwks", "/lti/config.json"):
        assert f"{base}{value}" in values
    assert base.removeprefix("http://") in values


def test_it_is_found_from_the_tools_plain_page(office: Office) -> None:
    assert '"/lti/setup"' in requests.get(f"{office.tool.base}/lti/launch", timeout=10).text


def test_canvas_reads_the_configuration(office: Office) -> None:
    answer = requests.get(f"{office.tool.base}/lti/config.json", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    base = office.tool.base
    assert (told["oidc_initiation_url"], told["public_jwk_url"]) == (f"{base}/lti/login", f"{base}/lti/jwks")
    assert told["target_link_uri"] == f"{base}/lti/launch"


def test_neither_tells_a_secret(office: Office) -> None:
    code = office.invite()
    for path in ("/lti/setup", "/lti/config.json"):
        text = requests.get(f"{office.tool.base}{path}", timeout=10).text
        assert code not in text
        assert office.tool.settings.secret_key not in text
