"""`python -m demo` (`make demo`): ready to be interrupted from the very first, then `demo.run`."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # once is enough: a second one would interrupt the ending
    raise KeyboardInterrupt


def main() -> int:
    """Run the demo; interrupted while it is still being loaded, end without a word."""
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup is obeyed
            signal.signal(number, _interrupt)
    try:
        # Loaded by name, and here: it takes a second, in which Ctrl-C must already be understood.
        return int(importlib.import_module("demo.run").main())
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
