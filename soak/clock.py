"""A clock that jumps, for the soak alone: the tool's own clock, moved by a file that says how far.

The product has no such hook. `soak.clocked_web` and `soak.clocked_worker` put this clock in the place of the one in
`app.py`; all else is what production runs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import app

VARIABLE = "SOAK_CLOCK_FILE"


@dataclass(frozen=True)
class Clock:
    """The real time and so many seconds (negative: it lags); the file may be changed at any instant."""

    file: Path

    def __call__(self) -> datetime:
        """Now, as the tool is made to believe."""
        return datetime.now(UTC) + timedelta(seconds=float(self.file.read_text(encoding="ascii")))

    def move(self, seconds: float) -> None:
        """Be so far from the real time, in every process at once."""
        unfinished = self.file.with_suffix(".new")
        unfinished.write_text(f"{seconds:.3f}", encoding="ascii")
        unfinished.replace(self.file)


def install_clock() -> None:
    """Make the tool of this process, not built yet, run on the clock of the environment.

    Raises:
        RuntimeError: `app.py` keeps its clock under another name now.
    """
    if "_now" not in vars(app):
        raise RuntimeError("app.py has no _now any more: tell soak/clock.py where its clock is")
    vars(app)["_now"] = Clock(Path(os.environ[VARIABLE]))
