"""A course without an LMS: people enter it, send, and teachers import and close, through the workflows only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Table, func, select

from app import build_world
from grading.mark import ComponentMark
from storage.activities import find_or_add_activity, find_or_add_course, lock_activity, update_activity
from storage.database import Database
from storage.desired_scores import scores_of, take_up_again
from storage.people import PersonDetails, enter_course, enter_person
from storage.platforms import deployment_key
from tests.databases import Databases
from tests.running_tool import settings_for
from tests.workflows.imports import Importing, Seen
from workflows.await_participations import expect_participations
from workflows.cohort import load_cohort, rules_of, unit_year
from workflows.kept_rows import take_kept_rows
from workflows.platforms import add_platform
from workflows.submit_profile import submit_profile
from workflows.tool_keys import ensure_keys
from workflows.visit import Role, Visit, find_place
from workflows.world import World

UNIT, YEAR = "HA1G10H", "2026-2027"
LEVELS_OF_CC1 = ("level_1_3", "level_2_3", "level_3_1")


@dataclass
class School:
    """One course of one platform, with the activities that were asked for; `clock` is the tool's."""

    world: World
    clock: datetime
    activities: dict[str, int] = field(default_factory=dict)
    course_id: int = 0
    deployment_id: int = 0
    woken: list[datetime] = field(default_factory=list)
    forms: int = 0

    def enters(
        self,
        name: str,
        number: str | None = None,
        *,
        role: Role = Role.LEARNER,
        activity: str = "cc1",
        course_id: int | None = None,
    ) -> Visit:
        """Somebody launches an activity: what `enter` does, without the LMS's message."""
        given, _, family = name.partition(" ")
        course_id = course_id or self.course_id
        with self.world.database.write() as connection:
            person, changed = enter_person(
                connection,
                self.deployment_id,
                PersonDetails(
                    sub=f"sub of {name}",
                    name=name,
                    given_name=given,
                    family_name=family,
                    email=None,
                    student_number=number,
                ),
                self.clock,
            )
            entrance = enter_course(connection, course_id, person.id, role.value, self.clock)
            if entrance.is_back:
                take_up_again(connection, course_id, [person.id], self.clock)
            if role is Role.LEARNER and (changed or entrance.is_new):
                take_kept_rows(connection, self.world, course_id, person, self.clock)
                expect_participations(connection, self.world, course_id, person)
        return self.visit(person.id, role, activity)

    def teacher(self, name: str = "Hélène Marchand", *, activity: str = "cc1") -> Visit:
        """A teacher opens an activity."""
        return self.enters(name, role=Role.TEACHER, activity=activity)

    def visit(self, person_id: int, role: Role, activity: str) -> Visit:
        """A visit of somebody."""
        return Visit(
            id=f"visit-{person_id}-{activity}",
            person_id=person_id,
            activity_id=self.activities[activity],
            role=role,
            language="fr",
            began_at=self.clock,
            frame_origins=(),
        )

    def declares(self, visit: Visit, *levels: int) -> None:
        """A student hands levels in for CC1."""
        self.forms += 1
        values = dict(zip(LEVELS_OF_CC1, map(str, levels), strict=True))
        submit_profile(self.world, visit, values, form_token=f"form {self.forms}")

    def importing(self, teacher: Visit) -> Importing:
        """A teacher's imports, step by step."""
        return Importing(world=self.world, teacher=teacher)

    def imports(self, teacher: Visit, content: bytes, name: str = "export.csv") -> Seen:
        """Upload, look and confirm; return what was shown."""
        importing = self.importing(teacher)
        shown = importing.sees(content, names=[name])
        assert importing.confirms(shown) is not None
        return shown

    def decides(
        self, teacher: Visit, content: bytes, line: int, choice: object, *, confirms: bool = True
    ) -> Seen:
        """Upload, choose whose a line is, look again and confirm."""
        importing = self.importing(teacher)
        shown = importing.chooses(importing.uploads(content), line, choice)
        if confirms:
            assert importing.confirms(shown) is not None
        return shown

    def mark(self, visit: Visit) -> ComponentMark:
        """The component mark of a visit's person, as the rules give it now."""
        activity = find_place(self.world, visit).activity
        rules = rules_of(self.world, activity)
        with self.world.database.read() as connection:
            cohort = load_cohort(connection, rules, unit_year(activity))
        return cohort.outcome(cohort.members[visit.person_id]).get_component(activity.component or "")

    def mark_of_catch_up(self, visit: Visit) -> ComponentMark:
        """The catch-up's own mark of a visit's person."""
        activity = find_place(self.world, visit).activity
        rules = rules_of(self.world, activity)
        with self.world.database.read() as connection:
            cohort = load_cohort(connection, rules, unit_year(activity))
        return cohort.outcome(cohort.members[visit.person_id]).get_component(rules.unit.catch_up.key)

    def desired(self, visit: Visit) -> tuple[Decimal | None, str | None] | None:
        """What the LMS should hold for a visit's person and activity: the mark and comment; None: never asked."""
        with self.world.database.read() as connection:
            row = scores_of(connection, [visit.activity_id], visit.person_id).get(
                (visit.activity_id, visit.person_id)
            )
        return None if row is None else (row.mark, row.comment)

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        with self.world.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def contents(self, tables: Collection[Table]) -> str:
        """A digest of whole tables: equal before and after what must change nothing."""
        with self.world.database.read() as connection:
            rows = [[tuple(row) for row in connection.execute(select(table))] for table in tables]
        return hashlib.sha256(repr([sorted(map(repr, each)) for each in rows]).encode()).hexdigest()

    def later(self, **how: float) -> None:
        """Let time pass."""
        self.clock += timedelta(**how)


def prepare(url: str) -> None:
    """A database with its tables and its keys."""
    database = Database(url)
    database.upgrade()
    ensure_keys(
        database, settings_for(url, Path("unused"), port=1, units_dir=Path()).secret, datetime.now(UTC)
    )
    database.close()


def open_school(databases: Databases, folder: Path) -> School:
    """A tool on a database of its own, with a course of four activities and a fifth not set up."""
    settings = settings_for(databases.prepared("with tables and keys", prepare), folder, port=1)
    built = build_world(settings, wake=lambda: None)
    school = School(world=built, clock=datetime.now(UTC))
    school.world = replace(built, now=lambda: school.clock, wake=lambda: school.woken.append(school.clock))
    address = "http://lms.example"
    added = add_platform(
        school.world,
        name="LMS",
        issuer=address,
        client_id="client",
        auth_login_url=f"{address}/auth",
        auth_token_url=f"{address}/token",
        jwks_url=f"{address}/jwks",
    )
    with school.world.database.write() as connection:
        school.deployment_id = deployment_key(connection, added.platform.id, "1")
        school.course_id = find_or_add_course(
            connection, school.deployment_id, "course 1", "L1", "course 1"
        ).id
    for component in ("cc1", "cc2", "exam", "catchup"):
        add_activity(school, component, component)
    add_activity(school, "unset", None)
    return school


def add_activity(school: School, key: str, component: str | None, *, course: str = "course 1") -> None:
    """Add an activity to a course, set up for a component of the unit or not at all."""
    with school.world.database.write() as connection:
        place = find_or_add_course(connection, school.deployment_id, course, "L1", course)
        made = find_or_add_activity(connection, place, f"link {key}", key)
        school.activities[key] = made.id
        if component is not None:
            before = lock_activity(connection, made.id)
            after = replace(before, unit_code=UNIT, academic_year=YEAR, component=component)
            update_activity(connection, before, after)
