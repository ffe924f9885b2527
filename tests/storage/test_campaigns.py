"""One campaign a component, those of before on record; numbers of ours that are nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from storage.audit import events_of
from storage.campaigns import (
    Campaign,
    all_campaigns,
    campaigns_by_code,
    campaigns_of,
    end_campaign,
    find_campaign,
    lock_campaigns,
    note_facts,
    note_proof,
    set_campaign,
)
from storage.opaque_numbers import NoNumberFree, find_opaque_number, keep_opaque_number, opaque_numbers_of
from storage.people import PersonDetails, enter_person
from storage.platforms import deployment_key
from storage.schema import campaign
from tests.storage.conftest import NOON, Ground


def give(ground: Ground, code: str, component: str = "cc1", *, label: str | None = None) -> Campaign:
    """Give a component its campaign."""
    with ground.database.write() as connection:
        lock_campaigns(connection, ground.course)
        return set_campaign(
            connection,
            ground.scope,
            component,
            code=code,
            address=f"https://app.pix.fr/campagnes/{code}",
            external_id_label=label,
            by_person=ground.bruno,
            now=NOON,
        )


def test_a_component_has_one_campaign_at_a_time_and_those_of_before_are_kept(ground: Ground) -> None:
    assert give(ground, "KTRBWX482").proof is None
    second = give(ground, "PVDGHN735")
    with ground.database.write() as connection:
        assert find_campaign(connection, ground.scope, "cc1") == second
        assert find_campaign(connection, ground.scope, "cc2") is None
        assert connection.scalar(select(func.count()).select_from(campaign)) == 2
        assert campaigns_by_code(connection, "KTRBWX482") == []
        assert campaigns_by_code(connection, "PVDGHN735") == [second]
        assert campaigns_by_code(connection, "PVDGHN735", ground.course + 1) == []
        end_campaign(connection, ground.scope, "cc1", by_person=ground.bruno, now=NOON)
        end_campaign(connection, ground.scope, "cc1", by_person=ground.bruno, now=NOON)
        assert find_campaign(connection, ground.scope, "cc1") is None
        told = [each["details"] for each in events_of(connection, ground.course)]
    assert [(each["before"], each["after"]) for each in told] == [
        ("PVDGHN735", None),
        ("KTRBWX482", "PVDGHN735"),
        (None, "KTRBWX482"),
    ]


def test_the_same_code_again_forgets_nothing(ground: Ground) -> None:
    first = give(ground, "KTRBWX482", label="Code de suivi Moodle")
    later = NOON + timedelta(hours=1)
    with ground.database.write() as connection:
        note_facts(connection, first.id, number="512345", kind="profiles_collection")
        note_facts(connection, first.id)
        note_proof(connection, first.id, {"code": "right"}, later)
    again = give(ground, "KTRBWX482")
    assert (again.id, again.number, again.kind) == (first.id, "512345", "profiles_collection")
    assert (again.external_id_label, again.proof, again.proven_at) == (
        "Code de suivi Moodle",
        {"code": "right"},
        later,
    )
    assert again.scope == ground.scope


def test_the_campaigns_of_a_course_and_of_all(ground: Ground) -> None:
    made = [give(ground, "KTRBWX482"), give(ground, "PVDGHN735", "cc2")]
    with ground.database.read() as connection:
        assert campaigns_of(connection, ground.course) == made
        assert campaigns_of(connection, ground.course + 1) == []
        assert all_campaigns(connection) == made


def test_a_person_keeps_one_number_of_ours_that_is_nobody_elses(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert find_opaque_number(connection, ground.alice) is None
        assert keep_opaque_number(connection, ground.alice, ["X7CDFHJK", "X7CDFHJM"], NOON) == "X7CDFHJK"
        assert keep_opaque_number(connection, ground.alice, ["X7CDFHJN"], NOON) == "X7CDFHJK"
        assert keep_opaque_number(connection, ground.bruno, ["X7CDFHJK", "X7CDFHJM"], NOON) == "X7CDFHJM"
        assert opaque_numbers_of(connection, ground.course) == {
            ground.alice: "X7CDFHJK",
            ground.bruno: "X7CDFHJM",
        }


def test_a_number_of_ours_is_never_a_student_number(ground: Ground) -> None:
    details = PersonDetails(
        sub="103", name=None, given_name=None, family_name=None, email=None, student_number="x7cdfhjk"
    )
    with ground.database.write() as connection:
        enter_person(connection, deployment_key(connection, ground.platform, "1"), details, NOON)
        with pytest.raises(NoNumberFree):
            keep_opaque_number(connection, ground.alice, ["X7CDFHJK"], NOON)
        assert keep_opaque_number(connection, ground.alice, ["X7CDFHJK", "X7CDFHJM"], NOON) == "X7CDFHJM"
