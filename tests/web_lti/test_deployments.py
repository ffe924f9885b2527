"""Deployments of a known platform that nobody knows: adopted, held until approved, or refused, as the setting says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lti.registration import NewDeployments
from tests.web_lti.conftest import Stage, prepare, staged
from workflows.deployments import approve, list_held


@contextmanager
def stage_where(new_deployments: NewDeployments, folder: Path, original: Path) -> Iterator[Stage]:
    shutil.copy(original, folder)
    url = f"sqlite:///{folder / 'tool.sqlite'}"
    for stage in staged(url, folder, new_deployments=new_deployments):
        stage.register(stage.platform.registration, client_id="new", deployment_ids=frozenset())
        yield stage


def launch(stage: Stage, deployment: str, client: str = "new") -> int:
    """Launch from a deployment; the status of the answer."""
    visitor = stage.visitor()
    place = stage.asked(visitor, client_id=client, lti_deployment_id=deployment)
    form = stage.platform.launch_form(
        place, now=stage.now(), target_link_uri=stage.target, aud=client, deployment_id=deployment
    )
    return visitor.post("/lti/launch", form).status_code


def test_by_default_the_first_is_adopted_and_others_are_refused(own_stage: Stage) -> None:
    own_stage.register(own_stage.platform.registration, client_id="new", deployment_ids=frozenset())
    assert [launch(own_stage, each) for each in ("5", "6", "5")] == [303, 403, 303]
    assert list_held(own_stage.tool.world) == []


def test_held_until_approved(tmp_path: Path, original: Path) -> None:
    with stage_where(NewDeployments.HOLD, tmp_path, original) as stage:
        before = stage.counts()
        assert [launch(stage, each) for each in ("5", "6", "5")] == [403, 403, 403]
        assert stage.counts() == before
        first, second = list_held(stage.tool.world)
        assert (first.deployment_id, second.deployment_id) == ("5", "6")
        assert first.last_at >= second.first_at
        approve(stage.tool.world, first.id)
        assert [launch(stage, each) for each in ("5", "6")] == [303, 403]
        with pytest.raises(LookupError):
            approve(stage.tool.world, first.id)
        # A platform whose deployments are known holds a further one, too.
        assert [launch(stage, each, "sl9OsTF0WbtXFXT") for each in ("1", "9")] == [303, 403]
        assert [each.deployment_id for each in list_held(stage.tool.world)] == ["6", "9"]


def test_refused_without_a_trace(tmp_path: Path, original: Path) -> None:
    with stage_where(NewDeployments.REFUSE, tmp_path, original) as stage:
        assert [
            launch(stage, "5"),
            launch(stage, "1", "sl9OsTF0WbtXFXT"),
            launch(stage, "2", "sl9OsTF0WbtXFXT"),
        ] == [
            403,
            303,
            403,
        ]
        assert list_held(stage.tool.world) == []


def test_only_a_signed_launch_is_held(tmp_path: Path, original: Path) -> None:
    with stage_where(NewDeployments.HOLD, tmp_path, original) as stage:
        visitor = stage.visitor()
        form = stage.form(visitor, deployment_id="77")
        header, body, signature = form["id_token"].split(".")
        form["id_token"] = f"{header}.{body}.{signature[:-8]}AAAAAAAA"
        assert visitor.post("/lti/launch", form).status_code == 401
        assert list_held(stage.tool.world) == []


def test_the_page_tells_the_person(tmp_path: Path, original: Path) -> None:
    with stage_where(NewDeployments.HOLD, tmp_path, original) as stage:
        visitor = stage.visitor()
        answer = visitor.post("/lti/launch", stage.form(visitor, deployment_id="77"))
        assert "Ce déploiement attend d’être approuvé" in answer.text
        assert stage.server.url in answer.headers["Content-Security-Policy"]


def test_on_both_databases(database_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    for stage in staged(database_url, tmp_path, new_deployments=NewDeployments.HOLD):
        assert [launch(stage, "9", "sl9OsTF0WbtXFXT") for _ in range(2)] == [403, 403]
        [held] = list_held(stage.tool.world)
        approve(stage.tool.world, held.id)
        assert launch(stage, "9", "sl9OsTF0WbtXFXT") == 303
