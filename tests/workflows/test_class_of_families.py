"""The class of families, by Pix's API and by a file: nobody has a sending that is not theirs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.pix.exports import export, sending
from tests.pix.families import class_of_families
from tests.pix.messy import MessyClass
from tests.pix.rows import CODES
from tests.workflows.pix import PixSchool, beside_pix
from tests.workflows.school import School
from workflows.visit import Role, Visit

SEED = 4


@pytest.fixture
def pix(school: School) -> Iterator[PixSchool]:
    school.world = replace(school.world, codes=CODES)
    with beside_pix(school) as made:
        yield made


def enter(school: School, made: MessyClass) -> dict[int, Visit]:
    """Everybody launches; spaces in a name tell namesakes apart for the LMS alone."""
    visits = {}
    for place, each in enumerate(made.people):
        name = f"{each.given_name} {' ' * place}{each.family_name}" if each.given_name else f"{each.name} "
        role = Role.TEACHER if each.is_teacher else Role.LEARNER
        visits[each.person_id] = school.enters(name, each.student_number, role=role)
    return visits


def test_both_ways_give_each_their_own(pix: PixSchool) -> None:
    made = class_of_families(SEED, roster=False)
    visits = enter(pix.school, made)
    noon = pix.school.clock.replace(second=0, microsecond=0)
    instants = [noon - timedelta(minutes=2 * len(made.rows) - place) for place in range(len(made.rows))]
    sent = [place for place, line in enumerate(made.rows) if line.sent]
    accounts: dict[tuple[str | None, ...], int] = {}
    for place in sent:
        line = made.rows[place]
        who = (line.first_name, line.last_name, line.external_id)
        pix.data.share(
            512345,
            first_name=line.first_name,
            last_name=line.last_name,
            external_id=line.external_id,
            at=instants[place] + timedelta(seconds=7),
            pixScore=384,
            user_id=accounts.setdefault(who, len(accounts) + 1),
        )
    pix.syncs()
    by_api = check(pix, made, visits, instants)
    counts = pix.counts()
    assert sum(counts.values()) == len(sent)

    local = [each.astimezone(ZoneInfo("Europe/Paris")).strftime("%d/%m/%Y %H:%M") for each in instants]
    lines = [
        sending(
            last=line.last_name,
            first=line.first_name,
            number=None,
            external_id=line.external_id,
            at=at,
            sent=line.sent,
        )
        for line, at in zip(made.rows, local, strict=True)
    ]
    seen = pix.school.imports(pix.teacher, export(*lines))
    assert sum(seen.counts.values()) == len(made.rows)
    by_both = check(pix, made, visits, instants)
    sys.stdout.write(
        f"\nfamilies: {len(sent)} sendings; by the API {counts}; by the file {seen.counts}; {by_both} kept"
    )
    assert by_api == by_both == counts["matched"]


def check(pix: PixSchool, made: MessyClass, visits: dict[int, Visit], instants: list[datetime]) -> int:
    """Every sending that somebody has is one of theirs; return how many there are, come once or twice."""
    kept = 0
    for person, visit in visits.items():
        theirs = {at for at, who in zip(instants, made.truth, strict=True) if who == person}
        counted = [each.sent_at.replace(second=0, microsecond=0) for each in pix.sent(visit)]
        assert set(counted) <= theirs, (person, counted)
        kept += len(set(counted))
    return kept
