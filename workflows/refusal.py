"""A story that cannot be told: what, why and what to do, in the user's language."""

from __future__ import annotations

from enum import StrEnum

from grading.text import Bilingual


class RefusalCode(StrEnum):
    """Why a request was refused (closed set; the page's HTTP status follows from it)."""

    NOT_ALLOWED = "not_allowed"
    NOT_SET_UP = "not_set_up"
    UNIT_UNKNOWN = "unit_unknown"
    NOT_FOUND = "not_found"
    NOT_YET_OPEN = "not_yet_open"
    TOO_LATE = "too_late"
    CLOSED = "closed"
    ALREADY_FINAL = "already_final"
    NOTHING_TO_SEND = "nothing_to_send"
    BAD_CHOICE = "bad_choice"
    CHANGED_MEANWHILE = "changed_meanwhile"
    CERTIFICATE = "certificate"


class Refused(Exception):
    """A request the rules do not allow; nothing has been changed."""

    def __init__(self, code: RefusalCode, message: Bilingual) -> None:
        super().__init__(f"{code}: {message.en}")
        self.code = code
        self.message = message


def not_allowed() -> Refused:
    """The role of this visit does not allow what it asks."""
    return Refused(
        RefusalCode.NOT_ALLOWED,
        Bilingual(
            "Votre rôle dans ce cours ne permet pas cette action. Rien n’a été modifié.",
            "Your role in this course does not allow this. Nothing was changed.",
        ),
    )
