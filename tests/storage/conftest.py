"""A migrated database of either kind, with a platform, a course, two people and an activity in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from storage.activities import find_or_add_activity, find_or_add_course
from storage.database import Database
from storage.people import PersonDetails, enter_course, enter_person
from storage.platforms import PlatformAddresses, save_platform
from storage.schema import deployment
from storage.scope import UnitYear
from tests.databases import Databases

NOON = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where storage tests stand."""

    database: Database
    platform: int
    course: int
    activity: int
    alice: int
    bruno: int

    @property
    def scope(self) -> UnitYear:
        """The unit taught there."""
        return UnitYear(course_id=self.course, unit_code="HA1G10H", academic_year="2026-2027")


@pytest.fixture
def ground(databases: Databases) -> Iterator[Ground]:
    def prepare(url: str) -> None:
        database = Database(url)
        database.upgrade()
        database.close()

    database = Database(databases.prepared("migrated", prepare))
    addresses = PlatformAddresses(
        name="LMS",
        issuer="https://lms.example",
        client_id="c",
        auth_login_url="https://lms.example/auth",
        auth_token_url="https://lms.example/token",
        jwks_url="https://lms.example/jwks",
        service_origins=(),
    )
    with database.write() as connection:
        platform, _ = save_platform(connection, addresses, [], NOON)
        made = insert(deployment).values(platform_id=platform, deployment_id="1").returning(deployment.c.id)
        key = connection.execute(made).scalar_one()
        course = find_or_add_course(connection, key, "2", "PIX", "Pix")
        activity = find_or_add_activity(connection, course, "1", "CC1")
        people = []
        for sub in ("101", "102"):
            details = PersonDetails(
                sub=sub, name=sub, given_name=None, family_name=None, email=None, student_number=None
            )
            person, _ = enter_person(connection, key, details, NOON)
            enter_course(connection, course.id, person.id, "learner", NOON)
            people.append(person.id)
    yield Ground(
        database=database,
        platform=platform,
        course=course.id,
        activity=activity.id,
        alice=people[0],
        bruno=people[1],
    )
    database.close()
