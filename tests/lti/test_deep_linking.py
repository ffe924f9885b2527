"""Deep linking: which requests are taken and which refused, and an answer that is exact to the letter."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from lti.deep_linking import ActivityOffer, ColumnOffer, DeepLinkingAnswer
from lti.errors import LaunchRefused, RefusalReason
from lti.keys import Keyring, public_jwks
from lti.launch import DeepLinking
from tests.lti.conftest import NOW, TARGET, Tool
from tests.lti.forge import CLAIM, INSTRUCTOR, LEARNER, ROLE, rsa_key

SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def settings(tool: Tool, **changes: Any) -> dict[str, Any]:
    """Moodle's own settings; None takes one away."""
    found = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": f"{tool.platform.base_url}/mod/lti/contentitem_return.php?course=2&id=1&sesskey=abc",
        "title": "Pix",
        "text": "",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def form_of(tool: Tool, *, asked: Any = None, role: str = INSTRUCTOR, **claims: Any) -> dict[str, str]:
    """What Moodle posts: no resource link, no way back, no `data`; any claim over it."""
    presentation = {f"{CLAIM}launch_presentation": {"locale": "fr"}}
    merged = {SETTINGS: settings(tool) if asked is None else asked, **presentation, **claims}
    removed = ("resource_link", *merged.pop("remove", ()))
    return tool.platform.launch_form(
        tool.login(), now=NOW, role=role, message_type="LtiDeepLinkingRequest", remove=removed, **merged
    )


def ask(tool: Tool, **how: Any) -> DeepLinking:
    read = tool.read_any(form_of(tool, **how))
    assert isinstance(read, DeepLinking)
    return read


def refusal(tool: Tool, **how: Any) -> RefusalReason:
    with pytest.raises(LaunchRefused) as refused:
        tool.read_any(form_of(tool, **how))
    return refused.value.reason


def test_moodles_request_is_read(tool: Tool) -> None:
    asked = ask(tool)
    assert asked.context is not None
    assert (asked.subject, asked.context.id, asked.deployment_id, asked.locale) == ("5", "2", "1", "fr")
    assert asked.settings.accept_multiple
    assert asked.settings.accept_line_item
    assert asked.settings.data is None
    assert asked.settings.return_url.endswith("sesskey=abc")
    assert asked.settings.document_targets == ("frame", "iframe", "window")


@pytest.mark.parametrize(
    ("changes", "multiple", "line_item", "data"),
    [
        ({"accept_multiple": None}, False, True, None),
        ({"accept_multiple": "true", "accept_lineitem": "false"}, True, False, None),
        ({"accept_multiple": False, "accept_lineitem": True}, False, True, None),
        ({"data": "a\nb\u2028é\x00\ud800"}, True, True, "a\nb\u2028é\x00\ud800"),
        ({"data": {"op": 321, "v": "3.2"}}, True, True, {"op": 321, "v": "3.2"}),
        ({"accept_types": ["link", "ltiResourceLink", "html"]}, True, True, None),
    ],
)
def test_what_other_platforms_ask(
    tool: Tool, changes: dict[str, Any], multiple: bool, line_item: bool, data: object
) -> None:
    found = ask(tool, asked=settings(tool, **changes)).settings
    assert (found.accept_multiple, found.accept_line_item, found.data) == (multiple, line_item, data)


@pytest.mark.parametrize(
    "roles",
    [
        [INSTRUCTOR],
        ["Instructor"],
        [f"{ROLE}membership#ContentDeveloper"],
        # An administrator may have no role in the course.
        [f"{ROLE}institution/person#Administrator"],
        [f"{ROLE}system/person#SysAdmin", f"{ROLE}institution/person#Administrator"],
    ],
)
def test_who_may_choose(tool: Tool, roles: list[str]) -> None:
    assert ask(tool, roles=roles).may_choose


@pytest.mark.parametrize(
    "roles",
    [[LEARNER], ["Learner"], [], [f"{ROLE}membership#Mentor"], [f"{ROLE}institution/person#Instructor"]],
)
def test_who_may_not(tool: Tool, roles: list[str]) -> None:
    assert refusal(tool, roles=roles) is RefusalReason.DEEP_LINKING_ROLE


