"""`platform invite|invitations|uninvite|deployments|approve` on an installation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from demo.lms import LmsBrowser, RunningLms
from tests.commands.operator import Installation

pytestmark = pytest.mark.slow


def address(said: str) -> str:
    """The address an invitation is."""
    [found] = re.findall(r"https?://\S+/lti/register/\S+", said)
    return str(found)


def test_invite_list_withdraw(tmp_path: Path) -> None:
    installation = Installation(folder=tmp_path)
    assert "No invitation yet" in installation.done("platform", "invitations")
    said = installation.done("platform", "invite", "--name", "Moodle", "--days", "3")
    assert "invitation 1, good once until" in said
    assert "Add LTI Advantage" in said
    code = address(said).rpartition("/")[2]
    assert address(said) == f"{installation.url}/lti/register/{code}"
    assert len(code) >= 40
    assert address(installation.done("platform", "invite")) != address(said)
    listed = installation.done("platform", "invitations")
    assert code not in listed
    assert "1  Moodle  open until" in listed
    assert code.encode() not in (tmp_path / "data" / "pix-lti.sqlite").read_bytes()
    assert "invitation 1 withdrawn" in installation.done("platform", "uninvite", "1")
    assert "1  Moodle  withdrawn" in installation.done("platform", "invitations")
    assert "no open invitation 1" in installation.refused("platform", "uninvite", "1")
    assert "no open invitation 7" in installation.refused("platform", "uninvite", "7")
    for wrong in (["--days", "0"], ["--days", "91"]):
        assert "--days" in installation.refused("platform", "invite", *wrong)
    told = installation.refused("platform", "invite", "--name", "x" * 201, "--service-origin", "https://a/b")
    assert "- name: " in told
    assert "- service_origins: " in told


def test_from_the_printed_address_to_an_approved_deployment(tmp_path: Path) -> None:
    installation = Installation(
        folder=tmp_path, settings={"ALLOWED_NETWORKS": "127.0.0.0/8", "NEW_DEPLOYMENTS": "hold"}
    )
    invitation = address(installation.done("platform", "invite", "--name", "Campus"))
    with (
        RunningLms(tool=None) as lms,
        installation.serving(),
        LmsBrowser(lms.state, "2", policy="blocked") as administrator,
    ):
        start = f"{lms.address}/mod/lti/startltiadvregistration.php?url={invitation}"
        done = administrator.submit(administrator.get(start).form(having="sealed"))
        assert done.status == 200, done.html
        listed = installation.done("platform", "list")
        assert "1  Campus  (enabled)" in listed
        assert "no launch yet" in listed
        assert "used" in installation.done("platform", "invitations")
        lms.state.activate(lms.state.types.get("1"))
        with LmsBrowser(lms.state, "101") as student:
            assert student.launch("1").status == 200
        assert "no launch yet" not in installation.done("platform", "list")
        assert "No deployment waits" in installation.done("platform", "deployments")
        lms.state.deployment_id = "2"  # as an LMS that deploys the same client once more
        with LmsBrowser(lms.state, "101") as student:
            assert student.launch("1").status == 403
            waiting = installation.done("platform", "deployments")
            assert "platform 1  Campus: 1" in waiting
            assert "1  waits: deployment 2 of platform 1 (Campus)" in waiting
            assert "may launch" in installation.done("platform", "approve", "1")
            assert student.launch("1").status == 200
        assert "no deployment 1 waits" in installation.refused("platform", "approve", "1")
        assert requests.get(invitation, timeout=10).status_code == 410
    log = (tmp_path / "gunicorn.log").read_text()
    assert '"event": "platform registered"' in log
    assert invitation.rpartition("/")[2] not in log
    assert "eyJ" not in log
