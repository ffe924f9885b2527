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
from grading.mark import MarkStatus, published_mark
from grading.outcome import Absence, Situation, assess, assess_parts
from grading.profile import Evidence, Profile, Sending
from grading.rules import CATCH_UP_KEY, Basis, EligibilityEvidence, Publish, Unit
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
@given(units, situations, st.frozensets(st.sampled_from(["cc1", "cc2", "exam", CATCH_UP_KEY])))
def test_parts_alone_are_as_in_the_whole(unit: Unit, situation: Situation, some: frozenset[str]) -> None:
    whole = assess(unit, situation)
    marks, eligible = assess_parts(unit, situation, some)
    assert list(marks.values()) == [each for each in whole.components if each.key in some]
    assert all(mark.key == key for key, mark in marks.items())
    assert eligible == whole.eligibility


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
        assert before.confirmation == after.confirmation
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
@given(units, situations, st.sampled_from(Evidence))
def test_late_sendings_change_no_mark(unit: Unit, situation: Situation, evidence: Evidence) -> None:
    best = Profile(levels=dict.fromkeys(COMPETENCES, 7), total=896, mastery=Decimal(1))
    late = Sending(profile=best, at=datetime(2027, 8, 1, tzinfo=UTC), evidence=evidence)
    before = assess(unit, situation)
    after = assess(unit, replace(situation, sendings=(*situation.sendings, late)))
    for one, other in zip(before.components, after.components, strict=True):
        assert one.mark == other.mark
    assert before.eligibility == after.eligibility
    assert before.first_session.mark == after.first_session.mark


told_by_api = st.builds(
    Sending,
    profile=st.builds(Profile, total=st.none() | st.integers(0, NEWEST.profile_pix)),
    at=instants,
    evidence=st.just(Evidence.CONFIRMED),
    component=st.sampled_from([None, "cc1", "cc2", "exam"]),
)
BY_SENDING = (MarkStatus.VERIFIED, MarkStatus.DECLARED)


@FEW
@given(units, situations, told_by_api)
def test_what_the_api_tells_displaces_no_sending_where_it_cannot_settle_the_mark(
    unit: Unit, situation: Situation, told: Sending
) -> None:
    before = assess(unit, situation)
    after = assess(unit, replace(situation, sendings=(*situation.sendings, told)))
    for one, other in zip(before.components[:-1], after.components[:-1], strict=True):
        if unit.get_component(one.key).basis is Basis.PIX_TOTAL:
            if one.status is MarkStatus.VERIFIED:
                assert one.mark is not None
                assert other.mark is not None
                assert other.mark >= one.mark, "the best of what Pix says"
        elif one.status in BY_SENDING:
            assert (one.mark, one.status, one.counting) == (other.mark, other.status, other.counting)
        else:
            assert other.mark is None or other.mark == one.mark
            assert other.awaits_export or other.status in (one.status, MarkStatus.LATE)


@FEW
@given(units, situations, sendings)
def test_weaker_evidence_changes_nothing_that_is_settled(
    unit: Unit, situation: Situation, sending: Sending
) -> None:
    declared = replace(sending, evidence=Evidence.DECLARED)
    before = assess(unit, situation)
    after = assess(unit, replace(situation, sendings=(*situation.sendings, declared)))
    for one, other in zip(before.components, after.components, strict=True):
        if one.status is MarkStatus.VERIFIED:
            assert (one.mark, one.status, one.counting) == (other.mark, other.status, other.counting)
    assert before.eligibility == after.eligibility


@FEW
@given(units, situations)
def test_a_scale_of_levels_is_never_settled_by_the_api_alone(unit: Unit, situation: Situation) -> None:
    told = tuple(replace(one, evidence=Evidence.CONFIRMED) for one in situation.sendings)
    for mark in assess(unit, Situation(sendings=told)).components[:-1]:
        if unit.get_component(mark.key).basis in (Basis.LEVEL_MEAN, Basis.PIX_MEAN):
            assert mark.mark is None


@FEW
@given(units, sendings)
def test_a_unit_content_with_less_evidence_makes_nobody_less_eligible(unit: Unit, sending: Sending) -> None:
    content = replace(unit, eligibility=replace(unit.eligibility, evidence=EligibilityEvidence.CONFIRMED))
    alone = Situation(sendings=(sending,))
    assert assess(content, alone).eligibility.met or not assess(unit, alone).eligibility.met


@FEW
@given(units, situations)
def test_publishing_sooner_never_holds_back_what_would_go_later(unit: Unit, situation: Situation) -> None:
    for mark in assess(unit, situation).components[:-1]:
        part = unit.get_component(mark.key)
        late, middle, soon = (
            published_mark(replace(part, publish=publish), mark) for publish in reversed(Publish)
        )
        assert late in (None, middle)
        assert middle in (None, soon)


@FEW
@given(st.integers(0, 895))
def test_the_catch_up_scale_rises(score: int) -> None:
    scale = UNITS[0].catch_up.scale
    assert scale.mark_at(Decimal(score)) <= scale.mark_at(Decimal(score + 1)) <= 20
