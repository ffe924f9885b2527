"""A Pix Orga export of ten thousand lines, previewed and applied by a teacher's browser, on a cohort as large."""

from __future__ import annotations

import re
import sqlite3
import statistics
import tempfile
import time
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
from tests.lti.forge import INSTRUCTOR
from tests.pix.exports import export, sending

GOAL_PREVIEW, GOAL_APPLY = 3.0, 10.0
CUT_OFF = 30.0
"""Seconds after which gunicorn, as it is, ends a worker that has not answered: the import would not be taken."""


@dataclass(kw_only=True)
class _Took:
    """What the imports took: seconds to preview and to apply, server CPU seconds of both, megabytes of the page."""

    previews: list[float] = field(default_factory=list)
    applies: list[float] = field(default_factory=list)
    preview_cpu: list[float] = field(default_factory=list)
    apply_cpu: list[float] = field(default_factory=list)
    page: float = 0.0


def measure(extent: Extent) -> list[Figure]:
    """Upload, preview and confirm; half the cohort has declared already, one line in ten is matched by name."""
    number = extent.pick(10_000, 1_000)
    took = _Took()
    subs = [sub_of(each) for each in range(number)]
    content = _export(subs)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder))
        ours = stack.enter_context(installation(folder / "ours", platform, students=subs[::2]))
        hand_in(ours.world, platform, ours.platform_id, subs[1::2], sent=False)
        ours.world.database.close()
        _copy(ours.database_file, folder / "before.sqlite")
        for _ in range(extent.pick(3, 1)):
            with ours.web() as web:
                _one(ours, platform, web, content, took)
            _copy(folder / "before.sqlite", ours.database_file)
    return _figures(took, number, len(content))


def _one(ours: Installation, platform: BenchPlatform, web: Program, content: bytes, took: _Took) -> None:
    """One import by a teacher's browser, just launched."""
    visitor = Visitor()
    launcher = launcher_of(ours.tool, platform.claims(ours.tool), platform.key_pem, platform.forged.key_id)
    cohort = visitor.launch(launcher, TEACHER_SUB, role=INSTRUCTOR)
    start = visitor.get(re.sub(r"/teacher/.*", "/imports/", cohort.url))
    cpu, began = web.cpu_seconds(), time.perf_counter()
    preview = visitor.submit(start.form(having="form_token"), file=("file", "export.csv", content))
    took.previews.append(time.perf_counter() - began)
    took.preview_cpu.append(web.cpu_seconds() - cpu)
    took.page = len(preview.html) / 1e6
    form = preview.form(having="seen")
    cpu, began = web.cpu_seconds(), time.perf_counter()
    done = visitor.submit(form)
    took.applies.append(time.perf_counter() - began)
    took.apply_cpu.append(web.cpu_seconds() - cpu)
    if done.url == preview.url:
        raise BenchFailed("the import was not taken: the preview is shown again")


def _copy(source: Path, target: Path) -> None:
    """Copy a database whole, whatever its journal holds."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _figures(took: _Took, number: int, size: int) -> list[Figure]:
    return [
        Figure(
            measure=f"export of {number:,} lines, {what}",
            goal=f"< {goal:.0f} s",
            found=f"{statistics.median(times):.1f} s ({min(times):.1f}-{max(times):.1f})",
            met=statistics.median(times) < goal,
            detail=f"{behind}; server CPU {statistics.median(cpu):.1f} s"
            + (f"; LONGER THAN GUNICORN'S DEFAULT TIMEOUT ({CUT_OFF:.0f} s)" if max(times) > CUT_OFF else ""),
        )
        for what, goal, times, cpu, behind in (
            (
                "preview",
                GOAL_PREVIEW,
                took.previews,
                took.preview_cpu,
                f"from sending the file ({size / 1e6:.1f} MB) to the whole preview page ({took.page:.1f} MB)",
            ),
            (
                "applied",
                GOAL_APPLY,
                took.applies,
                took.apply_cpu,
                "from confirming to the page that says what was done; one transaction",
            ),
        )
    ]


def _export(subs: list[str]) -> bytes:
    """A profiles collection of these students, sent yesterday."""
    at = (datetime.now(UTC) - timedelta(days=1)).strftime("%d/%m/%Y 12:%M")
    lines = []
    for number, sub in enumerate(subs):
        who = details_of(sub)
        lines.append(
            sending(
                last=who["family"],
                first=who["given"],
                number=None if number % 10 == 9 else who["student_number"],
                external_id=None,
                at=at,
                pix=[8 + (number * 7 + at_competence * 5) % 40 for at_competence in range(16)],
            )
        )
    return export(*lines)
