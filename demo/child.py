"""`python -m demo.child PARENT COMMAND…`: becomes a command that ends when the demo that started it dies.

Even a demo killed outright leaves nothing listening. Where the system is not Linux, only the command runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>; kept by exec


def main() -> None:
    """Ask the system for a signal at the parent's death, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the demo has ended meanwhile")
    # A terminal's background job may have handed down ignored signals: the demo ends its processes by them.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
