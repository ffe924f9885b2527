"""What holds for every profile and every list of sendings, whatever they are."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.ceiling import ceiling_on
from grading.certification import CertificationResult, CertificationStatus
from grading.competences import COMPETENCES
from grading.outcome import Absence, Situation, assess
from grading.profile import Evidence, Profile, Sending
from grading.rules import Unit
from tests.grading.situations import CATALOGUE, unit_with

LINEAR = {"shape": "linear", "anchors": [{"at": 0, "mark": 0}, {"at": 768, "mark": 20}]}
UNITS = (
    unit_with(),
    unit_with(
        {
            "cc1.basis": "pix_mean",
            "cc1.cap": 48,
            "exam.basis": "pix_total",
            "exam.cap": 768,
            "exam.scale": LINEAR,
        }
    ),
    unit_with(
        {
            "cc1.basis": "mastery",
            "cc1.scale": {"shape": "linear", "anchors": [{"at": 0, "mark": 0}, {"at": 1, "mark": 20}]},
        }
    ),
    unit_with({"cc1.scale": {"shape": "steps", "anchors": [{"at": 1, "mark": 5}, {"at": 3, "mark": 12}]}}),
)
NEWEST = ceiling_on(CATALOGUE.ceilings, datetime(2026, 11, 1, tzinfo=UTC).date())
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

codes = st.sampled_from(list(COMPETENCES))
levels = st.integers(0, NEWEST.level)
pix = st.integers(0, NEWEST.level * 8)
# Most profiles are whole, as Pix sends them; some are not.
profiles = st.builds(
    Profile,
    levels=st.one_of(
        st.fixed_dictionaries(dict.fromkeys(COMPETENCES, levels)), st.dictionaries(codes, levels)
    ),
    pix=st.one_of(st.fixed_dictionaries(dict.fromkeys(COMPETENCES, pix)), st.dictionaries(codes, pix)),
    total=st.none() | st.integers(0, NEWEST.profile_pix),
    mastery=st.none() | st.decimals(0, 1, places=2),
)
instants = st.none() | st.integers(0, 200).map(
    lambda days: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=days)
)
sendings = st.builds(
    Sending,
    profile=profiles,
    at=instants,
    evidence=st.sampled_from(Evidence),
    component=st.sampled_from([None, "cc1", "cc2", "exam"]),
)
certifications = st.builds(
    CertificationResult,
    type=st.sampled_from(["Pix", "Pix+ Droit"]),
    status=st.sampled_from(CertificationStatus),
    score=st.integers(0, NEWEST.certification_score),
    date=st.none() | st.dates(date(2027, 1, 1), date(2027, 2, 10)),
)
keys = st.sampled_from(["cc1", "cc2", "exam"])
situations = st.builds(
    Situation,
    sendings=st.lists(sendings, max_size=5).map(tuple),
    certifications=st.lists(certifications, max_size=3).map(tuple),
    absences=st.dictionaries(keys, st.sampled_from(Absence), max_size=2),
    closed=st.frozensets(keys),
    acquired_by_compensation=st.booleans(),
    settled=st.none() | st.booleans(),
)
units = st.sampled_from(UNITS)


@FEW
@given(units, situations)
def test_every_mark_is_within_0_and_20_with_two_decimals(unit: Unit, situation: Situation) -> None:
    outcome = assess(unit, situation)
    found = [mark.mark for mark in outcome.components]
    found += [outcome.first_session.mark, outcome.second_session.mark]
    for mark in found:
        assert mark is None or (0 <= mark <= 20 and mark.as_tuple().exponent == -2)


@FEW
@given(units, situations)
def test_recomputing_changes_nothing(unit: Unit, situation: Situation) -> None:
    assert assess(unit, situation) == assess(unit, situation)


@FEW
@given(units, situations, st.randoms())
def test_the_order_of_sendings_does_not_change_the_best(
    unit: Unit, situation: Situation, random: Random
) -> None:
    shuffled = list(situation.sendings)
    random.shuffle(shuffled)
    one, other = assess(unit, situation), assess(unit, replace(situation, sendings=tuple(shuffled)))
    # The latest of several undated sendings is the last of the list: only what reads "the latest" may differ.
    for before, after in zip(one.components[:-1], other.components[:-1], strict=True):
        assert (before.mark, before.status, before.counting) == (after.mark, after.status, after.counting)
    assert one.first_session == other.first_session


@FEW
@given(units, profiles, codes, st.integers(1, 7), st.integers(1, 56))
def test_a_better_profile_never_lowers_a_mark_nor_loses_eligibility(
    unit: Unit, profile: Profile, code: str, more_levels: int, more_pix: int
) -> None:
    raised = Profile(
        levels={c: v + (more_levels if c == code else 0) for c, v in profile.levels.items()},
        pix={c: v + (more_pix if c == code else 0) for c, v in profile.pix.items()},
        total=None if profile.total is None else profile.total + more_pix,
        mastery=None
        if profile.mastery is None
        else min(profile.mastery + Decimal(more_pix) / 100, Decimal(1)),
    )
    before = assess(unit, Situation(sendings=(Sending(profile=profile),)))
    after = assess(unit, Situation(sendings=(Sending(profile=raised),)))
    for lower, higher in zip(before.components, after.components, strict=True):
        assert lower.mark is None or (higher.mark is not None and higher.mark >= lower.mark)
    low, high = before.first_session.mark, after.first_session.mark
    assert low is None or (high is not None and high >= low)
    assert after.eligibility.met or not before.eligibility.met
    assert after.acquired or not before.acquired


@FEW
@given(units, situations)
def test_declared_marks_never_acquire(unit: Unit, situation: Situation) -> None:
    declared = tuple(replace(one, evidence=Evidence.DECLARED) for one in situation.sendings)
    alone = Situation(sendings=declared)
    outcome = assess(unit, alone)
    assert not outcome.acquired
    assert not outcome.eligibility.met


@FEW
@given(units, situations)
def test_late_sendings_change_no_mark(unit: Unit, situation: Situation) -> None:
    late = Sending(profile=Profile(levels=dict.fromkeys(COMPETENCES, 7)), at=datetime(2027, 8, 1, tzinfo=UTC))
    before = assess(unit, situation)
    after = assess(unit, replace(situation, sendings=(*situation.sendings, late)))
    for one, other in zip(before.components, after.components, strict=True):
        assert one.mark == other.mark
    assert before.eligibility == after.eligibility
    assert before.first_session.mark == after.first_session.mark


@FEW
@given(st.integers(0, 895))
def test_the_catch_up_scale_rises(score: int) -> None:
    scale = UNITS[0].catch_up.scale
    assert scale.mark_at(Decimal(score)) <= scale.mark_at(Decimal(score + 1)) <= 20
