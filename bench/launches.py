"""What a launch costs the server, beside the bare application: complete (to the student's page), and alone."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.bare import CONFIGURATION
from bench.figures import Extent, Figure, ratios
from bench.installation import gunicorn, installation
from bench.load import LoadSeen, load
from bench.platforms import BenchPlatform, running_platform
from bench.processes import children_named, cpu_seconds, free_port, rotated
from bench.students import sub_of
from tests.postgres import running_server

KNOWN_STUDENTS = 100
NEWCOMERS_IN = 5
"""One launch in so many is a person's first; the others are of somebody who has handed in."""


@dataclass(kw_only=True)
class _Server:
    """An application under load: how to read its CPU, and what each round cost (CPU milliseconds a launch)."""

    name: str
    tool: str
    cpu: Callable[[], float]
    database_cpu: Callable[[], float] = lambda: 0.0
    complete: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    seen: list[LoadSeen] = field(default_factory=list)


def measure(extent: Extent) -> list[Figure]:
    """Interleave rounds of launches on the bare application and on ours, on SQLite and on PostgreSQL."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder))
        servers = _start(stack, folder, platform)
        draw = random.Random(extent.seed)
        newcomer = KNOWN_STUDENTS
        for server in servers:  # unmeasured: modules load, templates compile, key sets are fetched
            load(platform, server.tool, [sub_of(each) for each in range(20)], page=True)
        for each in range(extent.pick(7, 2)):
            subs = []
            for number in range(extent.pick(200, 60)):
                first = number % NEWCOMERS_IN == 0
                subs.append(sub_of(newcomer if first else draw.randrange(KNOWN_STUDENTS)))
                newcomer += first
            for server in rotated(servers, each):
                _round(platform, server, subs)
    return _figures(*servers)


def _start(stack: ExitStack, folder: Path, platform: BenchPlatform) -> list[_Server]:
    students = [sub_of(number) for number in range(KNOWN_STUDENTS)]
    postgres = stack.enter_context(running_server())
    url = postgres.url(postgres.create_database())
    backends = children_named("postgres")
    servers = []
    for name, database_url in (("SQLite", None), ("PostgreSQL", url)):
        ours = stack.enter_context(
            installation(folder / name, platform, database_url=database_url, students=students)
        )
        web = stack.enter_context(ours.web())
        servers.append(_Server(name=name, tool=ours.tool, cpu=web.cpu_seconds))
    servers[1].database_cpu = lambda: sum(map(cpu_seconds, backends))
    port = free_port()
    known = platform.registration
    bare = {
        "issuer": known.issuer,
        "client_id": known.client_id,
        "auth_login_url": known.auth_login_url,
        "auth_token_url": known.auth_token_url,
        "key_set_url": known.jwks_url,
        "deployment_ids": ["1"],
    }
    (folder / "bare").mkdir()
    environment = {CONFIGURATION: json.dumps(bare)}
    web = stack.enter_context(gunicorn("bare", "bench.bare:create_app()", port, folder / "bare", environment))
    return [_Server(name="bare", tool=f"http://127.0.0.1:{port}", cpu=web.cpu_seconds), *servers]


def _round(platform: BenchPlatform, server: _Server, subs: Sequence[str]) -> None:
    """The same launches twice: to the page, and to the launch's answer."""
    for page, kept in ((True, server.complete), (False, server.alone)):
        cpu, database = server.cpu(), server.database_cpu()
        seen = load(platform, server.tool, subs, page=page)
        kept.append((server.cpu() - cpu) * 1000 / len(subs))
        if page:
            server.database.append((server.database_cpu() - database) * 1000 / len(subs))
            server.seen.append(seen)


def _figures(bare: _Server, sqlite: _Server, postgres: _Server) -> list[Figure]:
    goals = (
        ("complete launch, CPU, SQLite", sqlite, sqlite.complete, bare.complete, 1.5),
        ("complete launch, CPU, PostgreSQL", postgres, postgres.complete, bare.complete, 2.0),
        ("login + launch alone, CPU, SQLite", sqlite, sqlite.alone, bare.alone, 1.0),
        ("login + launch alone, CPU, PostgreSQL", postgres, postgres.alone, bare.alone, None),
    )
    figures = []
    for measure_name, server, ours, theirs, goal in goals:
        ratio, words = ratios(ours, theirs)
        detail = f"CPU a launch {statistics.median(ours):.1f} ms, bare {statistics.median(theirs):.1f} ms"
        if ours is server.complete:
            detail += "; " + _seen(server)
            if server is postgres:
                detail += (
                    f"; PostgreSQL itself {statistics.median(server.database):.1f} ms more (not counted)"
                )
        figures.append(
            Figure(
                measure=measure_name,
                goal=f"<= {goal:.1f} x bare" if goal else "-",
                found=words,
                met=ratio <= goal if goal else None,
                detail=detail,
            )
        )
    figures.append(Figure(measure="complete launch, bare", found="1 x", detail=_seen(bare)))
    return figures


def _seen(server: _Server) -> str:
    rate = statistics.median(each.launches / each.seconds for each in server.seen)
    p50 = statistics.median(each.p50 for each in server.seen)
    p95 = statistics.median(each.p95 for each in server.seen)
    last = server.seen[-1]
    return (
        f"{rate:.0f} launches/s, p50 {p50:.0f} ms, p95 {p95:.0f} ms; {last.requests / last.launches:.0f} requests "
        f"a launch, last page {last.characters / 1000:.1f} kB"
    )
