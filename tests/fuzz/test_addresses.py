"""Every address, whatever the method, the words in it, the form, the headers and the bytes: a page, never a failure."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.fuzz.effort import examples
from tests.fuzz.front_door import FrontDoor
from tests.fuzz.nonsense import ENCODABLE, NASTY

READING = ("GET", "HEAD", "OPTIONS")
METHODS = some.sampled_from([*READING, "POST", "POST", "POST", "PUT", "DELETE", "PATCH", "TRACE"])
PIECES = (
    some.sampled_from(["cc1", "exam", "catchup", "1", "2", "0", "999999999", "-1", "close", "open"])
    | ENCODABLE
)
FIELDS = some.sampled_from(
    [
        "form_id",
        "choice",
        "person",
        "everybody",
        "back",
        "seen",
        "identity",
        "level_1_3",
        "total",
        "error",
        "from",
        "n",
    ]
)
VALUES = some.sampled_from(["1", "2", "yes", "HA1G10H|2026-2027|cc1", "ignore"]) | ENCODABLE
FORMS = some.dictionaries(FIELDS | ENCODABLE, VALUES, max_size=5)


def path_of(rule: Rule, data: some.DataObject, visit: str) -> str:
    """An address of this rule, words drawn for its variables; the visit is the visitor's, mostly."""

    def word(variable: re.Match[str]) -> str:
        name = variable[1]
        return (
            visit if name == "visit_id" and data.draw(some.integers(0, 9)) else data.draw(PIECES, label=name)
        )

    return re.sub(r"<(?:[^<>]*:)?(\w+)>", word, rule.rule)


@pytest.mark.slow
@examples(80)
@given(data=some.data())
def test_every_route_with_any_words(door: FrontDoor, data: some.DataObject) -> None:
    rules = sorted((each for each in door.app.url_map.iter_rules()), key=lambda each: each.rule)
    rule = data.draw(some.sampled_from(rules))
    visitor = data.draw(some.sampled_from([door.teacher, door.teacher, door.student]))
    client = visitor.client if data.draw(some.integers(0, 7)) else door.client()
    method = data.draw(METHODS)
    form: dict[str, Any] = data.draw(FORMS)
    if data.draw(some.integers(0, 5)):
        form["form_token"] = visitor.form_token
    before = door.stored()
    path = path_of(rule, data, visitor.base.rpartition("/")[2])
    try:
        answer = client.open(
            EnvironBuilder(
                path="/" + path.lstrip("/").replace("?", "%3F").replace("#", "%23"),
                method=method,
                base_url=door.address,
                query_string=data.draw(FORMS),
                data=form if method not in READING else None,
            )
        )
        assert answer.status_code < 500, answer.text
        if method in READING or answer.status_code >= 400:
            assert door.stored() == before
        if method == "GET" and answer.mimetype == "text/html" and answer.status_code not in (302, 303, 308):
            assert "<main" in answer.text
    finally:
        door.put_back()


HEADERS = (
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT",
    "HTTP_COOKIE",
    "HTTP_HOST",
    "HTTP_REFERER",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_RANGE",
    "HTTP_AUTHORIZATION",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_SEC_FETCH_DEST",
    "HTTP_USER_AGENT",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
)
ANY_BYTES = some.binary(max_size=40).map(lambda data: data.decode("latin-1"))
ODD_HEADERS = some.sampled_from(
    [
        *(each for each in NASTY if each.isascii() and "\r" not in each),
        "fr;q=x,en;q=-1,*",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=klingon",
        "-1",
        "3",
        "pixlti_browser=; pixlti_visit_=x",
        "bytes=0-,-5",
    ]
)


@examples(120)
@given(
    path=some.sampled_from(
        ["/lti/login", "/lti/launch", "/lti/jwks", "/readyz", "/static/pixlti.js", "profile/"]
    )
    | some.sampled_from(["teacher/", "imports/", "teacher/resend", "teacher/set-up"])
    | ANY_BYTES,
    method=METHODS,
    query=ANY_BYTES,
    body=some.binary(max_size=120),
    headers=some.dictionaries(some.sampled_from(HEADERS), ODD_HEADERS | ANY_BYTES, max_size=4),
)
def test_any_bytes_on_the_wire(
    door: FrontDoor, path: str, method: str, query: str, body: bytes, headers: dict[str, str]
) -> None:
    before = door.stored()
    visitor = door.teacher if "r" in path else door.student
    environ = EnvironBuilder(
        path="/", method=method, base_url=door.address, content_type="application/x-www-form-urlencoded"
    ).get_environ()
    full = path if path.startswith("/") else f"{visitor.base}/{path}"
    cookies = "; ".join(f"{each.key}={each.value}" for each in visitor.cookies())
    environ |= {
        "PATH_INFO": full,
        "REQUEST_URI": full,
        "QUERY_STRING": query,
        "HTTP_COOKIE": cookies,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **headers,
    }
    answer, status, _ = run_wsgi_app(door.app, environ, buffered=True)
    assert int(status[:3]) < 500, b"".join(answer)
    if int(status[:3]) >= 400 or method in READING:
        assert door.stored() == before
    elif door.stored() != before:
        door.put_back()


@examples(40)
@given(data=some.data())
def test_a_visit_cannot_be_made_up_from_another(door: FrontDoor, data: some.DataObject) -> None:
    visitor = data.draw(some.sampled_from([door.teacher, door.student]))
    cookie = next(each for each in visitor.cookies() if each.key.startswith("pixlti_visit"))
    place = int(data.draw(some.floats(0, 1)) * (len(cookie.value) - 2))
    noise = data.draw(some.text(some.characters(min_codepoint=33, max_codepoint=126), max_size=4))
    spoilt = cookie.value[:place] + noise + cookie.value[place + data.draw(some.integers(0, 3)) :]
    client = door.client()
    browser = next(each for each in visitor.cookies() if each.key == "pixlti_browser")
    client.set_cookie(browser.key, browser.value, path="/", domain="127.0.0.1")
    client.set_cookie(cookie.key, spoilt, path=cookie.path, domain="127.0.0.1")
    answer = door.get(client, f"{visitor.base}/profile/")
    assert answer.status_code == (200 if spoilt == cookie.value else 401), answer.text
