"""How launch, push and teacher's page grow with the cohort: time, CPU and SQL statements, in this process."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app import create_app
from bench.figures import Extent, Figure, ratios
from bench.installation import Installation, installation
from bench.load import launcher_of
from bench.platforms import BenchPlatform, running_platform
from bench.processes import BenchFailed, rotated
from bench.students import TEACHER_SUB, sub_of
from bench.visitor import Launcher
from storage.database import Database
from storage.desired_scores import resend
from storage.score_claims import claim_due
from tests.lti.forge import INSTRUCTOR
from web.site import EXTENSION
from workflows.push_score import Pusher

FLAT = 0.10
PUSHES = 8
"""Scores claimed at once: the default limit for one platform."""
TEACHER_ROUNDS = 3
"""Enough for a page that takes seconds; the others are measured more often."""
_FLAT_ONES = ("launch", "push")


@dataclass(kw_only=True)
class _Cost:
    """What one thing cost, round by round: CPU and elapsed milliseconds, SQL statements (each single one seen)."""

    cpu: list[float] = field(default_factory=list)
    elapsed: list[float] = field(default_factory=list)
    statements: set[int] = field(default_factory=set)


@dataclass(kw_only=True)
class _Size:
    """A tool with a cohort of `number` students, in this process, and what things cost in it."""

    number: int
    ours: Installation
    app: Flask
    launcher: Launcher
    costs: dict[str, _Cost] = field(
        default_factory=lambda: {"launch": _Cost(), "push": _Cost(), "teacher's page": _Cost()}
    )
    counted: int = 0
    apart: float = 0.0
    """CPU seconds of this process that are the platform's: signing a launch."""

    @property
    def database(self) -> Database:
        """The application's own."""
        database: Database = self.app.extensions[EXTENSION].world.database
        return database


def measure(extent: Extent) -> list[Figure]:
    """Interleave rounds over three cohorts, each in a database of its own."""
    numbers = (100, 300, 1_000) if extent.quick else (100, 1_000, 10_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder))
        sizes = [_sized(stack, folder, platform, number) for number in numbers]
        _round(extent, sizes, kept=False, with_teacher=False)
        for each in range(extent.pick(7, 2)):
            _round(extent, rotated(sizes, each), kept=True, with_teacher=each < TEACHER_ROUNDS)
    return [_figure(name, sizes) for name in sizes[0].costs]


def _sized(stack: ExitStack, folder: Path, platform: BenchPlatform, number: int) -> _Size:
    subs = [sub_of(each) for each in range(number)]
    ours = stack.enter_context(installation(folder / f"{number}", platform, students=subs))
    app = create_app(ours.settings)
    launcher = launcher_of(ours.tool, platform.claims(ours.tool), platform.key_pem, platform.forged.key_id)
    size = _Size(number=number, ours=ours, app=app, launcher=launcher)
    stack.callback(size.database.close)

    @event.listens_for(size.database.engine, "before_cursor_execute")
    def _count(*seen: object) -> None:
        if not str(seen[2]).startswith("BEGIN"):
            size.counted += 1

    return size


def _round(extent: Extent, sizes: list[_Size], *, kept: bool, with_teacher: bool) -> None:
    for size in sizes:
        subs = [sub_of((each * 37) % size.number) for each in range(extent.pick(40, 15))]
        _timed(size, "launch", [partial(_launch, size, sub) for sub in subs], kept=kept)
        with size.database.write() as connection:
            resend(connection, size.ours.world.now())  # everybody's mark waits: the worst case
        batches = extent.pick(48, 24) // PUSHES
        _timed(size, "push", [partial(_push, size, PUSHES)] * batches, per=PUSHES, kept=kept)
        if not with_teacher:
            continue
        teacher = size.app.test_client()
        page = _launched(size, teacher, TEACHER_SUB, INSTRUCTOR)
        _timed(size, "teacher's page", [partial(_open, size, teacher, page)], kept=kept)


def _timed(size: _Size, name: str, acts: list[Callable[[], None]], *, kept: bool, per: int = 1) -> None:
    """Do each of these; keep what one cost (an act may be `per` of them)."""
    cpus, elapsed = [], []
    for act in acts:
        size.counted, size.apart = 0, 0.0
        cpu, began = time.process_time(), time.perf_counter()
        act()
        cpus.append((time.process_time() - cpu - size.apart) * 1000 / per)
        elapsed.append((time.perf_counter() - began) * 1000 / per)
        if kept:
            size.costs[name].statements.add(size.counted)
    if kept:
        size.costs[name].cpu.append(statistics.mean(cpus))
        size.costs[name].elapsed.append(statistics.median(elapsed))


def _launch(size: _Size, sub: str) -> None:
    client = size.app.test_client()
    _open(size, client, _launched(size, client, sub, None))


def _launched(size: _Size, client: FlaskClient, sub: str, role: str | None) -> str:
    """Login and launch; the address of the page."""
    base = size.ours.tool
    login = client.post("/lti/login", data=size.launcher.login_fields(sub), base_url=base)
    asked = parse_qs(urlsplit(login.headers["Location"]).query)
    cpu = time.process_time()
    token = size.launcher.message(sub, asked["nonce"][0], role=role, page=True)
    size.apart += time.process_time() - cpu
    form = {"state": asked["state"][0], "id_token": token}
    answer = client.post("/lti/launch", data=form, base_url=base)
    if answer.status_code != 303:
        raise BenchFailed(f"the launch of {sub} is answered {answer.status_code}: {answer.text[:500]}")
    return answer.headers["Location"]


def _open(size: _Size, client: FlaskClient, address: str) -> None:
    answer = client.get(address, base_url=size.ours.tool, follow_redirects=True)
    if answer.status_code != 200:
        raise BenchFailed(f"{address} is answered {answer.status_code}: {answer.text[:500]}")


def _push(size: _Size, number: int) -> None:
    world = size.app.extensions[EXTENSION].world
    with world.database.write() as connection:
        claims = claim_due(connection, size.ours.platform_id, number, world.now())
    if len(claims) != number:
        raise BenchFailed(f"{len(claims)} of {number} scores were due")
    pusher = Pusher(world)
    for claim in claims:
        pusher.push(claim)


def _figure(name: str, sizes: list[_Size]) -> Figure:
    costs = [size.costs[name] for size in sizes]
    ratio, words = ratios(costs[-1].cpu, costs[0].cpu)
    statements = [sorted(cost.statements) for cost in costs]
    constant = statements[0][-1] == statements[-1][-1]
    flat = name in _FLAT_ONES
    sized = ", ".join(
        f"{size.number:,}: {statistics.median(cost.cpu):.1f} ms CPU, {statistics.median(cost.elapsed):.1f} ms, "
        f"{'-'.join(str(each) for each in seen)} statements"
        for size, cost, seen in zip(sizes, costs, statements, strict=True)
    )
    span = f"{sizes[0].number:,} to {sizes[-1].number:,} students"
    return Figure(
        measure=f"{name}, {span}",
        goal=f"flat (<= {1 + FLAT:.2f} x)" if flat else "statements constant",
        found=f"CPU {words}" + ("" if constant else "; statements grow"),
        met=(ratio <= 1 + FLAT and constant) if flat else constant,
        detail=sized + (f" (of {PUSHES} pushes)" if name == "push" else ""),
    )
