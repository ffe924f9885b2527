"""Certifications are only ever added to: kept once, taken back and given again, the last word on an exam stands."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from grading.certification import CertificationResult, CertificationStatus
from grading.profile import Evidence, Profile
from storage.certifications import (
    NewCertification,
    add_certification,
    certifications_of,
    certified_units,
    has_certifications,
    kept_certifications,
    standing,
    withdraw_certification,
)
from storage.submissions import NewSubmission, add_submission, submissions_of
from tests.storage.conftest import NOON, Ground

VALIDATED = CertificationResult(
    type="Pix",
    status=CertificationStatus.VALIDATED,
    score=520,
    date=date(2027, 1, 14),
    session="678901",
    centre="Faculté des sciences",
)


def _new(ground: Ground, fingerprint: str, result: CertificationResult = VALIDATED) -> NewCertification:
    return NewCertification(
        person_id=ground.alice,
        result=result,
        source={"kind": "certification_csv", "file": "session.csv", "line": 2},
        exam="digest of the number",
        fingerprint=fingerprint,
        received_at=NOON,
        global_level="Avancé 1",
        levels={"1.1": 5},
    )


def test_a_result_is_kept_once_with_all_that_grading_needs(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert not has_certifications(connection, ground.scope)
        assert add_certification(connection, ground.scope, _new(ground, "a"))
        assert not add_certification(connection, ground.scope, _new(ground, "a"))
        assert has_certifications(connection, ground.scope)
        assert certified_units(connection) == [ground.scope]
        assert certifications_of(connection, ground.scope, [ground.bruno]) == {}
        (kept,) = certifications_of(connection, ground.scope)[ground.alice]
        assert certifications_of(connection, ground.scope, [ground.alice])[ground.alice] == [kept]
    assert kept.result == VALIDATED
    assert kept.certified == replace(VALIDATED, id=str(kept.id))
    assert (kept.evidence, kept.global_level, kept.levels) == (Evidence.VERIFIED, "Avancé 1", {"1.1": 5})
    assert (kept.source["line"], kept.received_at) == (2, NOON)


def test_one_taken_back_stays_on_record_and_counts_no_more(ground: Ground) -> None:
    with ground.database.write() as connection:
        add_certification(connection, ground.scope, _new(ground, "a"))
        (kept,) = certifications_of(connection, ground.scope)[ground.alice]
        for withdrawn in (True, False, True):
            withdraw_certification(connection, kept.id, withdrawn=withdrawn, by_person=ground.bruno, now=NOON)
            left = certifications_of(connection, ground.scope).get(ground.alice, [])
            assert len(left) == (0 if withdrawn else 1)
        (known,) = kept_certifications(connection, ground.scope, ["a", "z"])["a"]
    assert (known.certification_id, known.person_id, known.withdrawn) == (kept.id, ground.alice, True)


def test_what_pix_says_later_of_an_exam_takes_the_place_of_what_it_said(ground: Ground) -> None:
    cancelled = replace(VALIDATED, status=CertificationStatus.CANCELLED, score=None)
    with ground.database.write() as connection:
        add_certification(connection, ground.scope, _new(ground, "a"))
        add_certification(connection, ground.scope, _new(ground, "b", cancelled))
        add_certification(connection, ground.scope, replace(_new(ground, "c"), exam="another"))
        kept = certifications_of(connection, ground.scope)[ground.alice]
        assert [each.fingerprint for each in standing(kept)] == ["b", "c"]
        later = next(each for each in kept if each.fingerprint == "b")
        withdraw_certification(connection, later.id, withdrawn=True, by_person=ground.bruno, now=NOON)
        kept = certifications_of(connection, ground.scope)[ground.alice]
    assert [each.fingerprint for each in standing(kept)] == ["a", "c"], "taking it back restores what was"


def test_the_share_of_an_assessment_campaign_is_kept_to_the_last_digit(ground: Ground) -> None:
    share = Decimal("0.6666666666666666")
    with ground.database.write() as connection:
        new = NewSubmission(
            person_id=ground.alice,
            component="cc1",
            evidence=Evidence.CONFIRMED,
            sent_at=NOON,
            received_at=NOON,
            profile=Profile(mastery=share),
            source={"kind": "maddo"},
            fingerprint="m",
        )
        add_submission(connection, ground.scope, new)
        (kept,) = submissions_of(connection, ground.scope)[ground.alice]
    assert (kept.profile.mastery, kept.evidence) == (share, Evidence.CONFIRMED)
