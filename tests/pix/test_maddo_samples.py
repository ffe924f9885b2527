"""What the client reads of Pix's answers: the samples, keys that are absent, values that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pix.maddo_answers import (
    error_detail,
    read_campaigns,
    read_json,
    read_organizations,
    read_participations,
    read_token,
)
from pix.maddo_errors import SENTENCES, ApiTrouble, PixApiError
from pix.maddo_values import (
    Campaign,
    Organization,
    Participation,
    TopicLevels,
    Unreadable,
)
from tests.pix.maddo import ASSESSMENT, COLLECTION, SAMPLES, sample


def document(name: str) -> Any:
    """A sample as the client reads it."""
    return read_json((SAMPLES / name).read_text("utf-8"))


def of_collection() -> dict[str, Any]:
    """The first participation of the collection, to be changed."""
    item: dict[str, Any] = sample("maddo_04_participations_profiles_collection_page1_200.json")[
        "campaignParticipations"
    ][0]
    return item


def read_one(item: Any) -> Participation | Unreadable:
    """What becomes of one item."""
    page = read_participations({"campaignParticipations": [item], "page": {"count": 1}}, 1)
    return page.participations[0] if page.participations else page.unreadable[0]


def test_organizations_and_campaigns() -> None:
    assert read_organizations(document("maddo_02_organizations_200.json")) == (
        Organization(id=9001, name="Université de Valbrume"),
        Organization(id=9002, name="Université de Valbrume - Service Pix"),
    )
    campaigns, pages = read_campaigns(document("maddo_03_campaigns_200.json"))
    assert pages == 1
    assert campaigns[0] == Campaign(
        id=COLLECTION,
        code="KTRBWX482",
        name="PIX-L1-CC1-2026",
        kind="PROFILES_COLLECTION",
        is_archived=False,
    )
    assert (campaigns[1].id, campaigns[1].kind) == (ASSESSMENT, "ASSESSMENT")


def test_a_profile_that_was_sent() -> None:
    page = read_participations(document("maddo_04_participations_profiles_collection_page1_200.json"), 1)
    assert (page.number, page.count, page.unreadable) == (1, 2, ())
    assert [each.total for each in page.participations] == [357, 81, 210]
    first = page.participations[0]
    assert first == Participation(
        id=70110001,
        campaign_id=COLLECTION,
        participant_id="4f6238706312fbf59cc8122dd1813d88a85ef438",
        first_name="Chloé",
        last_name="Bélanger-Noël",
        external_id="99200017-4K7Q",
        created_at=datetime(2026, 11, 14, 17, 30, 2, 4000, tzinfo=UTC),
        shared_at=datetime(2026, 11, 14, 17, 42, 51, 730000, tzinfo=UTC),
        total=357,
        mastery=None,
        topics=(
            TopicLevels(competence="1.1", topics=1, lowest=3, highest=3),
            TopicLevels(competence="1.2", topics=1, lowest=2, highest=2),
            TopicLevels(competence="4.1", topics=1, lowest=2, highest=2),
        ),
    )
    assert page.participations[1].participant_id == page.participations[2].participant_id


def test_a_profile_that_was_not_sent() -> None:
    page = read_participations(document("maddo_04_participations_profiles_collection_page2_200.json"), 2)
    sent, begun = page.participations
    assert (sent.first_name, sent.last_name, sent.total) == ("-Zoé", "@Kowalczyk", 258)
    assert (begun.shared_at, begun.total, begun.topics) == (None, None, ())


def test_an_assessment() -> None:
    page = read_participations(document("maddo_05_participations_assessment_200.json"), 1)
    done, begun = page.participations
    assert (done.mastery, done.total) == (Decimal("0.82"), None)
    assert (begun.mastery, begun.shared_at) == (None, None)


def test_topics_of_a_competence_are_gathered_and_unknown_ones_left_out() -> None:
    item = of_collection()
    item["tubes"] += [
        {"competenceId": "recsvLz0W2ShyfD63", "id": "x", "reachedLevel": 6},
        {"competenceId": "recOfAReferentialToCome", "id": "y", "reachedLevel": 1},
    ]
    read = read_one(item)
    assert isinstance(read, Participation)
    assert read.topics[0] == TopicLevels(competence="1.1", topics=2, lowest=3, highest=6)
    assert [each.competence for each in read.topics] == ["1.1", "1.2", "4.1"]


@pytest.mark.parametrize(
    "gone", ["pixScore", "tubes", "participantExternalId", "participantId", "authenticationId"]
)
def test_a_key_may_be_absent_or_null(gone: str) -> None:
    item = of_collection()
    of_null = read_one(item | {gone: None})
    del item[gone]
    assert isinstance(read_one(item), Participation)
    assert read_one(item) == of_null


def test_not_sent_without_its_date() -> None:
    item = of_collection() | {"status": "STARTED"}
    for key in ("sharedAt", "pixScore", "tubes"):
        del item[key]
    read = read_one(item)
    assert isinstance(read, Participation)
    assert read.shared_at is None


def test_the_participant_as_the_published_schema_says() -> None:
    read = read_one(of_collection() | {"participantId": 4242})
    assert isinstance(read, Participation)
    assert read.participant_id == "4242"


def test_texts_no_database_takes() -> None:
    read = read_one(
        of_collection() | {"participantFirstName": "Chl\0o\ud800é", "participantLastName": "B" * 999}
    )
    assert isinstance(read, Participation)
    assert (read.first_name, len(read.last_name)) == ("Chlo?é", 255)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pixScore": -3}, "un total de -3 pix est impossible"),
        ({"pixScore": 1025}, "un total de 1025 pix est impossible"),
        ({"pixScore": "357"}, "« pixScore » n’est pas un nombre entier"),
        ({"pixScore": 357.5}, "« pixScore » n’est pas un nombre entier"),
        ({"pixScore": True}, "« pixScore » n’est pas un nombre entier"),
        ({"pixScore": [357]}, "« pixScore » n’est pas un nombre entier"),
        ({"masteryRate": 1.2}, "son taux de maîtrise n’est pas entre 0 et 1"),
        ({"masteryRate": "0.5"}, "son taux de maîtrise n’est pas entre 0 et 1"),
        ({"sharedAt": None}, "son état (SHARED) et sa date d’envoi se contredisent"),
        ({"status": "STARTED"}, "son état (STARTED) et sa date d’envoi se contredisent"),
        ({"sharedAt": "2026-11-14 17:42:51"}, "« sharedAt » n’est pas un instant"),
        ({"sharedAt": "0001-01-01T00:00:00+14:00"}, "« sharedAt » n’est pas un instant"),
        ({"sharedAt": 1763142171730}, "« sharedAt » n’est pas un texte"),
        ({"createdAt": None}, "« createdAt » manque"),
        ({"campaignId": "512345"}, "« campaignId » n’est pas un nombre entier"),
        ({"participantLastName": {"fr": "x"}}, "« participantLastName » n’est pas un texte"),
        ({"tubes": {}}, "ce n’est pas une liste"),
        ({"tubes": [{"reachedLevel": 9}]}, "un de ses sujets a un niveau impossible"),
    ],
)
def test_what_cannot_be_is_told_and_not_repaired(change: dict[str, Any], said: str) -> None:
    read = read_one(of_collection() | change)
    assert isinstance(read, Unreadable)
    assert read.id == 70110001
    assert read.problem.fr.startswith(f"Participation n° 70110001 : {said}. Elle n’est pas prise en compte")
    assert read.problem.en.startswith("Participation n° 70110001: ")


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"id": None}, {"id": 0}, {"id": 2**63}])
def test_an_item_that_is_none(item: Any) -> None:
    read = read_one(item)
    assert isinstance(read, Unreadable)
    assert read.id is None
    assert "sans numéro" in read.problem.fr


def test_one_bad_item_leaves_the_others() -> None:
    answer = sample("maddo_04_participations_profiles_collection_page1_200.json")
    answer["campaignParticipations"][1]["pixScore"] = -1
    page = read_participations(answer, 1)
    assert [each.id for each in page.participations] == [70110001, 70110003]
    assert [each.id for each in page.unreadable] == [70110002]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"campaignParticipations": {}, "page": {"count": 1}},
        {"campaignParticipations": []},
        {"campaignParticipations": [], "page": {"count": "many"}},
        {"campaignParticipations": [], "page": {"count": -1}},
        {"errors": []},
    ],
)
def test_an_answer_of_another_shape(answer: Any) -> None:
    with pytest.raises(PixApiError) as caught:
        read_participations(answer, 1)
    assert caught.value.trouble is ApiTrouble.OTHER_SHAPE
    assert not caught.value.try_again
    assert caught.value.trouble.is_for_operator


@pytest.mark.parametrize(
    "text", ["", "<html><body>Maintenance</body></html>", "[" * 100_000, '{"a": NaN}', '{"a']
)
def test_a_page_instead_of_data(text: str) -> None:
    with pytest.raises(PixApiError) as caught:
        read_json(text)
    assert caught.value.trouble is ApiTrouble.NOT_JSON
    assert caught.value.try_again


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"access_token": 1}, {"access_token": "a b"}, {"access_token": ""}]
)
def test_a_token_no_header_can_carry(answer: Any) -> None:
    with pytest.raises(PixApiError):
        read_token(answer)


@pytest.mark.parametrize("answer", [{}, [{"id": "1"}], [None], [{"name": "x"}]])
def test_organizations_of_another_shape(answer: Any) -> None:
    with pytest.raises(PixApiError):
        read_organizations(answer)


@pytest.mark.parametrize("answer", [{}, {"campaigns": [{}], "page": {"count": 1}}, {"campaigns": []}])
def test_campaigns_of_another_shape(answer: Any) -> None:
    with pytest.raises(PixApiError):
        read_campaigns(answer)


def test_the_words_of_an_error() -> None:
    text = (SAMPLES / "maddo_06_participations_400.json").read_text("utf-8")
    assert error_detail(text) == '"page.size" must be less than or equal to 200'
    assert error_detail('{"errors": [{"detail": "a\\n b' + "x" * 999 + '"}]}').startswith("a bxxx")
    assert len(error_detail('{"errors": [{"detail": "' + "x" * 999 + '"}]}')) == 200


def test_other_bodies_are_told_without_their_words() -> None:
    """They go to the log: what looks like an answer may hold somebody's name."""
    assert error_detail(" <b>\n  Bad\tGateway</b>") == "a page of 22 signs"
    assert error_detail("") == "nothing"
    with pytest.raises(PixApiError) as caught:
        read_json('{"campaignParticipations": [{"participantFirstName": "Chloé"')
    assert caught.value.detail == "not JSON: 60 signs"


def test_every_trouble_has_its_sentence() -> None:
    assert SENTENCES.keys() == set(ApiTrouble)
    for trouble in ApiTrouble:
        assert not (trouble.try_again and trouble.is_for_operator)
