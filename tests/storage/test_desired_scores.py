"""What each LMS should hold: what makes a score wait, what does not, and what the counts say."""

from datetime import timedelta
from decimal import Decimal

from storage.desired_scores import (
    ScoreRow,
    ScoreState,
    column_found,
    desire,
    find_score,
    make_due,
    once_sent,
    resend,
    scores_of,
    status_by_platform,
)
from storage.score_claims import Claim, acknowledge, claim_due, due_platforms, give_back, settle
from tests.storage.conftest import NOON, Ground

LATER = NOON + timedelta(minutes=5)


def _want(ground: Ground, mark: str | None, comment: str | None = "CC1", who: int | None = None) -> bool:
    with ground.database.write() as connection:
        return desire(
            connection,
            activity_id=ground.activity,
            person_id=who or ground.alice,
            platform_id=ground.platform,
            mark=None if mark is None else Decimal(mark),
            comment=comment,
            now=NOON,
        )


def _row(ground: Ground) -> ScoreRow | None:
    with ground.database.read() as connection:
        return find_score(connection, ground.activity, ground.alice)


def _state(ground: Ground) -> ScoreState | None:
    row = _row(ground)
    return row.state if row else None


def _claims(ground: Ground, limit: int = 5) -> list[Claim]:
    with ground.database.write() as connection:
        return claim_due(connection, ground.platform, limit, LATER)


def _send(ground: Ground) -> None:
    with ground.database.write() as connection:
        for claim in claim_due(connection, ground.platform, 5, LATER):
            assert acknowledge(connection, claim, LATER)


def test_the_same_twice_is_desired_once(ground: Ground) -> None:
    assert _want(ground, "12.50")
    assert not _want(ground, "12.5")
    assert _want(ground, "12.5", comment="CC1 : vérifié")
    row = _row(ground)
    assert row is not None
    assert (row.mark, row.version, row.state) == (Decimal("12.5"), 2, ScoreState.WAITING)


def test_nothing_is_not_a_score_until_something_was_sent(ground: Ground) -> None:
    assert not _want(ground, None)
    assert _row(ground) is None
    _want(ground, "12")
    _want(ground, None)
    assert _state(ground) is ScoreState.IN_STEP
    assert _claims(ground) == []


def test_what_was_sent_has_to_be_withdrawn(ground: Ground) -> None:
    _want(ground, "12")
    _send(ground)
    _want(ground, None, None)
    (claim,) = _claims(ground)
    assert claim.mark is None
    with ground.database.write() as connection:
        assert acknowledge(connection, claim, LATER)
        assert once_sent(connection, ground.activity, ground.alice) == {Decimal(12), None}
    row = _row(ground)
    assert row is not None
    assert (row.state, row.acknowledged_mark, row.acknowledged_version) == (ScoreState.IN_STEP, None, 2)


def test_typed_by_hand_stays_until_asked(ground: Ground) -> None:
    _want(ground, "12")
    (claim,) = _claims(ground)
    with ground.database.write() as connection:
        settle(connection, claim, ScoreState.TYPED_BY_HAND, problem="typed_by_hand", detail="", lms_mark="17")
    _want(ground, "14")
    _want(ground, None)
    _want(ground, "15")
    assert _state(ground) is ScoreState.TYPED_BY_HAND
    with ground.database.write() as connection:
        assert make_due(connection, [ground.platform], [ScoreState.WAITING, ScoreState.REFUSED]) == 0
        assert resend(connection, LATER, activity_ids=[ground.activity]) == 1
    row = _row(ground)
    assert row is not None
    assert (row.state, row.lms_mark, row.mark) == (ScoreState.WAITING, None, Decimal(15))


def test_resending_asks_for_one_some_or_all_but_not_for_what_was_never_said(ground: Ground) -> None:
    _want(ground, "12")
    _want(ground, "13", who=ground.bruno)
    _send(ground)
    with ground.database.write() as connection:
        assert resend(connection, LATER, person_ids=[ground.bruno]) == 1
        assert resend(connection, LATER, person_ids=[]) == 0
        assert resend(connection, LATER, platform_ids=[ground.platform]) == 2
    _send(ground)
    _want(ground, None)
    _send(ground)
    with ground.database.read() as connection:
        assert len(scores_of(connection, [ground.activity])) == 2
        assert len(scores_of(connection, [ground.activity], ground.bruno)) == 1


def test_a_column_that_is_found_wakes_those_who_had_none(ground: Ground) -> None:
    _want(ground, "12")
    _want(ground, "13", who=ground.bruno)
    one, other = _claims(ground)
    with ground.database.write() as connection:
        settle(connection, one, ScoreState.COLUMN_GONE, problem="column_gone", detail="404")
        settle(connection, other, ScoreState.REFUSED, problem="not_gradable", detail="400")
        assert column_found(connection, ground.activity, LATER) == 1
        assert column_found(connection, ground.activity, LATER) == 0


def test_the_counts_by_platform(ground: Ground) -> None:
    _want(ground, "12")
    _want(ground, "13", who=ground.bruno)
    one, other = _claims(ground)
    with ground.database.write() as connection:
        acknowledge(connection, one, LATER)
        give_back(connection, other)
        status = status_by_platform(connection)[ground.platform]
    assert status.counts == {ScoreState.IN_STEP: 1, ScoreState.WAITING: 1}
    assert status.oldest_waiting == NOON


def test_a_score_desired_afresh_is_due_whatever_the_clock_does(ground: Ground) -> None:
    _want(ground, "12")
    with ground.database.read() as connection:
        assert due_platforms(connection, NOON - timedelta(hours=5)) == [ground.platform]


def test_what_is_claimed_is_nobody_elses(ground: Ground) -> None:
    _want(ground, "12")
    _want(ground, "13", who=ground.bruno)
    (one,) = _claims(ground, limit=1)
    (other,) = _claims(ground)
    assert {one.person_id, other.person_id} == {ground.alice, ground.bruno}
    assert _claims(ground) == []
    with ground.database.write() as connection:
        give_back(connection, one)
    assert [each.person_id for each in _claims(ground)] == [one.person_id]
