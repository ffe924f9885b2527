"""Who is enrolled where, now: starts from the site's description, then enrolments end, are suspended, begin."""

import threading
from collections.abc import Iterable
from dataclasses import replace

from demo.lms.course import Person, Role, Site


class Roster:
    """The enrolments of a site; safe to use from several threads."""

    def __init__(self, site: Site) -> None:
        self._lock = threading.Lock()
        self._enrolled = {course.id: {p.id: p for p in course.people} for course in site.courses}
        self._suspended: set[tuple[str, str]] = set()

    def find(self, course_id: str, person_id: str) -> Person | None:
        """The person as enrolled in that course (suspended or not), or None."""
        with self._lock:
            return self._enrolled.get(course_id, {}).get(person_id)

    def find_anywhere(self, person_id: str) -> Person | None:
        """The person as enrolled in the first course that has them, or None."""
        with self._lock:
            for people in self._enrolled.values():
                if person_id in people:
                    return people[person_id]
        return None

    def people(self, course_id: str) -> tuple[Person, ...]:
        """Everybody enrolled in the course, suspended enrolments included."""
        with self._lock:
            return tuple(self._enrolled.get(course_id, {}).values())

    def members(self, course_id: str) -> tuple[Person, ...]:
        """Who the members service lists: enrolled and not suspended; an administrator is no member."""
        with self._lock:
            return tuple(
                person
                for person in self._enrolled.get(course_id, {}).values()
                if (course_id, person.id) not in self._suspended and person.role is not Role.ADMINISTRATOR
            )

    def gradable(self, course_id: str, person_id: str) -> bool:
        """Moodle grades enrolled students only; a suspended enrolment still counts."""
        person = self.find(course_id, person_id)
        return person is not None and person.role.gradable

    def open_course(self, course_id: str, people: Iterable[Person]) -> None:
        """A course that is new to the site, with who is in it."""
        with self._lock:
            self._enrolled[course_id] = {person.id: person for person in people}

    def enrol(self, course_id: str, person: Person) -> None:
        """Enrol somebody, or replace their data and role."""
        with self._lock:
            self._enrolled[course_id][person.id] = person
            self._suspended.discard((course_id, person.id))

    def unenrol(self, course_id: str, person_id: str) -> None:
        """End an enrolment; nothing happens if there is none."""
        with self._lock:
            self._enrolled[course_id].pop(person_id, None)

    def suspend(self, course_id: str, person_id: str) -> None:
        """Suspend an enrolment: left out of the members list, still gradable."""
        with self._lock:
            self._suspended.add((course_id, person_id))

    def change_role(self, course_id: str, person_id: str, role: Role) -> None:
        """Give an enrolled person another role; KeyError if not enrolled."""
        with self._lock:
            people = self._enrolled[course_id]
            people[person_id] = replace(people[person_id], role=role)
