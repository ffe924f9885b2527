"""`python -m soak [--quick]`: kill, spoil and jump for ten minutes, then say whether anything was lost.

Exit code 1 when a promise did not hold; the folder with every log is then kept and named. `--seed` repeats the draws;
what meets what also depends on the machine's own timing.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from soak.checks import broken_promises, tracebacks
from soak.machines import SoakFailed, running_machines
from soak.mischief import Mischief
from soak.outage import live_through
from soak.students import Crowd, busy_students, everybody
from tests.postgres import Cluster, running_cluster


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much: `seconds` of kills, then `waiting` marks before an LMS whose day lasts `day` seconds."""

    kills: int
    students: int
    seconds: float
    waiting: int
    day: float


WHOLE = Extent(kills=200, students=2000, seconds=400, waiting=10_000, day=45)
QUICK = Extent(kills=20, students=200, seconds=50, waiting=1000, day=12)


def main() -> int:
    """Run it; 0 when every promise held."""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 minutes, 20 kills, 200 students")
    parser.add_argument("--seed", default="", help="repeat the draws of a run")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)  # whatever was started is ended, too
    seed, extent = options.seed or secrets.token_hex(4), QUICK if options.quick else WHOLE
    folder = Path(tempfile.mkdtemp(prefix="pix-lti-soak-"))
    say(f"SEED={seed}; logs in {folder}")
    began, broken = time.monotonic(), []
    try:
        with running_cluster(durable=True) as cluster:
            for part in (kills, outage):
                broken += part(folder / part.__name__, cluster, extent, seed)
    except SoakFailed as failure:
        broken.append(str(failure))
    for each in broken:
        say(f"BROKEN: {each}")
    say(
        f"{'every promise held' if not broken else f'{len(broken)} broken'}; {time.monotonic() - began:.0f} s in all"
    )
    if broken:
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def kills(folder: Path, cluster: Cluster, extent: Extent, seed: str) -> list[str]:
    """Students hand in while everything is killed; return what did not hold."""
    chance = random.Random(seed)
    url = cluster.server.url(cluster.server.create_database())
    with running_machines(folder, url, students=extent.students, seed=chance.getrandbits(32)) as machines:
        mischief = Mischief(machines=machines, cluster=cluster, chance=chance)
        crowd = Crowd(numbers=everybody(extent.students), seed=seed, lms_url=machines.lms_url)
        mischief.spoil_lms()
        with busy_students(crowd):
            mischief.kill(extent.kills, extent.seconds)
            killed_until = crowd.count()
            _wait_for(lambda: crowd.sent_once() == extent.students, extent.seconds)
        mischief.mend_lms()
        machines.clock.move(0.0)
        began = time.monotonic()
        done = machines.command("scores", "push", "--wait", "--refused", "--timeout", "300", seconds=400)
        say(
            f"{mischief.killed.total()} kills: {dict(sorted(mischief.killed.items()))}, "
            f"{mischief.not_yet_up} of a web that was still starting; {mischief.jumps} jumps of the clock; "
            f"ended by themselves and started again: {dict(machines.ended)}"
        )
        say(
            f"{extent.students} students, {crowd.launches} launches, {crowd.count()} sendings answered with success "
            f"({killed_until} before the last kill), {sum(map(len, crowd.tried.values())) - crowd.count()} not; "
            f"students met {dict(crowd.trouble.most_common())}"
        )
        say(
            f"in step {time.monotonic() - began:.0f} s after the end; {tracebacks(machines)} tracebacks in the logs"
        )
        broken = broken_promises(machines, crowd)
        if done.returncode != 0:
            broken.append(f"scores push: {done.stdout[-500:]}{done.stderr[-500:]}")
        if crowd.sent_once() != extent.students:
            broken.append(f"only {crowd.sent_once()} of {extent.students} students could hand in")
        return broken


def outage(folder: Path, cluster: Cluster, extent: Extent, seed: str) -> list[str]:
    """An LMS down for a day; return what did not hold."""
    url = cluster.server.url(cluster.server.create_database())
    number = random.Random(seed).getrandbits(32)
    with running_machines(folder, url, students=extent.waiting, seed=number) as machines:
        seen = live_through(machines, students=extent.waiting, day=extent.day)
    say(
        f"LMS down for a day (in {extent.day:.0f} s) with {seen.waiting} marks waiting: {seen.tries} tries meanwhile; "
        f"back, {seen.delivered} delivered in {seen.seconds:.0f} s"
    )
    say(
        f"requests: {seen.first_second} in the first second, {seen.mean:.0f} a second on average, "
        f"{seen.busiest_second} in the busiest; at most {seen.at_once} at once (limit {seen.limit}: two workers)"
    )
    broken = []
    if not seen.waiting == seen.delivered == extent.waiting:
        broken.append(f"{extent.waiting} marks, {seen.waiting} waited, {seen.delivered} delivered")
    if seen.at_once > seen.limit:
        broken.append(f"{seen.at_once} requests at once, the limit is {seen.limit}")
    if seen.first_second > max(2 * seen.mean, seen.limit):
        broken.append(f"a herd: {seen.first_second} requests in the first second, {seen.mean:.0f} on average")
    return broken


def say(line: str) -> None:
    """Print at once: somebody is watching."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait_for(check: Callable[[], bool], seconds: float) -> None:
    """Wait at most so long; what is missing then is found by the checks."""
    until = time.monotonic() + seconds
    while not check() and time.monotonic() < until:
        time.sleep(0.2)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit("ended")


if __name__ == "__main__":
    sys.exit(main())
