"""Whatever Pix's API answers: no crash, and every participation is either read or told, once."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from pix.maddo_answers import (
    HIGHEST_TOTAL,
    read_campaigns,
    read_json,
    read_organizations,
    read_participations,
)
from pix.maddo_errors import PixApiError
from tests.pix.maddo import sample

VALUES: some.SearchStrategy[Any] = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ITEM = sample("maddo_04_participations_profiles_collection_page1_200.json")["campaignParticipations"][0]
CHANGED = some.dictionaries(some.sampled_from(sorted(ITEM)), VALUES, max_size=4).map(lambda each: ITEM | each)


@given(some.lists(CHANGED | VALUES, max_size=6))
def test_participations_in_are_participations_accounted_for(items: list[Any]) -> None:
    page = read_participations({"campaignParticipations": items, "page": {"count": 1}}, 1)
    assert len(page.participations) + len(page.unreadable) == len(items)
    for each in page.participations:
        assert each.total is None or 0 <= each.total <= HIGHEST_TOTAL
        assert each.mastery is None or 0 <= each.mastery <= 1
        for text in (each.first_name, each.last_name, each.external_id or ""):
            assert "\0" not in text
            text.encode()
    for told in page.unreadable:
        assert told.problem.fr
        assert told.problem.en


@given(VALUES)
def test_any_answer_is_read_or_refused(answer: Any) -> None:
    for read in (read_organizations, read_campaigns, lambda document: read_participations(document, 1)):
        with suppress(PixApiError):
            read(answer)


@given(some.text(max_size=200) | VALUES.map(lambda value: json.dumps(value, allow_nan=True)))
def test_any_text_is_json_or_refused(text: str) -> None:
    with suppress(PixApiError):
        read_json(text)
