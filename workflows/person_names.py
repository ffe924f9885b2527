"""What to call a person on the teacher's pages, and in which order a cohort is read."""

from __future__ import annotations

from pix.folding import fold
from storage.people import Person


def person_name(person: Person) -> str:
    """What to call a person: the LMS may share a full name, parts of it, or nothing."""
    parts = " ".join(part for part in (person.given_name, person.family_name) if part)
    return person.name or parts or person.email or person.student_number or f"n° {person.sub}"


def person_label(person: Person) -> str:
    """A person among others: the name, and the student number where the LMS gives one."""
    number = f" ({person.student_number})" if person.student_number else ""
    return f"{person_name(person)}{number}"


def reading_order(family_name: str | None, given_name: str | None, name: str) -> tuple[str, str, str]:
    """Where a name stands in a list: by family name, accents and case aside (Élise between Da Silva and Faure)."""
    return fold(family_name or name), fold(given_name or ""), fold(name)


def order_of(person: Person) -> tuple[str, str, str, int]:
    """Where a person stands in a list; namesakes keep one order."""
    return *reading_order(person.family_name, person.given_name, person_name(person)), person.id
