"""The values the rules are made of: referential, ceilings, profiles, scales, texts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from grading.catch_up import SecondReason, obstacle_of
from grading.ceiling import Ceiling, ceiling_on
from grading.certifiability import Certifiability, certifiability
from grading.certification import CertificationResult, CertificationStatus
from grading.competences import AREAS, COMPETENCES
from grading.outcome import Situation, assess
from grading.profile import Evidence, Profile, Sending
from grading.requirement import requirement_met
from grading.rules import ProgrammeRequirement, Requires
from grading.scale import Anchor, Scale, Shape, rounded
from grading.text import Bilingual, day, moment, number, percentage
from grading.window import in_certification_window, in_time, is_open
from tests.grading.situations import CATALOGUE, unit_with

CC1 = unit_with().get_component("cc1")


def test_the_referential_has_sixteen_competences_in_five_areas_in_order() -> None:
    assert list(AREAS) == ["1", "2", "3", "4", "5"]
    assert list(COMPETENCES) == sorted(COMPETENCES)
    assert len(COMPETENCES) == 16
    assert len({competence.id for competence in COMPETENCES.values()}) == 16
    assert all(c.area_code in AREAS and c.code.startswith(f"{c.area_code}.") for c in COMPETENCES.values())


@pytest.mark.parametrize(
    ("code", "pix_id", "name"),
    [
        ("1.1", "recsvLz0W2ShyfD63", "Mener une recherche et une veille d\u2019information"),
        ("1.3", "recNv8qhaY887jQb2", "Traiter des données"),
        ("2.4", "recFpYXCKcyhLI3Nu", "S\u2019insérer dans le monde numérique"),
        ("3.2", "recbDTF8KwupqkeZ6", "Développer des documents multimedia"),
        ("4.3", "recfr0ax8XrfvJ3ER", "Protéger la santé, le bien-être et l\u2019environnement"),
        ("5.1", "recIhdrmCuEmCDAzj", "Résoudre des problèmes techniques"),
        ("5.2", "recudHE5Omrr10qrx", "Construire un environnement numérique"),
    ],
)
def test_names_and_ids_are_those_of_pix(code: str, pix_id: str, name: str) -> None:
    assert (COMPETENCES[code].id, COMPETENCES[code].name.fr) == (pix_id, name)


@pytest.mark.parametrize(
    ("on", "level", "profile_pix", "score"),
    [
        (date(2010, 1, 1), 5, 640, 640),
        (date(2022, 8, 31), 5, 640, 640),
        (date(2022, 9, 1), 6, 768, 768),
        (date(2026, 10, 1), 7, 896, 895),
    ],
)
def test_the_ceiling_depends_on_the_day(on: date, level: int, profile_pix: int, score: int) -> None:
    ceiling = ceiling_on(CATALOGUE.ceilings, on)
    assert (ceiling.level, ceiling.profile_pix, ceiling.certification_score) == (level, profile_pix, score)


def test_without_any_ceiling_nothing_can_be_said() -> None:
    with pytest.raises(ValueError, match="no ceiling"):
        ceiling_on((), date(2026, 1, 1))


def test_ceilings_may_come_in_any_order() -> None:
    old = Ceiling(since=date(2020, 1, 1), level=5, profile_pix=640, certification_score=640)
    new = Ceiling(since=date(2024, 1, 1), level=7, profile_pix=896, certification_score=895)
    assert ceiling_on((new, old), date(2023, 1, 1)) is old


def test_a_profile_refuses_what_pix_cannot_say() -> None:
    with pytest.raises(ValueError, match="unknown competence"):
        Profile(levels={"6.1": 2})
    with pytest.raises(ValueError, match="never negative"):
        Profile(levels={"1.1": -1})
    with pytest.raises(ValueError, match="never negative"):
        Profile(pix={"1.1": -1})
    with pytest.raises(ValueError, match="never negative"):
        Profile(total=-1)


@pytest.mark.parametrize("share", ["-0.01", "1.01", "NaN", "Infinity"])
def test_a_mastery_is_a_share(share: str) -> None:
    assert Profile(mastery=Decimal("0")).mastery == 0
    assert Profile(mastery=Decimal("1")).mastery == 1
    with pytest.raises(ValueError, match="a share, from 0 to 1"):
        Profile(mastery=Decimal(share))


def test_a_profile_keeps_its_own_copy() -> None:
    levels = {"1.1": 4}
    profile = Profile(levels=levels)
    levels["1.1"] = 0
    assert profile.level_of("1.1") == 4


def test_a_sending_needs_a_zone_and_keeps_utc() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Sending(profile=Profile(), at=datetime(2026, 10, 1))  # noqa: DTZ001
    paris = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1)
    assert Sending(profile=Profile(), at=paris).at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_evidence_has_an_order() -> None:
    assert Evidence.DECLARED.strength < Evidence.CONFIRMED.strength < Evidence.VERIFIED.strength
    assert [one.is_verified for one in Evidence] == [False, False, True]


def test_a_certification_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="needs its score"):
        CertificationResult(type="Pix", status=CertificationStatus.VALIDATED)
    with pytest.raises(ValueError, match="never negative"):
        CertificationResult(type="Pix", status=CertificationStatus.REJECTED, score=-1)


def test_a_certification_of_another_kind_may_have_no_score_and_then_gives_no_mark() -> None:
    """Pix+ awards none: a unit that asks for one gets no result from it, never 0."""
    unit = unit_with()
    held = CertificationResult(
        type="Pix+ Droit", status=CertificationStatus.VALIDATED, date=unit.catch_up.windows[0].opens_on
    )
    catch_up = replace(unit.catch_up, type="Pix+ Droit")
    assert obstacle_of(unit.catch_up, held) is SecondReason.OTHER_TYPE
    assert obstacle_of(catch_up, held) is SecondReason.NO_CERTIFICATION
    assert obstacle_of(catch_up, replace(held, score=300)) is None


@pytest.mark.parametrize(
    ("levels", "total", "expected"),
    [
        ({"1.1": 1, "1.2": 1, "1.3": 1, "2.1": 1, "2.2": 1}, None, Certifiability(met=True, competences=5)),
        (
            dict.fromkeys(COMPETENCES, 0) | {"1.1": 7, "1.2": 7, "1.3": 7, "2.1": 7},
            None,
            Certifiability(met=False, competences=4),
        ),
        ({"1.1": 1}, 500, Certifiability(met=None, competences=1)),
    ],
)
def test_pix_certifiability(levels: dict[str, int], total: int | None, expected: Certifiability) -> None:
    assert certifiability(Profile(levels=levels, total=total)) == expected


@pytest.mark.parametrize(
    ("levels", "answer"),
    [
        (dict.fromkeys(COMPETENCES, 1), "oui (16)"),
        (dict.fromkeys(COMPETENCES, 0), "non (0)"),
        ({"1.1": 3}, "on ne sait pas (1)"),
    ],
)
def test_eligibility_shows_pix_certifiability_beside_it(levels: dict[str, int], answer: str) -> None:
    shown = assess(unit_with(), Situation(sendings=(Sending(profile=Profile(levels=levels)),))).eligibility
    assert shown.explanation[-1].fr.endswith(answer)


def test_eligibility_says_that_a_partial_sum_does_not_settle_it() -> None:
    sending = Sending(profile=Profile(pix={"1.1": 40}), component="exam")
    lines = assess(unit_with(), Situation(sendings=(sending,))).eligibility.explanation
    assert lines[2].fr == "plus de 400 pix : on ne sait pas (total inconnu, au moins 40 pix)"


def test_the_form_opens_and_closes_with_both_ends_included() -> None:
    assert CC1.opens_at is not None
    second = timedelta(seconds=1)
    assert not is_open(CC1, CC1.opens_at - second)
    assert is_open(CC1, CC1.opens_at)
    assert is_open(CC1, CC1.closes_at)
    assert not is_open(CC1, CC1.closes_at + second)
    assert is_open(CC1, CC1.closes_at + second, deadline=CC1.closes_at + second)


def test_a_component_without_an_opening_is_open_from_always() -> None:
    table = unit_with({"cc1.opens_at": datetime(2026, 9, 1, tzinfo=UTC)}).get_component("cc1")
    assert is_open(table, datetime(2026, 9, 2, tzinfo=UTC))
    assert is_open(replace(table, opens_at=None), datetime(2020, 1, 1, tzinfo=UTC))


def test_in_time_compares_instants_not_clocks() -> None:
    deadline = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))  # the first 02:30 of that night
    second_time = datetime(2026, 10, 25, 2, 15, tzinfo=ZoneInfo("Europe/Paris"), fold=1)
    assert not in_time(CC1, second_time, deadline)
    assert in_time(CC1, datetime(2026, 10, 25, 0, 30, tzinfo=timezone(timedelta(0))), deadline)


@pytest.mark.parametrize(
    ("mark", "step", "expected"),
    [
        ("3.125", "0.01", "3.13"),
        ("2.675", "0.01", "2.68"),
        ("13.3333333333", "0.01", "13.33"),
        ("9.995", "0.01", "10.00"),
        ("9.9949999999", "0.01", "9.99"),
        ("13.12", "0.25", "13.00"),
        ("13.125", "0.25", "13.25"),
        ("12.5", "1", "13.00"),
    ],
)
def test_rounding_is_half_up(mark: str, step: str, expected: str) -> None:
    assert str(rounded(Decimal(mark), Decimal(step))) == expected


def test_a_mean_is_divided_once_so_that_exact_halves_stay() -> None:
    scale = Scale(
        shape=Shape.LINEAR,
        anchors=(Anchor(at=Decimal(0), mark=Decimal(0)), Anchor(at=Decimal(3), mark=Decimal("0.015"))),
    )
    assert str(rounded(scale.mark_at(Decimal(7), 7), Decimal("0.01"))) == "0.01"
    assert scale.mark_at(Decimal(7), 7) == Decimal("0.005")


def test_texts_in_both_languages() -> None:
    text = Bilingual("oui", "yes")
    assert [text.in_(language) for language in ("fr", "en", "en-GB", "EN", "de", "")] == [
        "oui",
        "yes",
        "yes",
        "yes",
        "oui",
        "oui",
    ]
    assert number(Decimal("13.335")) == Bilingual("13,34", "13.34")
    assert percentage(Decimal("0.25")) == Bilingual("25 %", "25%")
    assert percentage(Decimal("0.125")) == Bilingual("12,5 %", "12.5%")
    assert day(date(2026, 10, 30)) == Bilingual("30/10/2026", "2026-10-30")
    assert day(None) == Bilingual("sans date", "undated")
    assert moment(None, "Europe/Paris") == Bilingual("sans date", "undated")
    assert moment(datetime(2026, 7, 1, 10, 5, tzinfo=UTC), "Europe/Paris").fr == "01/07/2026 à 12:05"


def test_rules_are_confirmed_by_somebody_on_a_day() -> None:
    unit = unit_with()
    assert not unit.confirmed
    assert replace(unit, confirmed_by="C. L.", confirmed_on=date(2026, 9, 1)).confirmed


def test_a_unit_finds_its_components() -> None:
    unit = unit_with()
    assert unit.find_component("cc3") is None
    with pytest.raises(KeyError, match="cc3"):
        unit.get_component("cc3")
    with pytest.raises(KeyError, match="cc3"):
        assess(unit, Situation()).get_component("cc3")


CERTIFICATE = CertificationResult(
    type="Pix", status=CertificationStatus.VALIDATED, score=300, date=date(2024, 5, 2)
)


@pytest.mark.parametrize(
    ("since", "min_score", "held", "met"),
    [
        (None, None, [], False),
        (None, None, [CERTIFICATE], True),
        (None, None, [replace(CERTIFICATE, date=None, type="Pix+ Droit")], True),
        (None, None, [replace(CERTIFICATE, status=CertificationStatus.REJECTED)], False),
        (None, None, [replace(CERTIFICATE, status=CertificationStatus.CANCELLED), CERTIFICATE], True),
        (date(2024, 5, 2), None, [CERTIFICATE], True),
        (date(2024, 5, 3), None, [CERTIFICATE], False),
        (date(2024, 5, 3), None, [replace(CERTIFICATE, date=None)], False),
        (None, 300, [CERTIFICATE], True),
        (None, 301, [CERTIFICATE], False),
    ],
)
def test_programme_requirement(
    since: date | None, min_score: int | None, held: list[CertificationResult], met: bool
) -> None:
    requirement = ProgrammeRequirement(
        programme="CMI",
        requires=Requires.CERTIFICATION,
        text=Bilingual("…", "…"),
        since=since,
        min_score=min_score,
    )
    assert requirement_met(requirement, held, unit_completed=True) is met


def test_a_requirement_of_the_unit_asks_only_whether_it_is_completed() -> None:
    requirement = ProgrammeRequirement(
        programme="HAV404V", requires=Requires.UNIT_COMPLETED, text=Bilingual("…", "…")
    )
    assert requirement_met(requirement, (), unit_completed=True)
    assert not requirement_met(requirement, [CERTIFICATE], unit_completed=False)


def test_a_certification_without_a_date_cannot_be_shown_to_be_in_the_window() -> None:
    """Rule 13: many students hold one from school."""
    catch_up = CATALOGUE.get("HA1G10H").unit.catch_up
    assert not in_certification_window(catch_up, None)
    assert in_certification_window(catch_up, catch_up.windows[0].closes_on)
