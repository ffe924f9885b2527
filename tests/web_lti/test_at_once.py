"""Many at once, on both databases: one nonce serves once, one row each, never a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.lti.forge import INSTRUCTOR, ForgedPlatform
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor


def at_once(*doing: Callable[[], requests.Response]) -> list[int]:
    """Do everything at the same instant; the statuses."""
    barrier = threading.Barrier(len(doing))
    found: list[int] = []

    def run(do: Callable[[], requests.Response]) -> None:
        barrier.wait()
        found.append(do().status_code)

    threads = [threading.Thread(target=run, args=(each,)) for each in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(found)


def posting(visitor: Visitor, form: dict[str, str]) -> Callable[[], requests.Response]:
    """A launch, to be posted later."""
    return lambda: visitor.post("/lti/launch", form)


def test_one_launch_posted_many_times_at_once_serves_once(both_stages: Stage) -> None:
    for turn in range(3):
        visitor = both_stages.visitor()
        form = both_stages.form(visitor, sub=f"replayed {turn}")
        assert at_once(*[posting(visitor, form)] * 8) == [303, *[401] * 7]
    assert both_stages.count("used_nonce") == 3
    assert both_stages.count("person") == 3


FIRST: dict[str, Callable[[int], dict[str, Any]]] = {
    "the same person": lambda _number: {},
    "another person each": lambda number: {"sub": str(number)},
    "another activity each": lambda number: {"resource_link": {"id": str(number)}},
    "another course each": lambda number: {
        "context": {"id": str(number)},
        "resource_link": {"id": f"{number} too"},
    },
    "no course": lambda _number: {"remove": ["context"]},
    "a course renamed meanwhile": lambda number: {"context": {"id": "2", "title": f"Titre {number}"}},
    "an activity renamed meanwhile": lambda number: {
        "resource_link": {"id": "1", "title": f"Titre {number}"}
    },
    "an activity that changes course": lambda number: {"context": {"id": str(number)}},
    "a student and teachers": lambda number: {
        "sub": "5",
        "roles": [INSTRUCTOR] if number % 2 else ["Learner"],
    },
    "new columns": lambda number: {"custom": {"unit": "HA1G10H", "component": f"cc{1 + number % 2}"}},
}


@pytest.mark.slow
def test_many_first_launches_at_once(both_stages: Stage) -> None:
    for name, claims in FIRST.items():
        platform = ForgedPlatform(base_url=both_stages.server.url, client_id=name, deployment_ids=())
        both_stages.register(platform.registration)
        waiting = []
        for number in range(6):
            visitor = both_stages.visitor()
            form = platform.launch_form(
                both_stages.asked(visitor, platform=platform),
                now=both_stages.now(),
                target_link_uri=both_stages.target,
                **claims(number),
            )
            waiting.append(posting(visitor, form))
        assert (name, at_once(*waiting)) == (name, [303] * 6)


def test_one_row_each(both_stages: Stage) -> None:
    visitors = [both_stages.visitor() for _ in range(10)]
    waiting = [posting(each, both_stages.form(each)) for each in visitors]
    assert at_once(*waiting) == [303] * 10
    counts = both_stages.counts()
    assert {name: counts[name] for name in ("person", "course", "activity", "member")} == {
        "person": 1,
        "course": 1,
        "activity": 1,
        "member": 1,
    }
    assert counts["used_nonce"] == 10


def test_two_new_deployments_at_once_are_one_adoption(both_stages: Stage) -> None:
    platform = ForgedPlatform(base_url=both_stages.server.url, client_id="adopting", deployment_ids=())
    both_stages.register(platform.registration)
    waiting = []
    for number in range(6):
        visitor = both_stages.visitor()
        form = platform.launch_form(
            both_stages.asked(visitor, platform=platform),
            now=both_stages.now(),
            target_link_uri=both_stages.target,
            deployment_id=str(number),
        )
        waiting.append(posting(visitor, form))
    assert at_once(*waiting) == [303, *[403] * 5]


@pytest.mark.parametrize("path", ["/lti/jwks", "/readyz", "/lti/launch"])
def test_anonymous_pages_at_once(stage: Stage, path: str) -> None:
    assert at_once(*[lambda: stage.visitor().get(path)] * 16) == [200] * 16