def test_a_request_without_a_course_is_taken(tool: Tool) -> None:
    assert ask(tool, remove=("context",)).context is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"deep_link_return_url": None}, RefusalReason.DEEP_LINKING_INCOMPLETE),
        ({"deep_link_return_url": ""}, RefusalReason.DEEP_LINKING_INCOMPLETE),
        ({"accept_types": None}, RefusalReason.DEEP_LINKING_INCOMPLETE),
        ({"accept_presentation_document_targets": None}, RefusalReason.DEEP_LINKING_INCOMPLETE),
        ({"accept_presentation_document_targets": []}, RefusalReason.DEEP_LINKING_INCOMPLETE),
        ({"accept_types": ["link", "file"]}, RefusalReason.DEEP_LINKING_UNSUPPORTED),
        ({"accept_types": []}, RefusalReason.DEEP_LINKING_UNSUPPORTED),
        ({"accept_types": "ltiResourceLink"}, RefusalReason.INVALID_CLAIM),
        ({"accept_multiple": 1}, RefusalReason.INVALID_CLAIM),
        ({"data": [float("nan")]}, RefusalReason.INVALID_CLAIM),
        ({"deep_link_return_url": "https://evil.example/take"}, RefusalReason.FOREIGN_SERVICE_ADDRESS),
        ({"deep_link_return_url": "javascript:alert(1)"}, RefusalReason.FOREIGN_SERVICE_ADDRESS),
        (
            {"deep_link_return_url": "https://moodle.example@evil.example/"},
            RefusalReason.FOREIGN_SERVICE_ADDRESS,
        ),
    ],
)
def test_settings_that_cannot_be_answered(
    tool: Tool, changes: dict[str, Any], expected: RefusalReason
) -> None:
    assert refusal(tool, asked=settings(tool, **changes)) is expected


@pytest.mark.parametrize("asked", [[], "settings", 5])
def test_settings_of_another_type(tool: Tool, asked: Any) -> None:
    assert refusal(tool, asked=asked) is RefusalReason.INVALID_CLAIM


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"remove": ("roles",)}, RefusalReason.ROLES_MISSING),
        ({"remove": ("deployment_id",)}, RefusalReason.DEPLOYMENT_MISSING),
        ({"deployment_id": "99"}, RefusalReason.DEPLOYMENT_UNKNOWN),
        ({"remove": ("sub",)}, RefusalReason.PERSON_MISSING),
        ({"remove": ("target_link_uri",)}, RefusalReason.TARGET_MISSING),
        ({"target_link_uri": "https://evil.example/launch"}, RefusalReason.FOREIGN_TARGET),
        ({"version": "1.1.0"}, RefusalReason.VERSION),
        ({"remove": ("exp",)}, RefusalReason.TIMES_MISSING),
        ({"exp": int(NOW.timestamp()) - 60}, RefusalReason.EXPIRED),
        ({"iat": int(NOW.timestamp()) + 600}, RefusalReason.ISSUED_IN_FUTURE),
        ({"nonce": "of another login"}, RefusalReason.NONCE_FOREIGN),
        ({"aud": "another client"}, RefusalReason.WRONG_AUDIENCE),
        ({"iss": "https://evil.example"}, RefusalReason.WRONG_ISSUER),
        ({"azp": "another client"}, RefusalReason.WRONG_AUTHORISED_PARTY),
        ({SETTINGS: None}, RefusalReason.DEEP_LINKING_INCOMPLETE),
    ],
)
def test_it_is_refused_for_whatever_a_launch_is(
    tool: Tool, how: dict[str, Any], expected: RefusalReason
) -> None:
    assert refusal(tool, **how) is expected


def test_a_request_serves_once_and_only_with_the_platforms_signature(tool: Tool) -> None:
    form = form_of(tool)
    tool.read_any(form)
    with pytest.raises(LaunchRefused) as used:
        tool.read_any(form)
    assert used.value.reason is RefusalReason.NONCE_USED
    forged = form_of(tool)
    claims = jwt.decode(forged["id_token"], options={"verify_signature": False})
    forged["id_token"] = tool.platform.sign(claims, key=rsa_key("stranger"))
    with pytest.raises(LaunchRefused) as stranger:
        tool.read_any(forged)
    assert stranger.value.reason is RefusalReason.BAD_SIGNATURE


def test_a_launch_read_as_a_launch_keeps_its_resource_link(tool: Tool) -> None:
    assert tool.launch().resource_link.id == "1"


