"""`python -m bench.load`: many launches, some at once, from a process of its own so that its CPU is nobody else's.

Reads a job (JSON) from standard input, prints what it saw (JSON). Every launch is of a new browser.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.figures import percentile
from bench.platforms import BenchPlatform
from bench.processes import ROOT, BenchFailed, python
from bench.visitor import Launcher, Visitor

IN_FLIGHT = 4
"""Launches under way at once, as in the peers' measurements."""


@dataclass(frozen=True, kw_only=True)
class LoadSeen:
    """What the browsers saw: seconds in all, milliseconds of a launch, requests, characters of the last page."""

    launches: int
    seconds: float
    p50: float
    p95: float
    requests: int
    characters: int


def load(platform: BenchPlatform, tool: str, subs: Sequence[str], *, page: bool) -> LoadSeen:
    """Launch once for each of these students from a new process; `page=False` stops at the launch's answer.

    Raises:
        BenchFailed: a launch was not taken.
    """
    job = {
        "tool": tool,
        "claims": platform.claims(tool),
        "key_pem": platform.key_pem,
        "key_id": platform.forged.key_id,
        "subs": list(subs),
        "page": page,
    }
    done = subprocess.run(
        python("-m", "bench.load"),
        cwd=ROOT,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchFailed(f"the load was not taken:\n{done.stderr[-3000:]}")
    return LoadSeen(**json.loads(done.stdout))


def launcher_of(tool: str, claims: dict[str, Any], key_pem: str, key_id: str) -> Launcher:
    """A launcher from plain data."""
    key = load_pem_private_key(key_pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise BenchFailed("launches are signed by an RSA key")
    return Launcher(tool=tool, claims=claims, key=key, key_id=key_id)


def _run(job: dict[str, Any]) -> LoadSeen:
    launcher = launcher_of(job["tool"], job["claims"], job["key_pem"], job["key_id"])

    def one(sub: str) -> tuple[float, int, int]:
        visitor = Visitor()
        began = time.perf_counter()
        page = visitor.launch(launcher, sub, page=job["page"])
        return time.perf_counter() - began, visitor.requests, len(page.html)

    began = time.perf_counter()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        seen = list(pool.map(one, job["subs"]))
    return LoadSeen(
        launches=len(seen),
        seconds=time.perf_counter() - began,
        p50=percentile([seconds * 1000 for seconds, _, _ in seen], 0.5),
        p95=percentile([seconds * 1000 for seconds, _, _ in seen], 0.95),
        requests=sum(requests for _, requests, _ in seen),
        characters=seen[-1][2],
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_run(json.load(sys.stdin)))))
