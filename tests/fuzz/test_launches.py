"""Well signed nonsense, through the whole application into the database: a page or a refusal, never a failure.

What `lti` itself makes of it is in `tests/lti/test_mangled_claims.py`; here it is kept, shown and read again.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import jwt
from hypothesis import given
from hypothesis import strategies as some

from tests.fuzz.effort import examples
from tests.fuzz.front_door import FrontDoor
from tests.fuzz.nonsense import ENCODABLE, JSON_VALUES, TEXT
from tests.lti.forge import CLAIM, INSTRUCTOR, LEARNER
from tests.lti.test_mangled_claims import mangled_claims

_TEXTS = (
    "sub",
    "name",
    "given_name",
    "family_name",
    "email",
    f"{CLAIM}target_link_uri",
    f"{CLAIM}deployment_id",
)
_INSIDE = {
    f"{CLAIM}context": ("id", "label", "title", "type"),
    f"{CLAIM}resource_link": ("id", "title", "description"),
    f"{CLAIM}custom": ("unit", "component", "academic_year", "context_history", "resource_link_history"),
    f"{CLAIM}lis": ("person_sourcedid",),
    f"{CLAIM}launch_presentation": ("locale", "document_target", "return_url"),
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": ("scope", "lineitem", "lineitems"),
}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_JWT = re.compile(r'name="JWT" value="([^"]+)"')
_KEEP = ("nonce", "iat", "exp", "iss", "aud")


@some.composite
def spoilt(draw: some.DrawFn) -> dict[str, Any]:
    """Claims to put over good ones: texts that are odd where a text is expected, so that most come through."""
    found: dict[str, Any] = {"role": draw(some.sampled_from([LEARNER, INSTRUCTOR]))}
    for name in draw(some.lists(some.sampled_from(_TEXTS[:5]), max_size=3, unique=True)):
        found[name] = draw(TEXT)
    for name in draw(some.lists(some.sampled_from(sorted(_INSIDE)), max_size=3, unique=True)):
        keys = _INSIDE[name]
        found[name] = draw(some.dictionaries(some.sampled_from(keys), TEXT | JSON_VALUES, max_size=len(keys)))
        if name.endswith("resource_link"):
            found[name].setdefault("id", "1")
    return found


def launched(door: FrontDoor, claims: dict[str, Any], before: object) -> None:
    """Launch, and open the page it leads to: all or nothing is stored."""
    client = door.client()
    answer = door.launch(client, **claims)
    try:
        if answer.status_code == 303:
            page = door.open_page(client, answer)
            assert page.status_code < 500, page.text
            assert "<main" in page.text
        else:
            assert 400 <= answer.status_code < 500, answer.text
            assert "<main" in answer.text
            assert door.stored() == before
    finally:
        door.put_back()


@examples(30)
@given(claims=spoilt())
def test_odd_texts_are_kept_and_shown_or_refused(door: FrontDoor, claims: dict[str, Any]) -> None:
    launched(door, claims, door.stored())


@examples(25)
@given(claims=mangled_claims())
def test_mangled_claims_store_all_or_nothing(door: FrontDoor, claims: dict[str, Any]) -> None:
    launched(door, {key: value for key, value in claims.items() if key not in _KEEP}, door.stored())


_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_ASKED = (
    "accept_types",
    "accept_multiple",
    "accept_lineitem",
    "title",
    "text",
    "data",
    "deep_link_return_url",
)


@examples(30)
@given(
    changes=some.dictionaries(some.sampled_from(_ASKED), TEXT | JSON_VALUES, max_size=3),
    chosen=some.lists(some.sampled_from(["cc1", "catchup"]) | ENCODABLE, max_size=4),
    dates=some.dictionaries(some.sampled_from(["opens_cc1", "closes_cc1", "unit", "component"]), ENCODABLE),
)
def test_odd_requests_for_content_are_refused_or_answered(
    door: FrontDoor, changes: dict[str, Any], chosen: list[str], dates: dict[str, str]
) -> None:
    """Whatever a platform asks and a form says: a page, and an answer that holds `data` to the letter."""
    client, before = door.client(), door.stored()
    settings = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "deep_link_return_url": f"{door.platform.base_url}/back",
        "accept_multiple": True,
        **changes,
    }
    answer = door.launch(
        client,
        message_type="LtiDeepLinkingRequest",
        role=INSTRUCTOR,
        remove=("resource_link",),
        **{_SETTINGS: settings},
    )
    try:
        if answer.status_code != 303:
            assert 400 <= answer.status_code < 500, answer.text
            assert door.stored() == before
            return
        page = door.open_page(client, answer)
        assert page.status_code == 200, page.text
        token = _TOKEN.search(page.text)
        assert token
        path = urlsplit(page.request.url).path
        form = {"form_token": token[1], "unit": "HA1G10H|2026-2027", "component": chosen, **dates}
        sent = door.open_page(client, door.post(client, path, form))
        assert sent.status_code in (200, 422), sent.text
        if sent.status_code == 200:
            found = _JWT.search(sent.text)
            assert found
            claims = jwt.decode(found[1], options={"verify_signature": False})
            assert claims.get(_SETTINGS.replace("deep_linking_settings", "data")) == settings.get("data")
    finally:
        door.put_back()


_LOGIN = (
    "iss",
    "login_hint",
    "target_link_uri",
    "client_id",
    "lti_message_hint",
    "lti_deployment_id",
    "cookie",
)


@examples(40)
@given(
    fields=some.dictionaries(some.sampled_from(_LOGIN), ENCODABLE),
    by_post=some.booleans(),
    framed=some.booleans(),
)
def test_logins_are_begun_or_refused_and_store_nothing(
    door: FrontDoor, fields: dict[str, str], by_post: bool, framed: bool
) -> None:
    before = door.stored()
    sent = {**door.platform.login(target_link_uri=f"{door.address}/lti/launch"), **fields}
    answer = door.client().open(
        "/lti/login",
        method="POST" if by_post else "GET",
        data=sent if by_post else None,
        query_string=None if by_post else sent,
        base_url=door.address,
        headers={"Sec-Fetch-Dest": "iframe"} if framed else {},
    )
    assert answer.status_code in (302, 303) or 400 <= answer.status_code < 500
    assert door.stored() == before


@examples(40)
@given(data=some.data())
def test_a_state_or_token_damaged_anywhere_is_refused(door: FrontDoor, data: some.DataObject) -> None:
    before = door.stored()
    client = door.client()
    form = door.platform.launch_form(
        door.begin(client), now=door.site.world.now(), target_link_uri=f"{door.address}/lti/launch"
    )
    name = data.draw(some.sampled_from(["state", "id_token"]))
    # A share of the length, which differs from one example to the next; the last sign may hold bits of no meaning.
    place = int(data.draw(some.floats(0, 1)) * (len(form[name]) - 2))
    length = data.draw(some.integers(0, 3))
    noise = data.draw(some.text(some.characters(min_codepoint=33, max_codepoint=126), max_size=4))
    damaged = form[name][:place] + noise + form[name][place + length :]
    if damaged == form[name]:
        return
    answer = door.post(client, "/lti/launch", {**form, name: damaged})
    assert 400 <= answer.status_code < 500, answer.text
    assert door.stored() == before
