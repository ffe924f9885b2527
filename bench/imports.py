"""Exports of ten and a hundred thousand lines, by a teacher's browser and the worker, on a cohort of ten thousand."""

from __future__ import annotations

import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Extent, Figure
from bench.installation import Installation, hand_in, installation
from bench.load import launcher_of
from bench.platforms import BenchPlatform, running_platform
from bench.processes import BenchFailed, Program
from bench.students import TEACHER_SUB, details_of, sub_of
from bench.visitor import Visitor
from demo.lms import Page
from tests.lti.forge import INSTRUCTOR
from tests.pix.exports import export, sending

GOAL_PREVIEW, GOAL_APPLY = 3.0, 10.0
GOAL_LARGE, GOAL_MEMORY = 20.0, 500_000_000
"""Seconds, and bytes of the worker at its largest, for a hundred thousand lines."""
PATIENCE = 300.0


@dataclass(kw_only=True)
class _Took:
    """What the imports took: seconds to the preview and to the result, CPU seconds, bytes of page and of the worker."""

    previews: list[float] = field(default_factory=list)
    applies: list[float] = field(default_factory=list)
    preview_cpu: list[float] = field(default_factory=list)
    apply_cpu: list[float] = field(default_factory=list)
    page: float = 0.0
    peak: int = 0


def measure(extent: Extent) -> list[Figure]:
    """Upload, preview and confirm; half the cohort has declared already, one line in ten is matched by name.

    What was declared has been pushed: the worker has nothing else to do than the import.
    """
    people = extent.pick(10_000, 1_000)
    subs = [sub_of(each) for each in range(people)]
    figures = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder))
        ours = stack.enter_context(installation(folder / "ours", platform, students=subs[::2]))
        hand_in(ours.world, platform, ours.platform_id, subs[1::2], sent=False)
        with ours.worker():
            platform.wait_for_scores(len(subs[::2]))
            time.sleep(1.0)  # the last acknowledgements are written down
        ours.world.database.close()
        _copy(ours.database_file, folder / "before.sqlite")
        for times, runs in ((1, extent.pick(3, 1)), (10, extent.pick(2, 1))):
            took, content = _Took(), _export(subs, times)
            for _ in range(runs):
                with ours.web() as web, ours.worker() as worker:
                    _one(ours, platform, web, worker, content, took)
                _copy(folder / "before.sqlite", ours.database_file)
            figures += _figures(took, people * times, people, len(content), large=times > 1)
    return figures


def _one(
    ours: Installation,
    platform: BenchPlatform,
    web: Program,
    worker: Program,
    content: bytes,
    took: _Took,
) -> None:
    """One import by a teacher's browser, just launched."""
    visitor = Visitor()
    launcher = launcher_of(ours.tool, platform.claims(ours.tool), platform.key_pem, platform.forged.key_id)
    cohort = visitor.launch(launcher, TEACHER_SUB, role=INSTRUCTOR)
    start = visitor.get(re.sub(r"/teacher/.*", "/imports/", cohort.url))
    cpu, began = _cpu(web, worker), time.perf_counter()
    sent = visitor.submit(start.form(having="form_token"), file=("file", "export.csv", content))
    preview = _awaited(visitor, sent, 'name="seen"')
    took.previews.append(time.perf_counter() - began)
    took.preview_cpu.append(_cpu(web, worker) - cpu)
    took.page = len(preview.html) / 1e6
    form = preview.form(having="seen")
    cpu, began = _cpu(web, worker), time.perf_counter()
    done = _awaited(visitor, visitor.submit(form), "alert-success")
    took.applies.append(time.perf_counter() - began)
    took.apply_cpu.append(_cpu(web, worker) - cpu)
    took.peak = max(took.peak, worker.peak_memory())
    if "/imports/done/" not in done.url:
        raise BenchFailed("the import was not taken: the preview is shown again")


def _cpu(*programs: Program) -> float:
    return sum(each.cpu_seconds() for each in programs)


def _awaited(visitor: Visitor, page: Page, sign: str) -> Page:
    """Look at a page twice a second, as its script does, until the worker is done."""
    until = time.monotonic() + PATIENCE
    while sign not in page.html:
        if time.monotonic() > until or "alert-danger" in page.html:
            raise BenchFailed(f"nothing came of {page.url}: {page.html[:2000]}")
        time.sleep(0.5)
        page = visitor.get(page.url)
    return page


def _copy(source: Path, target: Path) -> None:
    """Copy a database whole, whatever its journal holds."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _figures(took: _Took, lines: int, people: int, size: int, *, large: bool) -> list[Figure]:
    goals = (GOAL_LARGE, GOAL_LARGE) if large else (GOAL_PREVIEW, GOAL_APPLY)
    figures = [
        Figure(
            measure=f"export of {lines:,} lines, {what}",
            goal=f"< {goal:.0f} s",
            found=f"{statistics.median(times):.1f} s ({min(times):.1f}-{max(times):.1f})",
            met=statistics.median(times) < goal,
            detail=f"{behind}; {people:,} students; web and worker CPU {statistics.median(cpu):.1f} s",
        )
        for what, goal, times, cpu, behind in (
            (
                "preview",
                goals[0],
                took.previews,
                took.preview_cpu,
                f"from sending the file ({size / 1e6:.1f} MB) to the preview's page ({took.page:.1f} MB), looked for "
                "twice a second",
            ),
            (
                "applied",
                goals[1],
                took.applies,
                took.apply_cpu,
                "from confirming to the page that says what was done; one transaction",
            ),
        )
    ]
    if large:
        figures.append(
            Figure(
                measure=f"memory of the worker, {lines:,} lines",
                goal=f"< {GOAL_MEMORY / 1e6:.0f} MB",
                found=f"{took.peak / 1e6:.0f} MB",
                met=took.peak < GOAL_MEMORY,
                detail="the most it ever held, preview and import together",
            )
        )
    return figures


def _export(subs: Sequence[str], times: int) -> bytes:
    """A profiles collection of these students, each of whom sent so many times, the last yesterday."""
    lines = []
    for at_time in range(times):
        at = (datetime.now(UTC) - timedelta(days=1, hours=at_time)).strftime("%d/%m/%Y %H:%M")
        for number, sub in enumerate(subs):
            who = details_of(sub)
            lines.append(
                sending(
                    last=who["family"],
                    first=who["given"],
                    number=None if number % 10 == 9 else who["student_number"],
                    external_id=None,
                    at=at,
                    pix=[8 + (number * 7 + at_time * 3 + place * 5) % 40 for place in range(16)],
                )
            )
    return export(*lines)
