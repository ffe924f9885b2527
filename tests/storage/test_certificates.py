"""Certificates: words are added and folded, a code serves one person, names and answers are forgotten in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from grading.certification import CertificationResult, CertificationStatus
from storage.certificates import (
    CertificateState,
    NewCertificate,
    Verdict,
    Word,
    add_certificate,
    add_word,
    certificates_of,
    certificates_with_code,
    find_certificate,
    find_holder,
    forget_certificate,
    forget_names,
    forget_old_names,
    hold_code,
    keep_name,
    names_of,
    release_code,
)
from storage.pix_answers import (
    KeptAnswer,
    find_answer,
    forget_answer,
    forget_answers,
    keep_answer,
    pause,
    paused_until,
)
from storage.scope import UnitYear
from tests.storage.conftest import NOON, Ground

RESULT = CertificationResult(
    type="Pix",
    status=CertificationStatus.VALIDATED,
    score=412,
    date=date(2026, 12, 14),
    centre="Université de Valbrume",
)
DIGEST = "c" * 64


def _new(
    ground: Ground, *, digest: str = DIGEST, result: CertificationResult | None = RESULT
) -> NewCertificate:
    return NewCertificate(
        person_id=ground.alice,
        code_digest=digest,
        consent="2026-11",
        given_at=NOON,
        result=result,
        global_level="Indépendant 2" if result else None,
        levels={"1.1": 4} if result else {},
        exam="exam-1" if result else None,
        doubts=["name_differs"],
    )


def test_one_is_kept_as_it_was_given(ground: Ground) -> None:
    with ground.database.write() as connection:
        first = add_certificate(connection, ground.scope, _new(ground))
        second = add_certificate(connection, ground.scope, _new(ground, digest="d" * 64, result=None))
        newest, kept = certificates_of(connection, ground.scope, ground.alice)
        assert certificates_of(connection, ground.scope) == [newest, kept]
        assert certificates_of(connection, ground.scope, ground.bruno) == []
        assert find_certificate(connection, ground.scope, first) == kept
        elsewhere = UnitYear(course_id=ground.course, unit_code="HA2G12H", academic_year="2026-2027")
        assert find_certificate(connection, elsewhere, first) is None
        assert certificates_with_code(connection, DIGEST) == [kept]
    assert (newest.id, newest.result, newest.exam) == (second, None, None)
    assert (kept.result, kept.global_level, kept.levels, kept.doubts) == (
        RESULT,
        "Indépendant 2",
        {"1.1": 4},
        ("name_differs",),
    )
    assert (kept.consent, kept.given_at, kept.scope, kept.exam) == ("2026-11", NOON, ground.scope, "exam-1")
    assert kept.state is CertificateState.WAITING


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("", CertificateState.WAITING),
        ("accepted", CertificateState.ACCEPTED),
        ("refused", CertificateState.REFUSED),
        ("accepted undone", CertificateState.WAITING),
        ("accepted refused", CertificateState.REFUSED),
        ("accepted refused undone", CertificateState.ACCEPTED),
        ("accepted refused undone undone", CertificateState.WAITING),
        ("undone accepted", CertificateState.ACCEPTED),
        ("accepted withdrawn", CertificateState.WITHDRAWN),
    ],
)
def test_how_one_stands_is_a_fold_over_what_was_said(
    ground: Ground, said: str, state: CertificateState
) -> None:
    with ground.database.write() as connection:
        kept = add_certificate(connection, ground.scope, _new(ground))
        for verdict in said.split():
            word = Word(
                verdict=Verdict(verdict), by_person=ground.bruno, at=NOON, reason=f"because {verdict}"
            )
            add_word(connection, kept, word)
        (found,) = certificates_of(connection, ground.scope)
    assert found.state is state
    assert found.is_live is (state in (CertificateState.WAITING, CertificateState.ACCEPTED))
    assert [word.verdict.value for word in found.words] == said.split()


def test_a_code_serves_one_person_until_it_is_released(ground: Ground) -> None:
    with ground.database.write() as connection:
        assert find_holder(connection, DIGEST) is None
        assert hold_code(connection, DIGEST, ground.alice, NOON) == ground.alice
        assert hold_code(connection, DIGEST, ground.bruno, NOON) == ground.alice
        release_code(connection, DIGEST, ground.bruno)  # not theirs to release
        assert find_holder(connection, DIGEST) == ground.alice
        release_code(connection, DIGEST, ground.alice)
        assert hold_code(connection, DIGEST, ground.bruno, NOON) == ground.bruno


def test_names_are_kept_only_while_somebody_decides(ground: Ground) -> None:
    with ground.database.write() as connection:
        one, other = (add_certificate(connection, ground.scope, _new(ground, digest=d * 64)) for d in "ab")
        keep_name(connection, one, "Chloé", "Bélanger", NOON)
        keep_name(connection, other, "Inès", "Zerrouki", NOON + timedelta(days=1))
        assert names_of(connection, [one, other]) == {one: ("Chloé", "Bélanger"), other: ("Inès", "Zerrouki")}
        forget_old_names(connection, NOON + timedelta(hours=1))
        assert names_of(connection, [one, other]) == {other: ("Inès", "Zerrouki")}
        forget_names(connection, [other])
        assert names_of(connection, [one, other]) == {}


def test_one_taken_back_before_any_word_is_forgotten_whole(ground: Ground) -> None:
    with ground.database.write() as connection:
        kept = add_certificate(connection, ground.scope, _new(ground))
        keep_name(connection, kept, "Chloé", "Bélanger", NOON)
        forget_certificate(connection, kept)
        assert certificates_of(connection, ground.scope) == []
        assert names_of(connection, [kept]) == {}


def test_what_pix_said_is_believed_for_a_while(ground: Ground) -> None:
    soon = NOON + timedelta(minutes=10)
    known = KeptAnswer(answer={"score": 412}, name_digest="n" * 64)
    unknown = KeptAnswer(answer=None, name_digest=None)
    with ground.database.write() as connection:
        assert find_answer(connection, DIGEST, NOON) is None
        keep_answer(connection, DIGEST, unknown, soon)
        assert find_answer(connection, DIGEST, NOON) == unknown
        keep_answer(connection, DIGEST, known, soon)
        assert find_answer(connection, DIGEST, NOON) == known
        assert find_answer(connection, DIGEST, soon) is None
        forget_answer(connection, "d" * 64)
        forget_answers(connection, NOON)
        assert find_answer(connection, DIGEST, NOON) == known
        forget_answer(connection, DIGEST)
        assert find_answer(connection, DIGEST, NOON) is None
        keep_answer(connection, DIGEST, known, soon)
        forget_answers(connection, soon)
        assert find_answer(connection, DIGEST, NOON) is None


def test_an_address_in_trouble_is_left_alone_for_the_longest_time_asked(ground: Ground) -> None:
    address = "https://app.pix.fr/api/shared-certifications"
    with ground.database.write() as connection:
        assert paused_until(connection, address) is None
        pause(connection, address, NOON + timedelta(minutes=10))
        pause(connection, address, NOON + timedelta(seconds=30))
        assert paused_until(connection, address) == NOON + timedelta(minutes=10)
        forget_answers(connection, NOON + timedelta(minutes=10))
        assert paused_until(connection, address) is None
