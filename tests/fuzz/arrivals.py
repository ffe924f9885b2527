"""What may arrive of a small class: who is in it, what Pix knows of them, and the files that tell of it.

People send by the link, with a number typed, by name alone, under a pseudonym with a code of nobody's, as a namesake;
files hold any part of it, in any order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.pix.exports import export, sending
from tests.running_tool import PARIS
from tests.workflows.test_import_files import ASSESSMENT, certified, session_file
from workflows.world import World

NOW = datetime(2026, 12, 20, 12, 0, 31, tzinfo=UTC)
"""The clock when a story begins: everything below is already in the past."""
EXAM_DAY = datetime(2026, 12, 14, tzinfo=UTC).date()
ASSESSMENT_CODE = "XWGDRN563"


@dataclass(frozen=True)
class Learner:
    """Somebody of the class; who is `late` launches only when a story says so."""

    name: str
    number: str
    late: bool = False


CLASS = (
    Learner("Chloé Bélanger-Noël", "99200017"),
    Learner("Inès Zerrouki", "99200082"),
    Learner("Noé Garçon", "99200025"),
    Learner("Zoé Kowalczyk", "99200033", late=True),
    Learner("Tom Petit", "99200041"),
    Learner("TOM PETIT", "99200058", late=True),
)


@dataclass(frozen=True)
class Sent:
    """One sending on Pix. `typed`: the identifier, where `link:` stands for the student's own link."""

    given: str
    family: str
    level: int
    minutes_ago: int
    typed: str | None = None
    number: str | None = None
    account: int = 0

    def at(self) -> datetime:
        return NOW - timedelta(minutes=self.minutes_ago)

    def external_id(self, world: World) -> str | None:
        if self.typed is None or not self.typed.startswith("link:"):
            return self.typed
        return world.codes.external_id(self.typed.removeprefix("link:"))


SURE = (
    Sent("chloe", "B.", 3, 300, typed="link:99200017", account=1),
    Sent("Chloé", "Bélanger-Noël", 4, 200, typed="link:99200017", account=1),
    Sent("Inès", "Zerrouki", 2, 290, typed="99200082", account=2),
    Sent("Zoé", "K.", 5, 280, typed="link:99200033", account=3),
    Sent("Zoé", "Kowalczyk", 1, 100, number="99200033", account=3),
    Sent("Tom", "Petit", 6, 270, typed="link:99200041", account=5),
)
"""Whose these are, nobody has to decide, whatever else comes with them."""
UNSURE = (
    Sent("Inès", "Zerrouki", 5, 110, account=2),
    Sent("Pseudo", "Inconnu", 6, 260, typed="99200025-CCCCCCC", account=4),
    Sent("Noé", "Garçon", 3, 250, account=6),
    Sent("Tom", "Petit", 2, 240, account=7),
    Sent("Qui", "Conque", 4, 230, account=8),
    Sent("Noe", "Garcon", 5, 220, typed="99200082", account=9),
    Sent("Zoé", "Kowalczyk", 4, 210, account=10),
)
SENDINGS = (*SURE, *UNSURE)


@dataclass(frozen=True)
class Share:
    """One line of an assessment: what was shared of its items."""

    given: str
    family: str
    share: str
    number: str = ""
    typed: str = ""


SHARES = (
    Share("Chloé", "Bélanger-Noël", "0,82", typed="link:99200017"),
    Share("Inès", "Zerrouki", "0,5", number="99200082"),
    Share("Noé", "Garçon", "0,4"),
    Share("Quel", "Qu'un", "0,9"),
)


@dataclass(frozen=True)
class Exam:
    """One line of a certification session's file."""

    number: int
    given: str
    family: str
    score: int = 412
    status: str = "Validée"
    typed: str = ""
    born: str = "03/02/2008"


EXAMS = (
    Exam(9100201, "Chloé", "Bélanger-Noël", typed="99200017"),
    Exam(9100202, "Inès", "Zerrouki", 300, typed="99200082"),
    Exam(9100203, "Zoé", "Kowalczyk", 500, typed="99200033"),
    Exam(9100204, "Noé", "Garçon", 200),
    Exam(9100205, "Tom", "Petit", 100, typed="99200041"),
    Exam(9100201, "Chloé", "Bélanger-Noël", 350, typed="99200017"),
    Exam(9100201, "Inès", "Zerrouki", typed="99200082"),
    Exam(9100202, "Inès", "Zerrouki", 0, "Annulée", typed="99200082"),
    Exam(9100204, "N.", "Garcon", 210),
    Exam(9100206, "Tom", "Petit", 120, born="01/01/2007"),
)
"""The first five are one result an exam; the others say something else of these, or are of namesakes."""
HONEST_EXAMS = range(5)


@dataclass(frozen=True)
class Given:
    """A certificate that Pix knows: its code, and what its verification address says."""

    code: str
    exam: int
    name: str
    score: int


CERTIFICATES = (
    Given("P-BCD23FGH", 9100201, "Chloé Bélanger-Noël", 412),
    Given("P-BCD23FGJ", 9100202, "Inès Zerrouki", 300),
    Given("P-BCD23FGK", 9100204, "Noé Garçon", 200),
)


def profiles_file(world: World, sent: Sequence[Sent], *, unsent: bool, broken: bool) -> bytes:
    """An export of the profiles collection, with a line that was not sent and one that cannot be read, if need be."""
    lines = [
        sending(
            first=each.given,
            last=each.family,
            number=each.number,
            external_id=each.external_id(world),
            at=each.at().astimezone(PARIS).strftime("%d/%m/%Y %H:%M"),
            pix=8 * each.level,
        )
        for each in sent
    ]
    if unsent:
        lines.append(sending(first="Inès", last="Zerrouki", number=None, external_id=None, sent=False))
    if broken:
        lines.append(sending(changed={"Nombre de pix total": "beaucoup"}))
    return export(*lines)


def assessment_file(world: World, shares: Sequence[Share]) -> bytes:
    """An export of the assessment, of the sample's shape."""
    header, line = ASSESSMENT.read_text("utf-8-sig").splitlines()[:2]
    (cells,) = csv.reader([line], delimiter=";")
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";", lineterminator="\n")
    for each in shares:
        typed = Sent("", "", 0, 0, typed=each.typed).external_id(world)
        who = [each.family, each.given, "L1", each.number, typed]
        rows.writerow([*cells[:5], *who, *cells[10:16], each.share, *cells[17:]])
    return f"\ufeff{header}\n{written.getvalue()}".encode()


def exams_file(exams: Sequence[Exam]) -> bytes:
    """A certification session's file."""
    lines = [
        certified(
            each.number,
            each.given,
            each.family,
            status=each.status,
            score=each.score if each.status == "Validée" else "-",
            external_id=each.typed,
            born=each.born,
        )
        for each in exams
    ]
    return session_file(EXAM_DAY, *lines)
