"""The platform of the bench: it signs launches here, and a process of its own answers as its addresses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cryptography.hazmat.primitives import serialization

from bench.processes import BenchFailed, Program, free_port, python, running, wait_for_port
from lti.registration import Registration
from tests.lti.forge import ForgedPlatform

COURSE, LINK = "2", "1"
_PATIENCE = 180.0


@dataclass(frozen=True, kw_only=True)
class BenchPlatform:
    """Who signs (`forged`), and the process that answers for it."""

    forged: ForgedPlatform
    program: Program

    @property
    def registration(self) -> Registration:
        """What an administrator registers in a tool."""
        return self.forged.registration

    @property
    def line_items_url(self) -> str:
        """The course's columns."""
        return f"{self.forged.base_url}/mod/lti/services.php/{COURSE}/lineitems?type_id=1"

    @property
    def line_item_url(self) -> str:
        """The activity's own column, as launches name it."""
        return f"{self.forged.base_url}/mod/lti/services.php/{COURSE}/lineitems/2/lineitem?type_id=1"

    @property
    def key_pem(self) -> str:
        """The private key that signs launches, for the process that makes load."""
        return self.forged.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def claims(self, tool: str) -> dict[str, Any]:
        """The claims of a launch of the activity in the tool at this address: a template, to be completed."""
        return self.forged.claims(
            now=datetime.now(UTC), target_link_uri=f"{tool}/lti/launch", remove=("lis",)
        )

    def arrivals(self) -> list[float]:
        """When scores arrived since the last call (`time.monotonic`), in order."""
        with urlopen(f"{self.forged.base_url}/arrivals", timeout=30) as answer:
            return sorted(json.load(answer))

    def wait_for_scores(self, number: int) -> list[float]:
        """Wait for so many scores, asking seldom so as not to disturb; when each arrived, in order.

        Raises:
            BenchFailed: they do not come.
        """
        arrived: list[float] = []
        until = time.monotonic() + _PATIENCE
        while len(arrived) < number:
            if time.monotonic() > until:
                raise BenchFailed(f"{len(arrived)} of {number} scores arrived within {_PATIENCE:.0f} s")
            time.sleep(0.5)
            arrived += self.arrivals()
        return sorted(arrived)


@contextmanager
def running_platform(folder: Path, *, latency: float = 0.0) -> Iterator[BenchPlatform]:
    """The platform for the time of the block; every answer takes `latency` seconds."""
    port = free_port()
    forged = ForgedPlatform(base_url=f"http://127.0.0.1:{port}")
    jwks = folder / "platform-jwks.json"
    jwks.write_text(json.dumps(forged.jwks), encoding="utf-8")
    command = python("-m", "bench.platform_stub", "--port", str(port), "--jwks", str(jwks))
    with running("platform", [*command, "--latency", str(latency)], folder, {}) as program:
        wait_for_port(program, port)
        yield BenchPlatform(forged=forged, program=program)
