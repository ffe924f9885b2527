"""Dynamic registration over HTTP, at Moodle's addresses: what the LMS says of itself, and where tools register."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from demo.lms.state import current_state
from demo.lms.tokens import AGS_SCOPES, MEMBERS
from demo.lms.tool_types import RegistrationRefused

registration = Blueprint("registration", __name__, url_prefix="/mod/lti")


@registration.get("/openid-configuration.php")
def openid_configuration() -> ResponseReturnValue:
    """What Moodle 5.1 says of itself."""
    addresses = current_state().addresses
    return jsonify(
        {
            "issuer": addresses.base,
            "token_endpoint": addresses.token,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": addresses.certs,
            "authorization_endpoint": addresses.auth,
            "registration_endpoint": f"{addresses.base}/mod/lti/openid-registration.php",
            "scopes_supported": [*AGS_SCOPES, MEMBERS, "openid"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "moodle",
                "version": "5.1+ (Build: 20251017)",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
                ],
                "variables": ["Context.id", "Context.id.history", "Person.sourcedId", "User.username"],
            },
        }
    )


@registration.route("/openid-registration.php", methods=["GET", "POST"])
def openid_registration() -> ResponseReturnValue:
    """Register a tool, or bring one up to date; GET tells what is registered. Success is 200, errors are plain text."""
    state = current_state()
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if request.method == "GET":
        return _json(state.types.current_registration(token))
    kept, answer = state.types.register(token, request.get_data())
    state.follow(kept)
    return _json(answer)


@registration.get("/startltiadvregistration.php")
def start_registration() -> ResponseReturnValue:
    """What the administrator's frame opens: the tool's address, with the two parameters added to its own."""
    state = current_state()
    url, update = request.args["url"], request.args.get("type")
    token = state.types.new_token(update=update)
    glue = "&" if "?" in url else "?"
    configuration = f"{state.issuer}/mod/lti/openid-configuration.php"
    return redirect(
        f"{url}{glue}{urlencode({'openid_configuration': configuration, 'registration_token': token})}"
    )


@registration.errorhandler(RegistrationRefused)
def refused(problem: RegistrationRefused) -> ResponseReturnValue:
    """Moodle's plain text, and a note that the tool made a mistake."""
    current_state().violate("registration", problem.text)
    return Response(problem.text, status=problem.status, content_type="text/html; charset=utf-8")


def _json(answer: dict[str, Any]) -> Response:
    return jsonify(answer)
