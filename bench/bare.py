"""The bare application the tool is compared with: PyLTI1p3 on Flask as its README has it, and nothing else.

No storage (state, nonce and launch travel in signed cookies), the platform's key set cached for good, the private
key read once. `/lti/launch` answers with a rendered page; where the launch's custom parameter `bench_page` is "no",
with a redirect, as an application does that keeps its pages elsewhere.
"""

from __future__ import annotations

import json
import os
from typing import Any

from flask import Flask, redirect, render_template
from jinja2 import DictLoader
from pylti1p3.contrib import flask as flask_part
from pylti1p3.launch_data_storage.base import LaunchDataStorage
from pylti1p3.tool_config.dict import ToolConfDict
from werkzeug.wrappers import Response

CONFIGURATION = "PIXLTI_BENCH_BARE"
"""The environment variable with the platform (JSON): issuer, client_id, addresses, deployment_ids."""

_pylti: Any = flask_part  # that part of the library has no type hints
_CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
_CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"
_PAGE = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>{{ course }}</title></head>
<body><main><h1>{{ course }}</h1><p>Bonjour {{ name }}.</p>
<form method="post"><table>{% for code in codes %}
<tr><td><label for="level_{{ code }}">{{ code }}</label></td>
<td><input name="level_{{ code }}" id="level_{{ code }}"></td></tr>
{% endfor %}</table><button>Envoyer</button></form></main></body></html>
"""


class _Kept(LaunchDataStorage[Any]):
    """The key set cache: a dictionary of this process."""

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, Any] = {}

    def can_set_keys_expiration(self) -> bool:
        return False

    def get_value(self, key: str) -> Any:
        return self._values.get(key)

    def set_value(self, key: str, value: Any, exp: int | None = None) -> None:  # noqa: ARG002
        self._values[key] = value

    def check_value(self, key: str) -> bool:
        return key in self._values


def create_app() -> Flask:
    """Build the application for the platform of the environment."""
    platform: Any = json.loads(os.environ[CONFIGURATION])
    issuer = platform.pop("issuer")
    tool = ToolConfDict({issuer: [platform | {"default": True}]})
    kept = _Kept()
    app = Flask(__name__)
    app.secret_key = "a secret for the bench, of no value at all"
    app.jinja_loader = DictLoader({"page.html": _PAGE})

    @app.route("/lti/login", methods=["GET", "POST"])
    def login() -> Response:
        asked = _pylti.FlaskRequest()
        answer: Response = _pylti.FlaskOIDCLogin(asked, tool).redirect(asked.get_param("target_link_uri"))
        return answer

    @app.post("/lti/launch")
    def launch() -> Response | str:
        message = _pylti.FlaskMessageLaunch(_pylti.FlaskRequest(), tool)
        message.set_public_key_caching(kept)
        data: dict[str, Any] = message.get_launch_data()
        if data.get(_CUSTOM, {}).get("bench_page") == "no":
            return redirect("/page", 303)
        return render_template(
            "page.html", name=data.get("name"), course=data[_CONTEXT]["title"], codes=("1.3", "2.3", "3.1")
        )

    return app
