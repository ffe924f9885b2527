"""What goes wrong, at random instants drawn from the seed: kills, an LMS that fails, a clock that jumps."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field

import requests

from demo.lms import Fault
from soak.machines import WEBS, WORKERS, Machines
from tests.postgres import Cluster

FAULTS = (
    Fault(answer="500", rate=0.08, times=None),
    Fault(answer="429", rate=0.01, retry_after=1, times=None),
    Fault(answer="reset", rate=0.06, times=None),
    Fault(answer="reset", rate=0.06, taken=True, times=None),
    Fault(answer="500", rate=0.04, taken=True, times=None),
    Fault(answer="409", rate=0.04, times=None),
    Fault(answer="html_200", rate=0.03, times=None),
    Fault(
        answer="none", delay=12.0, rate=0.002, times=None
    ),  # longer than the tool waits, then taken: too late
    Fault(answer="none", delay=0.4, rate=0.1, times=None),
    Fault(endpoint="results", answer="500", rate=0.1, times=None),
    Fault(endpoint="token", answer="503", rate=0.08, times=None),
)
FARTHEST_JUMP = 90.0
_JUMP_EVERY = 12.0


@dataclass
class Mischief:
    """Does it, and counts what was done. PostgreSQL is started again at once, the others as by their supervisor."""

    machines: Machines
    cluster: Cluster
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    jumps: int = 0
    not_yet_up: int = 0

    def spoil_lms(self) -> None:
        """Let the LMS fail at random from now on."""
        for fault in FAULTS:
            requests.post(
                f"{self.machines.lms_url}/control/faults", json=asdict(fault), timeout=10
            ).raise_for_status()

    def mend_lms(self) -> None:
        """The LMS is well again."""
        requests.delete(f"{self.machines.lms_url}/control/faults", timeout=10).raise_for_status()

    def kill(self, times: int, seconds: float) -> None:
        """So many SIGKILLs at instants spread over so many seconds; the clock jumps in between."""
        began = time.monotonic()
        instants = sorted(self.chance.uniform(0, seconds) for _ in range(times))
        jump_at = began + self.chance.uniform(0, _JUMP_EVERY)
        for instant in instants:
            while (left := began + instant - time.monotonic()) > 0:
                if time.monotonic() >= jump_at:
                    self._jump()
                    jump_at = time.monotonic() + self.chance.uniform(0, 2 * _JUMP_EVERY)
                time.sleep(min(left, 0.2))
            self._kill_one()
        self.machines.clock.move(0.0)

    def _kill_one(self) -> None:
        name = self.chance.choices([*WEBS, *WORKERS, "postgres"], weights=[2, 2, 2, 2, 2])[0]
        self.killed[name] += 1
        if name == "postgres":
            self.cluster.kill()
            self.cluster.start()
            return
        if name in WEBS and not self.machines.is_up(name):
            self.not_yet_up += 1  # killed while it starts
        self.machines.kill(name)
        self.machines.start(name)

    def _jump(self) -> None:
        """Ahead, back, or right again."""
        self.jumps += 1
        far = self.chance.random() < 0.5
        self.machines.clock.move(self.chance.uniform(-FARTHEST_JUMP, FARTHEST_JUMP) if far else 0.0)
