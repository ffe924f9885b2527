"""A course whose students give certificates, and the small Pix that knows these."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from grading.rules import Unit
from pix.verifier import open_verifier
from storage.audit import events_of
from storage.certificates import Certificate, certificates_of, names_of
from tests.pix.small_pix import CODE, SmallPix, second, third
from tests.workflows.school import UNIT, YEAR, School
from workflows.certificate_queue import CertificateQueue, certificate_queue
from workflows.cohort import unit_year
from workflows.give_certificate import give_certificate
from workflows.visit import Visit, find_place

SECRET = b"a secret of no value, 32 signs long"
CHLOE = "Chloé Bélanger-Noël"


@dataclass
class Desk:
    """The course and its Pix; a certificate without a date of its own is inside the catch-up's window."""

    school: School
    pix: SmallPix
    _codes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        verifier = open_verifier(self.pix.address, SECRET, agent="tests")
        self.school.world = replace(self.school.world, verifier=verifier)

    @property
    def unit(self) -> Unit:
        """The unit's rules."""
        rules = self.school.world.rules.find(UNIT, YEAR)
        assert rules is not None
        return rules.unit

    @property
    def inside(self) -> date:
        """A day inside the catch-up's window."""
        return self.unit.catch_up.windows[0].opens_on

    @property
    def outside(self) -> date:
        """A day of a school certificate."""
        return self.inside - timedelta(days=700)

    def certifies(
        self, name: str = CHLOE, *, code: str = CODE, on: date | None = None, old: bool = False, **said: Any
    ) -> str:
        """Pix knows a certificate of this name from now on; its code is returned."""
        first, _, last = name.partition(" ")
        when = (on or self.inside).isoformat()
        dated = (
            {"date": when}
            if old
            else {"certification_date": f"{when}T08:05:12.000Z", "verification_code": code}
        )
        make = second if old else third
        self.pix.knows(code, make(first_name=first, last_name=last, **{**dated, **said}))
        return code

    def enters(self, name: str = CHLOE, number: str | None = "99200017", **how: Any) -> Visit:
        """A student opens the catch-up."""
        return self.school.enters(name, number, **{"activity": "catchup", **how})

    def gives(self, visit: Visit, code: str = CODE, *, consent: bool = True) -> str:
        """A student gives a code; how the certificate stands then."""
        return give_certificate(self.school.world, visit, typed=code, pdf=None, consent=consent).value

    def kept(self, visit: Visit) -> list[Certificate]:
        """What is kept of a visit's person in the unit, newest first."""
        activity = find_place(self.school.world, visit).activity
        with self.school.world.database.read() as connection:
            return certificates_of(connection, unit_year(activity), visit.person_id)

    def names(self, visit: Visit) -> list[tuple[str, str]]:
        """The names still kept on the certificates of a visit's person."""
        kept = self.kept(visit)
        with self.school.world.database.read() as connection:
            return list(names_of(connection, [each.id for each in kept]).values())

    def queue(self, teacher: Visit) -> CertificateQueue:
        """What a teacher sees."""
        return certificate_queue(self.school.world, teacher)

    def told(self) -> list[str]:
        """What the audit tells, oldest first."""
        with self.school.world.database.read() as connection:
            return [each["action"] for each in reversed(events_of(connection, self.school.course_id))]
