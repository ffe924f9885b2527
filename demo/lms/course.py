"""What an LMS is made of: people, activities (LTI resource links), courses, a site. Plain values, no state.

Moodle's numbering habit is kept: every identifier is a small integer written as text, unique in one site only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_ADMINISTRATOR = (
    "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
    _MEMBERSHIP + "Instructor",
    "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
)


class Role(StrEnum):
    """What a person is in a course, with what Moodle makes of it in messages and in the gradebook."""

    STUDENT = "student"
    TEACHER = "teacher"
    NON_EDITING_TEACHER = "non_editing_teacher"
    ADMINISTRATOR = "administrator"

    @property
    def launch_roles(self) -> tuple[str, ...]:
        """The `roles` claim. A non-editing teacher launches as Instructor."""
        if self is Role.ADMINISTRATOR:
            return _ADMINISTRATOR
        return (_MEMBERSHIP + ("Learner" if self is Role.STUDENT else "Instructor"),)

    @property
    def roster_role(self) -> str:
        """The short role of the members list: there a non-editing teacher is a Learner."""
        return "Instructor" if self in (Role.TEACHER, Role.ADMINISTRATOR) else "Learner"

    @property
    def gradable(self) -> bool:
        """Only students have a grade; a score for anybody else is refused."""
        return self is Role.STUDENT

    @property
    def teaches(self) -> bool:
        """May see and change the whole gradebook."""
        return self is not Role.STUDENT


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody enrolled in a course; `idnumber` is Moodle's "ID number" (the student number, or empty)."""

    id: str
    given: str
    family: str
    username: str
    email: str
    idnumber: str = ""
    role: Role = Role.STUDENT

    @property
    def name(self) -> str:
        """Moodle's display name: given name, family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A resource link of the tool. `graded` activities own a coupled column of `maximum` points."""

    id: str
    title: str
    description: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    graded: bool = True
    maximum: Decimal = Decimal(20)
    resource_id: str = ""
    tag: str = ""
    target_link_uri: str = ""
    container: str = "iframe"
    icon: str = ""

    def __post_init__(self) -> None:
        if self.container not in {"iframe", "window"}:
            raise ValueError(f"activity {self.id}: container is iframe or window, not {self.container!r}")


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course (LTI context) with its people and activities.

    `history` are the courses it was copied from, parent first.
    """

    id: str
    label: str
    title: str
    idnumber: str = ""
    people: tuple[Person, ...] = ()
    activities: tuple[Activity, ...] = ()
    history: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Site:
    """A whole LMS. One person may be in several courses, under the same id, with a role in each."""

    courses: tuple[Course, ...]
    name: str = "Université de Valbrume"
    timezone: str = "Europe/Paris"

    def __post_init__(self) -> None:
        links = [activity.id for course in self.courses for activity in course.activities]
        if len(links) != len(set(links)):
            raise ValueError("activity ids are unique in a site")

    def get_course(self, course_id: str) -> Course:
        """The course of that id; LookupError if there is none."""
        for course in self.courses:
            if course.id == course_id:
                return course
        raise LookupError(f"no course {course_id}")

    def find_activity(self, activity_id: str) -> tuple[Course, Activity] | None:
        """The activity of that id with its course, or None."""
        for course in self.courses:
            for activity in course.activities:
                if activity.id == activity_id:
                    return course, activity
        return None


@dataclass(frozen=True, kw_only=True)
class ToolAddresses:
    """Where the registered tool answers: login initiation, the one redirect URI (launch), key set."""

    login_url: str
    launch_url: str
    jwks_url: str

    @property
    def origin(self) -> str:
        """The origin of its pages."""
        parts = urlsplit(self.launch_url)
        return f"{parts.scheme}://{parts.netloc}"


def site_from_data(data: Mapping[str, Any]) -> Site:
    """A site from plain JSON data, of the same shape and names as the dataclasses.

    Raises KeyError, TypeError or ValueError when the data is not of that shape.
    """
    return Site(
        name=data.get("name", "Université de Valbrume"),
        timezone=data.get("timezone", "Europe/Paris"),
        courses=tuple(_course(course) for course in data["courses"]),
    )


def _course(data: Mapping[str, Any]) -> Course:
    people = tuple(
        Person(**{**person, "role": Role(person.get("role", "student"))}) for person in data["people"]
    )
    activities = tuple(
        Activity(**{**activity, "maximum": Decimal(str(activity.get("maximum", 20)))})
        for activity in data["activities"]
    )
    history = tuple(data.get("history", ()))
    return Course(**{**data, "people": people, "activities": activities, "history": history})
