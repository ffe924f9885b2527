"""A tool of a few lines, with its own key: it makes mistakes on demand, so that the LMS can be tried."""

import json
import secrets
import threading
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from flask import Flask, make_response, redirect, request
from flask.typing import ResponseReturnValue
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import make_server

from demo.lms import LmsState, ToolAddresses

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES = " ".join([AGS + "lineitem", AGS + "result.readonly", AGS + "score", MEMBERS_SCOPE])


def new_key() -> RSAPrivateKey:
    """A key for the tool."""
    return generate_private_key(public_exponent=65537, key_size=2048)


class TinyTool:
    """Login, launch and key set on a free port. `auth` overrides fields of the next authentication requests
    (None leaves one out); `received` are the posts to the launch address."""

    def __init__(self) -> None:
        self.key, self.kid = new_key(), "tool-1"
        self.jwks_status = 200
        self.auth: dict[str, str | None] = {}
        self.received: list[dict[str, str]] = []
        self.logins: list[dict[str, str]] = []
        self.state: LmsState | None = None
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def addresses(self) -> ToolAddresses:
        base = f"http://127.0.0.1:{self._server.port}"
        return ToolAddresses(login_url=f"{base}/login", launch_url=f"{base}/launch", jwks_url=f"{base}/jwks")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _app(self) -> Flask:
        app = Flask("tiny_tool")

        @app.post("/login")
        def login() -> ResponseReturnValue:
            assert self.state is not None
            asked = request.form.to_dict()
            self.logins.append(asked)
            fields: dict[str, str | None] = {
                "scope": "openid",
                "response_type": "id_token",
                "response_mode": "form_post",
                "prompt": "none",
                "client_id": asked["client_id"],
                "redirect_uri": self.addresses.launch_url,
                "login_hint": asked["login_hint"],
                "lti_message_hint": asked["lti_message_hint"],
                "state": secrets.token_hex(8),
                "nonce": secrets.token_hex(8),
                **self.auth,
            }
            query = urlencode({key: value for key, value in fields.items() if value is not None})
            answer = make_response(redirect(f"{self.state.addresses.auth}?{query}"))
            answer.headers.add("Set-Cookie", "plain=1; Secure; SameSite=None; Path=/")
            answer.headers.add("Set-Cookie", "kept=1; Secure; SameSite=None; Partitioned; Path=/")
            return answer

        @app.post("/launch")
        def launch() -> ResponseReturnValue:
            self.received.append(request.form.to_dict())
            return redirect("/page")

        @app.get("/page")
        def page() -> ResponseReturnValue:
            return f"<main>{','.join(sorted(request.cookies))}</main>"

        @app.get("/jwks")
        def jwks() -> ResponseReturnValue:
            jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**jwk, "kid": self.kid, "alg": "RS256", "use": "sig"}]}, self.jwks_status

        return app

    def claims(self) -> dict[str, Any]:
        """The claims of the last message received, verified against the LMS's key set."""
        assert self.state is not None
        token = self.received[-1]["id_token"]
        kid = jwt.get_unverified_header(token)["kid"]
        keys = {key["kid"]: key for key in self.state.keys.key_set()["keys"]}
        claims: dict[str, Any] = jwt.decode(
            token, jwt.PyJWK(keys[kid]), algorithms=["RS256"], audience=self.state.client_id
        )
        return claims


class ServiceClient:
    """The tool's hand on the LMS's services; every request can be spoilt."""

    def __init__(self, tool: TinyTool, state: LmsState) -> None:
        self.tool, self.state = tool, state
        self.session = requests.Session()
        self._token: str | None = None

    def assertion(self, **changes: Any) -> str:
        """A good client assertion; `changes` replace claims (None: leave out), `kid`, `key`."""
        kid, key = changes.pop("kid", self.tool.kid), changes.pop("key", self.tool.key)
        now = int(time.time())
        claims = {
            "iss": self.state.client_id,
            "sub": self.state.client_id,
            "aud": self.state.addresses.token,
            "iat": now - 5,
            "exp": now + 60,
            "jti": secrets.token_hex(8),
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key, algorithm="RS256", headers={} if kid is None else {"kid": kid})

    def ask_token(
        self, scope: str = ALL_SCOPES, *, assertion: str | None = None, **form: str
    ) -> requests.Response:
        """POST to the token endpoint."""
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assertion(),
            "scope": scope,
            **form,
        }
        return self.session.post(self.state.addresses.token, data=fields, timeout=10)

    def token(self, scope: str = ALL_SCOPES) -> str:
        """A token, the same one for all scopes."""
        if scope != ALL_SCOPES:
            return str(self.ask_token(scope).json()["access_token"])
        self._token = self._token or str(self.ask_token().json()["access_token"])
        return self._token

    def send(
        self,
        method: str,
        url: str,
        *,
        body: object = None,
        content_type: str | None = None,
        accept: str | None = "*/*",
        token: str | None = None,
    ) -> requests.Response:
        """Any service request; `body` is text or JSON data, `accept` None sends no such header."""
        headers = {
            "Authorization": f"Bearer {self.token() if token is None else token}",
            "Accept": accept,
            "Content-Type": content_type,
        }
        data = body if isinstance(body, str) or body is None else json.dumps(body)
        payload = data.encode() if isinstance(data, str) else None
        return self.session.request(method, url, headers=headers, data=payload, timeout=10)

    def score_url(self, column_id: str, *, suffix: str = "/scores", type_id: str | None = "1") -> str:
        """The address of a column's scores (or results): before the question mark."""
        address, _, _ = self.state.addresses.line_item("2", column_id).partition("?")
        return address + suffix + (f"?type_id={type_id}" if type_id is not None else "")

    def score(self, column_id: str, person_id: str, given: object = 12, **changes: Any) -> requests.Response:
        """Post a good score; `changes` replace fields (None: leave out), `content_type`, `token`, `raw`."""
        content_type = changes.pop("content_type", SCORE_TYPE)
        token, raw = changes.pop("token", None), changes.pop("raw", None)
        fields = {
            "userId": person_id,
            "timestamp": datetime.now(UTC).isoformat(),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": given,
            "scoreMaximum": 20,
            **changes,
        }
        body = raw or {name: value for name, value in fields.items() if value is not None}
        return self.send("POST", self.score_url(column_id), body=body, content_type=content_type, token=token)

    def kinds(self) -> list[str]:
        """The kinds of the violations so far."""
        return [violation.kind for violation in self.state.violations]
