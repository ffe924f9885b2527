"""Marks go on arriving after the tool's signing key was rotated."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from demo.lms import Fault, LmsBrowser, RunningLms
from tests.web_lti.conftest import Stage
from workflows.tool_keys import READ_AGAIN_AFTER, rotate_keys


@pytest.mark.slow
def test_a_mark_arrives_after_a_rotation(own_stage: Stage) -> None:
    tool = own_stage.tool
    fields = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300"}
    with RunningLms(tool=tool.addresses) as lms:
        tool.register(lms.state)

        def hand_in(person_id: str) -> str:
            with LmsBrowser(lms.state, person_id) as browser:
                page = browser.launch("1")
                sent = browser.submit(page.form(having="form_token"), fields)
                assert sent.status == 200, sent.html
            tool.drain()
            return str(lms.state.gradebook.mark(lms.state.column_of("1").id, person_id))

        first = hand_in("101")
        before = tool.site.keyring().active.kid
        plan = rotate_keys(tool.world.database, tool.settings.secret, datetime.now(UTC))
        assert plan.retire == before
        time.sleep(READ_AGAIN_AFTER + 0.5)
        # The platform wants a new token, which is asked for with the new key.
        lms.state.faults.add(Fault(endpoint="scores", answer="401"))
        assert hand_in("102") == first
        assert tool.site.keyring().active.kid == plan.promote
        assert not lms.state.violations
