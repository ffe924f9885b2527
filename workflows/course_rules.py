"""A unit's rules as one course has them: those of its file, with the course's own dates where it has any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256

from grading.own_dates import OwnDates, with_own_dates
from grading.rules import Unit
from storage.course_dates import current_dates
from storage.database import Connection
from storage.scope import UnitYear
from workflows.world import RulesFile


@dataclass(frozen=True)
class CourseRules:
    """A file of rules with the dates of a course in place of its own.

    Its text is the file's with these dates after it, so a grade names by its digest all that produced it: read as a
    file of rules, the text gives the same unit again.
    """

    file: RulesFile
    own: Mapping[str, OwnDates]

    @cached_property
    def unit(self) -> Unit:
        """The unit with the course's dates."""
        return with_own_dates(self.file.unit, self.own)

    @cached_property
    def text(self) -> str:
        """The file to the letter, then the dates."""
        return (
            f"{self.file.text.rstrip()}\n\n# This course's own dates, in place of those above.\n{self._dates}"
        )

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """The file's own."""
        return self.file.path

    @property
    def _dates(self) -> str:
        return "\n".join(
            f'[[course_dates]]\ncomponent = "{each.key}"\n'
            + (f"opens_at = {_written(each.opens_at)}\n" if each.opens_at else "")
            + f"closes_at = {_written(each.closes_at)}\n"
            for each in self.unit.components
            if each.key in self.own
        )


def file_of(rules: RulesFile) -> RulesFile:
    """The unit's file behind rules that may have a course's dates already."""
    return rules.file if isinstance(rules, CourseRules) else rules


def with_dates(rules: RulesFile, own: Mapping[str, OwnDates]) -> RulesFile:
    """The rules with these dates of a course's own and no others; the file itself where they change nothing."""
    file = file_of(rules)
    made = CourseRules(file, dict(own))
    return file if made.unit == file.unit else made


def rules_in_course(connection: Connection, rules: RulesFile, scope: UnitYear) -> RulesFile:
    """The rules that a unit's marks follow in a course, with the dates of the course's own as they are now."""
    return with_dates(rules, current_dates(connection, scope))


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
