"""Every address the tool answers, and every page a teacher or a student can reach: headers, and nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from demo.lms import Page, RunningLms
from tests.lti.forge import INSTRUCTOR
from tests.pix.exports import export
from tests.running_tool import running_tool
from tests.web_lti.conftest import Stage
from tests.web_lti.test_frames import directives
from tests.web_teacher.classroom import Classroom, address

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
}
POWERFUL = ("camera", "microphone", "geolocation", "payment", "midi", "encrypted-media", "autoplay", "usb")


class Inline(HTMLParser):
    """What a strict policy would stop, or let out: collected as `problems`; and where the page leads."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.problems: list[str] = []
        self.links: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        for key, value in named.items():
            if key == "style" or key.startswith("on"):
                self.problems.append(f"<{tag} {key}=…>")
            if key in ("src", "href", "action", "formaction") and value.lower().lstrip().startswith(
                "javascript:"
            ):
                self.problems.append(f"<{tag} {key}={value}>")
        loaded = named.get("src") or (named.get("href") if tag == "link" else None)
        if loaded and urlsplit(urljoin(self.url, loaded)).netloc != urlsplit(self.url).netloc:
            self.problems.append(f"loads {loaded}")
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.problems.append(f"<{tag}>")
        if tag == "script" and "src" not in named:
            self.problems.append("inline script")
        if tag == "a" and named.get("target") == "_blank" and "noopener" not in named.get("rel", ""):
            outside = urlsplit(urljoin(self.url, named.get("href", ""))).netloc != urlsplit(self.url).netloc
            if outside:
                self.problems.append(f"a window of another site that keeps hold of ours: {named.get('href')}")
        if tag == "a" and named.get("href"):
            self.links.append(urljoin(self.url, named["href"]).partition("#")[0])


def assert_guarded(status: int, headers: dict[str, str], *, where: str) -> None:
    """The headers of any answer."""
    policy = directives(headers)
    for directive, value in POLICY.items():
        assert policy[directive] == value, (where, directive)
    assert re.fullmatch(r"'self'( https?://[\w.:-]+)*", policy["form-action"]), (where, policy["form-action"])
    assert "unsafe" not in headers["Content-Security-Policy"], where
    ancestors = policy["frame-ancestors"].split()
    assert ancestors == ["'none'"] or all(each.startswith("http") for each in ancestors), where
    assert not any("*" in each for each in ancestors), where
    assert headers["Referrer-Policy"] == "no-referrer", where
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["Cache-Control"], where
    for feature in POWERFUL:
        assert f"{feature}=()" in headers["Permissions-Policy"], (where, feature)
    assert not [name for name in headers if name.startswith("Access-Control-")], where
    assert status != 500, where


def looked_at(url: str, text: str, headers: dict[str, str]) -> Inline:
    """A page's parts."""
    page = Inline(url)
    if headers.get("Content-Type", "").startswith("text/html"):
        page.feed(text)
    return page


def test_every_route_by_every_method(own_stage: Stage) -> None:
    visitors = [
        own_stage.launched(sub="walks"),
        own_stage.launched(sub="walks as teacher", role=INSTRUCTOR),
        own_stage.visitor(),
    ]
    asked = set()
    for rule in own_stage.tool.app.url_map.iter_rules():
        for visitor in visitors:
            visit = visitor.visit.removeprefix("/visits/") if visitor.page.url else "abcdefghijkl.1"
            values = dict.fromkeys(rule.arguments, 1) | (
                {"visit_id": visit, "digest": "x", "draft_id": "x", "component": "cc1", "what": "close"}
            )
            path = _filled(rule.rule, values)
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                answer = visitor.send(method, path, form={} if method == "POST" else None)
                where = f"{method} {rule.rule} {answer.status_code}"
                headers = dict(answer.headers)
                assert_guarded(answer.status_code, headers, where=where)
                assert looked_at(answer.url, answer.text, headers).problems == [], where
                asked.add(rule.rule)
    assert len(asked) > 25


def _filled(rule: str, values: Mapping[str, object]) -> str:
    """A rule's address with its variables filled in (any(close, open) by its first choice)."""

    def fill(found: re.Match[str]) -> str:
        converter, _, name = found[1].rpartition(":")
        if converter.startswith("any("):
            return converter[4:-1].split(",")[0].strip()
        return str(values.get(name, 1)) if not converter.startswith("int") else "1"

    return re.sub(r"<([^>]+)>", fill, rule)


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Classroom]:
    """A course where something has happened."""
    with (
        running_tool(f"sqlite:///{tmp_path / 'tool.sqlite'}", tmp_path) as tool,
        RunningLms(tool=tool.addresses) as lms,
    ):
        tool.register(lms.state)
        made = Classroom(tool=tool, lms=lms.state)
        made.declares("101", 4, 4, 4)
        made.declares("102", 2, 3, 4)
        preview = made.uploads(export(made.line("101"), made.line("103")))
        made.confirms(preview)
        made.uploads(export(made.line("102"), made.line("104", number="unheard of")))
        yield made
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize("person_id", ["101", "2"])
@pytest.mark.parametrize("activity", ["1", "4", "5"])
def test_every_page_a_person_can_reach(classroom: Classroom, person_id: str, activity: str) -> None:
    browser = classroom.browser(person_id)
    first = classroom.opens(person_id, activity)
    seen: dict[str, Page] = {first.url.partition("?")[0]: first}
    to_see = [first, browser.get(address(first, "imports/"))]
    patterns: dict[str, int] = {}
    while to_see:
        page = to_see.pop()
        headers = dict(page.headers)
        assert_guarded(page.status, headers, where=page.url)
        assert directives(headers)["frame-ancestors"] == classroom.lms.issuer, page.url
        found = looked_at(page.url, page.html, headers)
        assert found.problems == [], page.url
        for link in found.links:
            pattern = re.sub(r"\d+", "#", urlsplit(link).path)
            if (
                link in seen
                or not link.startswith(f"{classroom.tool.base}/visits/")
                or patterns.get(pattern, 0) > 3
            ):
                continue
            patterns[pattern] = patterns.get(pattern, 0) + 1
            seen[link] = browser.get(link)
            assert seen[link].status < 500, link
            to_see.append(seen[link])
    assert len(seen) >= (4 if person_id == "2" and activity == "1" else 1), list(seen)
