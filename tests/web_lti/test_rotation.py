"""Keys change, the tool's or the platform's, and nobody notices: marks arrive, launches open."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from demo.lms import Fault, LmsBrowser, RunningLms
from lti.platform_keys import UNKNOWN_KEY_PAUSE
from tests.lti.forge import ForgedPlatform, rsa_key
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


@pytest.mark.slow
def test_a_platform_with_a_stale_copy_of_our_keys_knows_the_one_that_signs(own_stage: Stage) -> None:
    """The next key was published long before it signs: a copy read before the rotation holds it."""
    tool = own_stage.tool
    fields = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300"}
    with RunningLms(tool=tool.addresses) as lms:
        tool.register(lms.state)
        read = requests.get(f"{tool.base}/lti/jwks", timeout=10)
        own_stage.server.answer("GET", "/stale", body=read.content, Content_Type="application/json")
        lms.state.tool = replace(tool.addresses, jwks_url=f"{own_stage.server.url}/stale")
        plan = rotate_keys(tool.world.database, tool.settings.secret, datetime.now(UTC))
        assert plan.promote
        assert plan.promote in read.text
        # Again at once: the newest key is in no copy yet, so it waits.
        again = rotate_keys(tool.world.database, tool.settings.secret, datetime.now(UTC))
        assert (again.promote, again.wait_until is not None) == (None, True)
        time.sleep(READ_AGAIN_AFTER + 0.5)
        with LmsBrowser(lms.state, "101") as browser:
            sent = browser.submit(browser.launch("1").form(having="form_token"), fields)
            assert sent.status == 200
        tool.drain()
        assert tool.site.keyring().active.kid == plan.promote
        assert lms.state.gradebook.mark(lms.state.column_of("1").id, "101") is not None
        assert not lms.state.violations
    published = requests.get(f"{tool.base}/lti/jwks", timeout=10).json()["keys"]
    assert {plan.promote, plan.retire} < {each["kid"] for each in published}


def test_an_old_key_stays_until_nobody_needs_it(own_stage: Stage) -> None:
    """A platform checks what we signed minutes ago; a week later nothing of it lives."""
    database, secret = own_stage.tool.world.database, own_stage.tool.settings.secret
    now = datetime.now(UTC)
    first = rotate_keys(database, secret, now).retire
    for days, there in ((1, True), (6, True), (8, False)):
        rotate_keys(database, secret, now + timedelta(days=days))
        published = own_stage.visitor().get("/lti/jwks").json()["keys"]
        assert (first in {each["kid"] for each in published}) == there


@pytest.mark.slow
def test_a_platform_that_changes_its_key(own_stage: Stage) -> None:
    """To another id, or under the same one; and then its key set cannot be reached for a while."""
    stage = own_stage
    assert stage.launched(sub="before").page.status_code == 200
    changed = ForgedPlatform(base_url=stage.server.url, key_id="moodle-key-2")
    changed.publish(stage.server)
    stage.platform = changed
    assert stage.launched(sub="another id").page.status_code == 200
    changed.key = rsa_key("another key of the same id")
    changed.publish(stage.server)
    time.sleep(UNKNOWN_KEY_PAUSE)  # what does not verify makes the tool ask again, but only so often
    assert stage.launched(sub="same id").page.status_code == 200
    stage.server.answer("GET", "/mod/lti/certs.php", status=503)
    assert stage.launched(sub="unreachable").page.status_code == 200
    forged = stage.platform.sign(stage.platform.claims(now=stage.now()), key=rsa_key("not the platform's"))
    visitor = stage.visitor()
    form = {**stage.form(visitor), "id_token": forged}
    assert visitor.post("/lti/launch", form).status_code == 401
