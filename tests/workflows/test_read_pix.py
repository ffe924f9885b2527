"""Campaigns read from Pix's API in the background: found, read once, proven without a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from demo.pix_api.data import participation
from grading.profile import Evidence
from storage.activities import find_or_add_course
from storage.campaigns import find_campaign
from storage.jobs import JobState
from storage.opaque_numbers import keep_opaque_number
from storage.schema import audit, grade, submission
from storage.schema import participation as participations
from tests.pix.maddo import ASSESSMENT, COLLECTION, sample_data
from tests.workflows.pix import CODE, NUMBER, ORGANIZATION, PixSchool, beside_pix, many
from tests.workflows.school import School
from workflows.read_pix import OVERLAP

PAGES = f"/api/campaigns/{NUMBER}/participations"


@pytest.fixture
def pix(school: School) -> Iterator[PixSchool]:
    with beside_pix(school) as made:
        yield made


def test_the_campaign_is_found_and_what_was_sent_confirmed(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"), 357)
    pix.data.add_participations(
        NUMBER,
        [
            participation(
                70, NUMBER, first_name="Bảo", last_name="Nguyên", created_at=pix.school.clock, user_id=9
            )
        ],
    )
    pix.syncs()
    known = pix.known()
    assert (known.number, known.organization_id, known.name) == (NUMBER, ORGANIZATION, "PIX-L1-CC1-2026")
    assert (known.trouble, known.is_archived) == (None, False)
    assert known.found == {"read": 2, "sent": 1, "new": 1, "unreadable": 0, "problems": []}
    assert pix.counts() == {"matched": 1}
    (sent,) = pix.sent(ines)
    assert (sent.evidence, sent.sent_at, sent.profile.total) == (Evidence.CONFIRMED, pix_instant(pix), 357)
    assert sent.profile.levels == {}
    assert sent.source["kind"] == "maddo"
    assert sent.source["campaign"] == CODE
    assert pix.job().state is JobState.DONE


def pix_instant(pix: PixSchool) -> Any:
    """The clock at the moment of sending, to the millisecond that Pix keeps."""
    began = pix.school.clock - timedelta(seconds=1)
    return began.replace(microsecond=began.microsecond // 1000 * 1000)


def test_reading_again_changes_nothing(pix: PixSchool) -> None:
    pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"))
    pix.syncs()
    kept = (participations, submission, grade, audit)
    before = pix.school.contents(kept)
    pix.syncs()
    pix.school.later(days=2)
    pix.syncs()
    assert pix.school.contents(kept) == before
    found = pix.known().found
    assert found is not None
    assert found["new"] == 0


def test_only_what_came_since_is_asked_for_and_everything_once_a_day(pix: PixSchool) -> None:
    pix.sends("Inès Haddad", "99200017")
    pix.school.later(hours=2)
    pix.syncs()
    assert "since" not in pix.server.last("GET", PAGES).query
    first = pix.known()
    pix.school.later(hours=2)
    pix.sends("Hugo Martin", "99200033")
    pix.syncs()
    assert "since" in pix.server.last("GET", PAGES).query
    second = pix.known()
    assert second.found is not None
    assert (second.found["read"], second.found["new"]) == (1, 1)
    assert first.begun_at is not None
    assert first.since == first.begun_at - OVERLAP
    pix.school.later(days=1)
    pix.syncs()
    assert "since" not in pix.server.last("GET", PAGES).query
    third = pix.known()
    assert third.found is not None
    assert (third.found["read"], third.found["new"]) == (2, 0)


def test_twenty_thousand_participations(pix: PixSchool) -> None:
    pix.school.enters("Inès Haddad", "98019999")
    pix.data.participations[NUMBER] = many(pix, 20_000)
    pix.syncs()
    assert pix.counts() == {"matched": 1, "needs_decision": 19_999}
    assert pix.school.count(participations) == 20_000
    assert pix.server.pages(NUMBER) == 100
    done = pix.job()
    assert (done.done, done.total) == (100, 100)
    assert done.message is not None
    assert done.message.fr == "Lecture de Pix : campagne KTRBWX482, page 100 sur 100"


def test_an_archived_campaign_is_still_read(pix: PixSchool) -> None:
    ines = pix.school.enters("Inès Haddad", "99200017")
    pix.sends("Inès Haddad", pix.code("99200017"))
    pix.data.campaigns[ORGANIZATION][0]["archivedAt"] = "2026-11-20T00:00:00.000Z"
    pix.syncs()
    assert pix.known().is_archived is True
    assert len(pix.sent(ines)) == 1


def test_every_campaign_is_read_again_after_its_time(pix: PixSchool) -> None:
    assert pix.sweeps() == ["find"]
    assert pix.known().read_at is not None
    assert pix.sweeps() == []
    pix.school.later(minutes=14)
    assert pix.sweeps() == []
    pix.school.later(minutes=1)
    assert pix.sweeps() == [f"organization {ORGANIZATION}"]


def test_asking_while_it_is_read_reads_it_again(pix: PixSchool) -> None:
    """Somebody sends just after their page was read, and asks: the job that runs does not leave them out."""
    pix.syncs()
    ines = pix.school.enters("Inès Haddad", "99200017")
    told = pix.asking.maddo.participations

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        pages = list(told(*args, **kwargs))
        if not pix.sent(ines) and not pix.data.participations[NUMBER]:
            pix.sends("Inès Haddad", pix.code("99200017"))
            pix.wants()
        return iter(pages)

    pix.asking.maddo.participations = meanwhile  # type: ignore[method-assign]
    pix.syncs()
    assert len(pix.sent(ines)) == 1


def test_a_campaign_given_to_two_courses_is_read_once(pix: PixSchool) -> None:
    with pix.school.world.database.write() as connection:
        other = find_or_add_course(connection, pix.school.deployment_id, "course 2", "L1", "course 2").id
    second = pix.gives_campaign(CODE, course_id=other)
    pix.school.enters("Inès Haddad", "99200017")
    pix.school.enters("Inès Haddad", "99200017", course_id=other)
    pix.sends("Inès Haddad", pix.code("99200017"))
    pix.syncs()
    assert pix.server.pages(NUMBER) == 1
    assert pix.counts() == pix.counts(second) == {"matched": 1}


def test_the_samples_of_an_assessment_and_of_a_collection(school: School) -> None:
    with beside_pix(school, sample_data()) as pix:
        pix.gives_campaign("XWGDRN563", "cc2")
        pix.school.enters("Chloé Bélanger-Noël", "99200017")
        pix.sweeps()
        assert (pix.known().number, pix.known("XWGDRN563").number) == (COLLECTION, ASSESSMENT)
        # The check codes of the samples were made with another key: nothing is certain, and nothing is taken.
        assert pix.counts() == {"needs_decision": 4}


def test_without_access_nothing_is_asked(pix: PixSchool) -> None:
    pix.syncs()
    asked = len(pix.server.received)
    pix.wants()
    pix.school.world = replace(pix.school.world, pix_api=None)
    pix.works()
    assert len(pix.server.received) == asked
    assert pix.job().state is JobState.DONE


def test_a_campaign_is_proven_without_a_file(pix: PixSchool) -> None:
    """The teacher sends through their own link: the next reading says that the campaign is ready."""
    pix.syncs()
    assert proof_of(pix) == {}, "nobody has joined: nothing is shown yet"
    with pix.school.world.database.write() as connection:
        number = keep_opaque_number(connection, pix.teacher.person_id, ["X7CDFHJK"], pix.school.clock)
    pix.data.add_participations(
        NUMBER,
        [
            participation(
                71,
                NUMBER,
                first_name="H",
                last_name="M",
                external_id=pix.code(number),
                created_at=pix.school.clock,
                user_id=1,
            )
        ],
    )
    pix.syncs()
    assert (proof_of(pix)["code"], proof_of(pix)["trial"]) == ("right", "not_seen")
    pix.sends("Hélène Marchand", pix.code(number))
    pix.syncs()
    found = proof_of(pix)
    assert [found[each] for each in ("code", "kind", "external_id", "trial", "date")] == ["right"] * 5
    with pix.school.world.database.read() as connection:
        proven = find_campaign(connection, pix.scope, "cc1")
    pix.sends("Inès Haddad", "99200017")
    pix.syncs()
    with pix.school.world.database.read() as connection:
        assert find_campaign(connection, pix.scope, "cc1") == proven, "a whole proof stays"


def proof_of(pix: PixSchool) -> dict[str, str]:
    """What is kept of the trial: check by check."""
    with pix.school.world.database.read() as connection:
        campaign = find_campaign(connection, pix.scope, "cc1")
    assert campaign is not None
    return {check: standing for check, standing, _, _ in (campaign.proof or {"findings": []})["findings"]}