def offer(**changes: Any) -> ActivityOffer:
    """An activity as it is offered."""
    fields: dict[str, Any] = {
        "url": TARGET,
        "title": "CC1 (Pix)",
        "text": "Envoyez ici\nvotre profil.",
        "icon_url": "https://tool.example/static/icon.svg",
        "custom": {"unit": "HA1G10H", "component": "cc1", "note": "line\r\nbreak"},
        "column": ColumnOffer(label="CC1", resource_id="HA1G10H:2026-2027:cc1", tag="cc1"),
        "opens_at": datetime(2026, 9, 14, 8, tzinfo=timezone(timedelta(hours=2))),
        "closes_at": datetime(2026, 10, 30, 22, 59, 59, tzinfo=UTC),
    }
    return ActivityOffer(**{**fields, **changes})


def answer(**changes: Any) -> DeepLinkingAnswer:
    """An answer with one activity."""
    fields: dict[str, Any] = {
        "issuer": "https://moodle.example",
        "client_id": "sl9OsTF0WbtXFXT",
        "deployment_id": "1",
        "nonce": uuid.uuid4().hex,
        "content_items": [offer().as_content_item()],
    }
    return DeepLinkingAnswer(**{**fields, **changes})


def decoded(token: str, keyring: Keyring, now: datetime) -> dict[str, Any]:
    """The claims as a strict platform reads them: our published key by its `kid`, every time checked, no leeway."""
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "RS256"
    published = {each["kid"]: each for each in public_jwks(keyring)["keys"]}
    key = RSAAlgorithm.from_jwk(json.dumps(published[header["kid"]]))
    assert isinstance(key, RSAPublicKey)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience="https://moodle.example",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iat"] < now.timestamp() < claims["exp"]
    return claims


def test_the_answer_is_exact(keyring: Keyring) -> None:
    made = answer()
    claims = decoded(made.signed(keyring.active, NOW), keyring, NOW)
    assert claims == {
        "iss": "sl9OsTF0WbtXFXT",
        "aud": "https://moodle.example",
        "iat": int(NOW.timestamp()) - 5,
        "exp": int(NOW.timestamp()) + 300,
        "nonce": made.nonce,
        f"{CLAIM}deployment_id": "1",
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{DL}content_items": [
            {
                "type": "ltiResourceLink",
                "url": TARGET,
                "title": "CC1 (Pix)",
                "text": "Envoyez ici votre profil.",
                "icon": {"url": "https://tool.example/static/icon.svg"},
                "custom": {"unit": "HA1G10H", "component": "cc1", "note": "line break"},
                "lineItem": {
                    "scoreMaximum": 20,
                    "label": "CC1",
                    "resourceId": "HA1G10H:2026-2027:cc1",
                    "tag": "cc1",
                },
                "available": {"startDateTime": "2026-09-14T06:00:00Z"},
                "submission": {
                    "startDateTime": "2026-09-14T06:00:00Z",
                    "endDateTime": "2026-10-30T22:59:59Z",
                },
            }
        ],
    }
    assert type(claims[f"{DL}content_items"][0]["lineItem"]["scoreMaximum"]) is int


def test_what_is_not_known_is_left_out(keyring: Keyring) -> None:
    item = offer(column=None, opens_at=None, closes_at=None).as_content_item()
    assert set(item) == {"type", "url", "title", "text", "icon", "custom"}
    empty = decoded(answer(content_items=[]).signed(keyring.active, NOW), keyring, NOW)
    assert empty[f"{DL}content_items"] == []
    assert f"{DL}data" not in empty
    assert f"{DL}msg" not in empty


@pytest.mark.parametrize("data", ["", "opaque=1&é\n\u2028", "\ud800", {"op": [1, 2.5, None]}, 0, False])
def test_data_goes_back_to_the_letter(keyring: Keyring, data: object) -> None:
    claims = decoded(answer(data=data).signed(keyring.active, NOW), keyring, NOW)
    assert claims[f"{DL}data"] == data


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def test_no_text_has_more_than_a_line() -> None:
    dirty = "a\r\nb\x00c\x85d\u2028e\tf"
    item = offer(title=dirty, text=dirty, custom={"k": dirty}).as_content_item()
    texts = list(_texts(item))
    assert "a bc d e f" in texts
    assert all(len(each.splitlines()) == 1 and each.isprintable() for each in texts)
