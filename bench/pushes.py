"""Marks sent to one platform that takes 50 ms to answer: by the worker as it is, and by PyLTI1p3 one at a time."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bench.figures import Extent, Figure, ratios
from bench.installation import Installation, installation
from bench.platforms import BenchPlatform, running_platform
from bench.processes import ROOT, BenchFailed, Program, python
from bench.students import sub_of
from storage.desired_scores import resend

LATENCY = 0.05
GOAL_RATE = 100
GOAL_CPU = 10.0


def measure(extent: Extent) -> list[Figure]:
    """Interleave rounds of the same column sent whole by the worker, and a tenth of it by PyLTI1p3."""
    rates, cpus, bare_rates, bare_cpus = [], [], [], []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder, latency=LATENCY))
        subs = [sub_of(number) for number in range(extent.pick(1000, 150))]
        ours = stack.enter_context(installation(folder / "ours", platform, students=subs))
        worker = stack.enter_context(ours.worker())
        job = _bare_job(platform, len(subs) // 10)
        platform.wait_for_scores(len(subs))  # unmeasured: the first sending of everything
        for _ in range(extent.pick(5, 2)):
            rate, cpu = _ours(ours, worker, platform, len(subs))
            bare_rate, bare_cpu = _bare(job)
            platform.arrivals()
            rates.append(rate)
            cpus.append(cpu)
            bare_rates.append(bare_rate)
            bare_cpus.append(bare_cpu)
    ratio, words = ratios(rates, bare_rates)
    rate, cpu = statistics.median(rates), statistics.median(cpus)
    slots = f"{ours.settings.push_slots_per_platform} of {ours.settings.push_slots} slots for one platform"
    return [
        Figure(
            measure="marks pushed, 50 ms platform",
            goal=f">= {GOAL_RATE}/s",
            found=f"{rate:.0f}/s ({min(rates):.0f}-{max(rates):.0f})",
            met=rate >= GOAL_RATE,
            detail=f"default limit, {slots}: at most {ours.settings.push_slots_per_platform / LATENCY:.0f}/s; "
            f"{len(subs)} marks a round, first arrival to last; {words} PyLTI1p3 with one service object "
            f"({statistics.median(bare_rates):.1f}/s)",
        ),
        Figure(
            measure="CPU a push",
            goal=f"<= {GOAL_CPU:.0f} ms",
            found=f"{cpu:.1f} ms ({min(cpus):.1f}-{max(cpus):.1f})",
            met=cpu <= GOAL_CPU,
            detail=f"the whole consumer process; PyLTI1p3 {statistics.median(bare_cpus):.1f} ms",
        ),
        Figure(measure="marks pushed beside PyLTI1p3", found=f"{ratio:.1f} x as many a second"),
    ]


def _ours(ours: Installation, worker: Program, platform: BenchPlatform, number: int) -> tuple[float, float]:
    """Desire the whole column anew; marks a second between first and last arrival, and CPU milliseconds a push."""
    time.sleep(1.0)  # what the round before left is written down
    cpu = worker.cpu_seconds()
    with ours.world.database.write() as connection:
        resend(connection, ours.world.now())
    arrived = platform.wait_for_scores(number)
    time.sleep(0.5)  # the last acknowledgements are written down
    used = worker.cpu_seconds() - cpu
    return (len(arrived) - 1) / (arrived[-1] - arrived[0]), used * 1000 / len(arrived)


def _bare_job(platform: BenchPlatform, number: int) -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    known = platform.registration
    return json.dumps(
        {
            "issuer": known.issuer,
            "client_id": known.client_id,
            "auth_token_url": known.auth_token_url,
            "line_item_url": platform.line_item_url,
            "key_pem": key.decode(),
            "number": max(10, number),
        }
    )


def _bare(job: str) -> tuple[float, float]:
    """Marks a second and CPU milliseconds a push of the sequential way."""
    command = python("-m", "bench.bare_push")
    done = subprocess.run(command, cwd=ROOT, input=job, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailed(f"PyLTI1p3 could not push:\n{done.stderr[-3000:]}")
    took, number = json.loads(done.stdout), json.loads(job)["number"]
    return number / took["seconds"], took["cpu_seconds"] * 1000 / number
