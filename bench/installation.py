"""An installation of the tool made for a measurement: settings, database, platform, students; its programs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from app import build_world
from bench.platforms import COURSE, LINK, BenchPlatform
from bench.processes import Program, free_port, program_of, running, wait_for_port, wait_for_words
from bench.students import details_of, levels_of
from config.settings import Settings, read_settings
from demo.units import ALL_OPEN, write_units
from grading.profile import Evidence
from storage.activities import find_or_add_activity, find_or_add_course, update_activity
from storage.database import Connection, Database
from storage.platforms import deployment_key
from storage.schema import member, person, submission
from storage.scope import UnitYear
from workflows.platforms import add_platform
from workflows.regrade import regrade
from workflows.visit import Role
from workflows.world import World

UNIT, COMPONENT = "HA1G10H", "cc1"
WORKERS = 2
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The tool, installed in `folder`; `world` is this process's own access to its database."""

    folder: Path
    environment: dict[str, str]
    settings: Settings
    world: World
    platform_id: int

    @property
    def tool(self) -> str:
        """The tool's address."""
        return self.settings.public_url

    @property
    def database_file(self) -> Path:
        """Where SQLite keeps it."""
        return self.settings.data_dir / "pix-lti.sqlite"

    @contextmanager
    def web(self, name: str = "web") -> Iterator[Program]:
        """The web processes, as the README has them in production."""
        port = int(self.tool.rpartition(":")[2])
        with gunicorn(name, "app:create_app()", port, self.folder, self.environment) as program:
            yield program

    @contextmanager
    def worker(self) -> Iterator[Program]:
        """The worker, with the consumer's default options; it is at work."""
        command = [program_of("huey_consumer"), "worker.huey"]
        with running("worker", command, self.folder, self.environment) as program:
            wait_for_words(program, "scores are being sent")
            yield program


@contextmanager
def gunicorn(
    name: str, application: str, port: int, folder: Path, environment: dict[str, str]
) -> Iterator[Program]:
    """An application served by two synchronous workers; the same options for ours and for the bare one.

    The patience is longer than gunicorn's own, or a slow import would be cut off instead of measured.
    """
    bind = f"127.0.0.1:{port}"
    options = ["--workers", str(WORKERS), "--worker-class", "sync", "--timeout", "300"]
    with running(
        name,
        [program_of("gunicorn"), *options, "--bind", bind, "--no-control-socket", application],
        folder,
        environment,
    ) as program:
        wait_for_port(program, port)
        yield program


@contextmanager
def installation(
    folder: Path, platform: BenchPlatform, *, database_url: str | None = None, students: Sequence[str] = ()
) -> Iterator[Installation]:
    """Install the tool in a new folder, register the platform, and let these students have handed in once."""
    folder.mkdir(parents=True)
    write_units(folder / "units", datetime.now(UTC).date(), ALL_OPEN)
    environment = {
        "PIXLTI_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "PIXLTI_SECRET_KEY": secrets.token_hex(32),
        "PIXLTI_DATA_DIR": str(folder),
        "PIXLTI_UNITS_DIR": str(folder / "units"),
    }
    if database_url is not None:
        environment["PIXLTI_DATABASE_URL"] = database_url
    settings = read_settings(environment)
    if database_url is not None:
        prepared = Database(settings.database_url)
        prepared.upgrade()
        prepared.close()
    world = build_world(settings, wake=lambda: None)
    known = platform.registration
    added = add_platform(
        world,
        name=known.name,
        issuer=known.issuer,
        client_id=known.client_id,
        auth_login_url=known.auth_login_url,
        auth_token_url=known.auth_token_url,
        jwks_url=known.jwks_url,
        deployment_ids=known.deployment_ids,
    )
    try:
        hand_in(world, platform, added.platform.id, students)
        yield Installation(
            folder=folder,
            environment=environment,
            settings=settings,
            world=world,
            platform_id=added.platform.id,
        )
    finally:
        world.database.close()


def hand_in(
    world: World, platform: BenchPlatform, platform_id: int, subs: Sequence[str], *, sent: bool = True
) -> None:
    """Let students have launched and (`sent`) handed in.

    People and submissions are written in bulk, or ten thousand would take minutes; grades and desired scores are made
    by the product itself.
    """
    now = world.now()
    rules = world.rules.find(UNIT)
    if rules is None:
        raise LookupError(f"no rules of {UNIT}")
    with world.database.write() as connection:
        deployment_id = deployment_key(connection, platform_id, "1")
        course = find_or_add_course(connection, deployment_id, COURSE, "INFO101", "Informatique")
        scope = UnitYear(course_id=course.id, unit_code=UNIT, academic_year=rules.unit.academic_year)
        activity = find_or_add_activity(connection, course, LINK, "Pix CC1")
        described = replace(
            activity,
            unit_code=UNIT,
            academic_year=scope.academic_year,
            component=COMPONENT,
            line_item_url=platform.line_item_url,
            line_items_url=platform.line_items_url,
        )
        update_activity(connection, activity, described)
        if not subs:
            return
        people = _enter(connection, deployment_id, course.id, subs, now)
        if not sent:
            return
        competences = rules.unit.get_component(COMPONENT).competences
        source = {"kind": "form", "activity": activity.id}
        rows = [
            _sent(scope, person_id, levels_of(sub, competences), source, now) for sub, person_id in people
        ]
        connection.execute(insert(submission), rows)
        for at in range(0, len(people), _AT_ONCE):
            some = [person_id for _, person_id in people[at : at + _AT_ONCE]]
            regrade(connection, rules, scope, some, cause="declaration", now=now)


def _enter(
    connection: Connection, deployment_id: int, course_id: int, subs: Sequence[str], now: datetime
) -> list[tuple[str, int]]:
    """Add people to a course; each one's LMS id with ours."""
    rows = []
    for sub in subs:
        who = details_of(sub)
        row = {
            "deployment_id": deployment_id,
            "sub": sub,
            "name": f"{who['given']} {who['family']}",
            "given_name": who["given"],
            "family_name": who["family"],
            "email": who["email"],
            "student_number": who["student_number"],
            "seen_at": now,
        }
        rows.append(row)
    connection.execute(insert(person), rows)
    kept = connection.execute(
        select(person.c.sub, person.c.id).where(person.c.deployment_id == deployment_id)
    )
    wanted, role = set(subs), Role.LEARNER.value
    people = [(str(row.sub), int(row.id)) for row in kept if row.sub in wanted]
    members = [{"course_id": course_id, "person_id": each, "role": role, "since": now} for _, each in people]
    connection.execute(insert(member), members)
    return people


def _sent(
    scope: UnitYear, person_id: int, levels: dict[str, int], source: dict[str, object], now: datetime
) -> dict[str, object]:
    """The row of a declaration."""
    return {
        "course_id": scope.course_id,
        "unit_code": scope.unit_code,
        "academic_year": scope.academic_year,
        "person_id": person_id,
        "component": COMPONENT,
        "evidence": Evidence.DECLARED.value,
        "sent_at": now,
        "received_at": now,
        "levels": levels,
        "pix": {},
        "source": source,
        "fingerprint": f"bench-{person_id}",
    }
