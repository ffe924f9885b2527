"""`python -m bench [--quick] [part ...]`: run the measurements, all or those named, and print their table."""

from __future__ import annotations

import argparse
import logging
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version

from bench import arrival, growth, imports, launches, memory, pushes
from bench.figures import Extent, Figure, table
from bench.processes import BenchFailed

PARTS: Mapping[str, Callable[[Extent], list[Figure]]] = {
    "launches": launches.measure,
    "pushes": pushes.measure,
    "arrival": arrival.measure,
    "imports": imports.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when something could not be measured. A goal missed is a result, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one or several of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="try everything with numbers that prove nothing")
    parser.add_argument("--seed", type=int, default=20260914)
    options = parser.parse_args(arguments)
    unknown = [each for each in options.parts if each not in PARTS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(PARTS)}")
    logging.basicConfig(level=logging.WARNING)  # before the product starts its own log in this process
    extent = Extent(quick=options.quick, seed=options.seed)
    figures: list[Figure] = []
    failed = False
    for name in options.parts or PARTS:
        began = time.monotonic()
        sys.stderr.write(f"{name}... ")
        sys.stderr.flush()
        try:
            figures += PARTS[name](extent)
            sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
        except BenchFailed as failure:
            failed = True
            sys.stderr.write(f"could not be measured\n{failure}\n")
    sys.stdout.write(f"{_machine()}{' QUICK: proves nothing.' if extent.quick else ''}\n\n{table(figures)}\n")
    return 1 if failed else 0


def _machine() -> str:
    """What was measured where, in one line."""
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "PyLTI1p3", "gunicorn")
    )
    return f"Python {platform.python_version()}, {libraries}; seed and method: docs/performance.md."


if __name__ == "__main__":
    sys.exit(main())
