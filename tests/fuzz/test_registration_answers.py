"""What an LMS says of itself and answers at a registration, at random: read, or refused with what is wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given

from lti.dynamic_registration import (
    AnswerUnreadable,
    read_registration_answer,
    updates_a_registration,
    wishes_of,
)
from lti.origins import origin_of
from lti.platform_configuration import ConfigurationProblems, read_configuration
from tests.fuzz.effort import examples
from tests.fuzz.nonsense import JSON_VALUES, TEXT, objects
from tests.lti.test_dynamic_registration import TOOL, TOOL_CLAIM
from tests.lti.test_platform_configuration import ADDRESS, PLATFORM, SITE, moodle

OR_ANYTHING = dict.fromkeys(moodle(), JSON_VALUES)


@examples(150)
@given(changes=objects(OR_ANYTHING), text=TEXT)
def test_configurations(changes: dict[str, Any], text: str) -> None:
    for document in ({**moodle(), **changes}, changes, text):
        with contextlib.suppress(ConfigurationProblems):
            found = read_configuration(json.dumps(document), address=ADDRESS)
            addresses = (
                found.auth_login_url,
                found.auth_token_url,
                found.jwks_url,
                found.registration_endpoint,
            )
            assert {origin_of(each) for each in addresses} == {SITE}
            assert (found.product or "").isprintable()
            assert (found.version or "").isprintable()
            wishes_of(found, TOOL)


@examples(150)
@given(platform=objects(dict.fromkeys(("product_family_code", "version", "messages_supported"), JSON_VALUES)))
def test_what_it_says_of_its_product(platform: dict[str, Any]) -> None:
    found = read_configuration(json.dumps({**moodle(), PLATFORM: platform}), address=ADDRESS)
    assert found.issuer == SITE


@examples(150)
@given(
    answer=objects({"client_id": JSON_VALUES, TOOL_CLAIM: objects({"deployment_id": JSON_VALUES})}), text=TEXT
)
def test_answers(answer: dict[str, Any], text: str) -> None:
    for document in (answer, text):
        with contextlib.suppress(AnswerUnreadable):
            found = read_registration_answer(json.dumps(document))
            assert 0 < len(found.client_id) <= 255
            assert found.client_id.isprintable()
            assert (found.deployment_id or "").isprintable()
    with contextlib.suppress(AnswerUnreadable):
        read_registration_answer(text)
    updates_a_registration(text)
    updates_a_registration(f"a.{text}.b")
