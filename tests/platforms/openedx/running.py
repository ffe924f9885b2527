"""The Open edX process as tests see it: started, prepared, looked at. All over HTTP: nothing of it is imported."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from select import select
from typing import Any, Literal

import requests

from demo.lms import ToolAddresses

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / os.environ.get("OPENEDX_VENV", ".venv-openedx") / "bin" / "python"
STARTS_WITHIN = 60.0
"""Seconds; two are usual, a busy machine with cold files takes longer."""

Mode = Literal["declarative", "programmatic", "disabled"]
"""Who makes the column: Open edX (and the launch names it), the tool, or nobody."""
Answer = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """What Open edX holds for a block.

    `grades`: its gradebook, by external id, out of the block's weight. `scores`: what the LTI package keeps (a fraction
    is made of it only when it is published to the gradebook); None is a score without value.
    """

    grades: Mapping[str, Decimal]
    comments: Mapping[str, str]
    scores: Mapping[str, float | None]
    line_items: Sequence[Answer]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A placed activity. `services` is how the addresses of its grade services begin."""

    location: str
    services: str


@dataclass
class OpenEdx:
    """The running platform."""

    issuer: str
    session: requests.Session

    def add_tool(self, addresses: ToolAddresses, name: str = "Open edX") -> dict[str, str]:
        """Register the tool there; returns what the tool has to know of the platform."""
        return dict(self._control("add_tool", name=name, jwks_url=addresses.jwks_url))

    def change_keys(self, client_id: str) -> None:
        """Make the platform's keys for this tool anew: tokens it gave are refused (with 403) from now on."""
        self._control("change_keys", client_id=client_id)

    def add_block(
        self,
        client_id: str,
        addresses: ToolAddresses,
        *,
        course: str,
        block: str,
        mode: Mode = "declarative",
        weight: int = 20,
        title: str = "Compétences numériques",
        roster: bool = False,
    ) -> Block:
        """Place an activity of a registered tool in a course (`course-v1:UNIVERSITY+COURSE+RUN`)."""
        made = self._control(
            "add_block",
            client_id=client_id,
            login_url=addresses.login_url,
            launch_url=addresses.launch_url,
            course=course,
            block=block,
            mode=mode,
            weight=weight,
            title=title,
            roster=roster,
        )
        return Block(**made)

    def change_block(self, block: Block, *, past_due: bool) -> None:
        """Past due, Open edX takes no more grades for a block (and says nothing of it)."""
        self._control("change_block", location=block.location, past_due=past_due)

    def remove_line_items(self, block: Block) -> None:
        """Delete the column of a block."""
        self._control("remove_line_items", location=block.location)

    def add_person(self, name: str | None = None, *, external_id: str | None = None) -> str:
        """Make an account; returns what tools see of it. Open edX gives no name unless it is told to."""
        return str(self._control("add_person", name=name, external_id=external_id)["external_id"])

    def forget_person(self, person: str) -> None:
        """Delete an account: scores for it are answered with 500."""
        self._control("forget_person", person=person)

    def begin_launch(
        self, person: str, block: Block, role: str | None, custom: Mapping[str, str] | None = None
    ) -> str:
        """The address a browser is sent to when the person opens the block; `role` is Open edX's word."""
        begun = self._control(
            "begin_launch", person=person, location=block.location, role=role, custom=dict(custom or {})
        )
        return str(begun["url"])

    def column(self, block: Block) -> Column:
        """What Open edX holds for a block now."""
        seen = self._control("see_block", location=block.location)
        grades: Mapping[str, Answer] = seen["grades"]
        return Column(
            grades={
                person: (Decimal(str(each["score"])) * each["maximum"]).quantize(Decimal("0.01"))
                for person, each in grades.items()
            },
            comments={person: each["comment"] for person, each in grades.items()},
            scores=seen["scores"],
            line_items=seen["line_items"],
        )

    def answer_instead(
        self, path: str, *, status: int, body: str = "", method: str = "POST", times: int = 10_000
    ) -> None:
        """Answer calls whose path holds this with something else; `times=0` ends it."""
        self._control("set_fault", path=path, method=method, status=status, body=body, times=times)

    def calls(self, path: str) -> Sequence[Answer]:
        """The calls received whose path holds this: method, path, type, status, answer."""
        received: Sequence[Answer] = self._control("see_calls", path=path)["calls"]
        return received

    def _control(self, action: str, **asked: Any) -> Answer:
        response = self.session.post(f"{self.issuer}/control/{action}", json=asked, timeout=30)
        response.raise_for_status()
        answer: Answer = response.json()
        return answer


@contextmanager
def running_openedx() -> Iterator[OpenEdx]:
    """Start the platform, and end it (it ends by itself when this process does).

    Raises:
        RuntimeError: its environment is missing, or it did not start; with what it said.
    """
    if not PYTHON.exists():
        raise RuntimeError(f"{PYTHON} is missing: run `make openedx-env`")
    program = Path(__file__).with_name("platform.py")
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            [PYTHON, "-I", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, cwd="/"
        ) as process,
        requests.Session() as session,
    ):
        try:
            yield OpenEdx(issuer=_issuer(process, said), session=session)
        finally:
            process.terminate()


def _issuer(process: subprocess.Popen[bytes], said: Any) -> str:
    """Read the line it prints when it serves."""
    if process.stdout is None:
        raise RuntimeError("the platform was started without its output")
    ready, _, _ = select([process.stdout], [], [], STARTS_WITHIN)
    line = process.stdout.readline() if ready else b""
    if not line:
        said.seek(0)
        raise RuntimeError(f"the Open edX platform did not start: {said.read().decode()[-2000:]}")
    return str(json.loads(line)["issuer"])
