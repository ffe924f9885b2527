"""What memory each process holds after many launches: a process that leaks grows after its first thousand, too."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Extent, Figure
from bench.installation import installation
from bench.load import load
from bench.platforms import running_platform
from bench.processes import Program, tree
from bench.students import sub_of

ALLOWED = 1_048_576
"""Bytes a process may differ between two readings without having grown: the allocator's arenas come in this size."""
_STUDENTS = 1000


def measure(extent: Extent) -> list[Figure]:
    """Launch thousand after thousand with web and worker running; read each process's memory after each."""
    batch, batches = extent.pick(1000, 150), extent.pick(10, 4)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder))
        ours = stack.enter_context(installation(folder / "ours", platform))
        programs = [stack.enter_context(ours.web()), stack.enter_context(ours.worker())]
        subs = [sub_of(each % _STUDENTS) for each in range(batch)]
        readings: dict[str, list[int]] = {}
        for _ in range(batches):
            load(platform, ours.tool, subs, page=True)
            for program in programs:
                for name, resident in _named(program).items():
                    readings.setdefault(name, []).append(resident)
    return [_figure(name, seen, batch) for name, seen in readings.items()]


def _named(program: Program) -> dict[str, int]:
    """Resident bytes of a program's processes under names that stay the same."""
    resident = program.memory()
    children = [pid for pid in tree(program.pid) if pid != program.pid]
    named = {f"{program.name}{' (master)' if children else ''}": resident[program.pid]}
    return named | {f"{program.name} {at}": resident[pid] for at, pid in enumerate(children, start=1)}


def _figure(name: str, seen: list[int], batch: int) -> Figure:
    growth = seen[-1] - seen[0]
    return Figure(
        measure=f"memory of {name}, {batch * len(seen):,} launches",
        goal="no growth",
        found=f"{seen[-1] / 1e6:.0f} MB, {growth / 1e6:+.1f} MB",
        met=growth <= ALLOWED,
        detail=f"resident, after each {batch:,} launches: "
        + ", ".join(f"{each / 1e6:.1f}" for each in seen)
        + " MB",
    )
