"""Pix is asked once about a code; each of its answers has its words, and both generations are read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grading.certification import CORE_TYPE, CertificationStatus
from grading.competences import COMPETENCES
from pix.certificate_answer import UNNAMED, AnswerMalformed, read_answer
from pix.certificate_code import CertificateCode
from pix.exchange import Exchange
from pix.verification import LARGEST_ANSWER, NotVerified, VerificationTrouble, sentence, verify
from pix.verifier import open_verifier
from tests.fuzz.effort import examples
from tests.fuzz.nonsense import JSON_VALUES
from tests.lti.small_server import Reply
from tests.pix.small_pix import CODE, PATH, SAMPLE, SAMPLES, SmallPix, second, third

NOW = datetime(2026, 12, 20, 9, 0, tzinfo=UTC)
KNOWN = CertificateCode(CODE)


@pytest.fixture
def pix() -> Iterator[SmallPix]:
    with SmallPix() as running:
        yield running


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    made = Exchange(connect_timeout=0.5, read_timeout=1.0, deadline=1.0, largest=LARGEST_ANSWER)
    yield made
    made.close()


def test_the_sample_is_read_whole(pix: SmallPix, exchange: Exchange) -> None:
    """The request is the sample's, byte for byte of meaning; the answer gives what grading needs."""
    found = verify(exchange, pix.address, KNOWN, NOW)
    asked = pix.received[0]
    assert (asked.method, asked.path) == ("POST", PATH)
    assert json.loads(asked.body) == json.loads((SAMPLES / "shared-certification_request.json").read_text())
    assert (found.generation, found.type, found.status) == (3, CORE_TYPE, CertificationStatus.VALIDATED)
    assert (found.score, found.date, found.global_level) == (412, date(2026, 12, 14), "Indépendant 2")
    assert found.centre == "Université de Valbrume"
    assert (found.name.first, found.name.last) == ("Chloé", "Bélanger-Noël")
    assert list(found.levels.values()) == [4, 3, 3, 4, 3, 3, 2, 4, 3, 3, 1, 3, 4, 4, 3, 2]
    assert found.number == "9100201"


def test_birth_data_and_names_do_not_come_out(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing that prints the certificate prints who it is about."""
    found = read_answer(SAMPLE, KNOWN)
    for secret in ("2008-02-03", 'Valbrume"', "Chloé", "Bélanger"):
        assert secret not in repr(found)
    assert not {"birthdate", "birthplace", "birth_date", "birth_place"} & set(vars(found))
    assert "2008" not in repr(vars(found))


def test_the_second_generation_is_read() -> None:
    """-1 is not tested or not validated: unknown, never 0. The evening before, in UTC, is the day in Paris."""
    found = read_answer(second(), KNOWN)
    assert (found.generation, found.type, found.score, found.date) == (2, CORE_TYPE, 337, date(2023, 5, 17))
    assert (found.levels["1.2"], found.levels["3.4"], found.levels["1.1"]) == (None, None, 3)
    assert found.published
    assert found.global_level is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(second(is_published=False), {"published": False}, id="not published yet"),
        pytest.param(second(status="cancelled", pix_score=None), {"score": None}, id="cancelled"),
        pytest.param(
            second(version=3), {"generation": 2, "type": CORE_TYPE}, id="a v3 session, written as v2"
        ),
        pytest.param(second(date="2018-12-01"), {"date": date(2018, 12, 1)}, id="a plain day"),
        pytest.param(
            third(certification_framework="DROIT", pix_score=None), {"type": "Pix+ Droit"}, id="droit"
        ),
        pytest.param(third(certification_framework="CLEA"), {"type": "CléA Numérique by Pix"}, id="cléa"),
        pytest.param(third(certification_framework="NEWER"), {"type": "NEWER"}, id="one of tomorrow"),
        pytest.param(third(certification_framework=...), {"type": UNNAMED}, id="a type that is not said"),
        pytest.param(
            third(certification_framework="Pix"), {"type": UNNAMED}, id="not core by its name alone"
        ),
        pytest.param(
            third(global_level_label=None, level=...), {"global_level": None}, id="below the first level"
        ),
        pytest.param(third(pix_score=0), {"score": 0}, id="a score of 0 is one"),
        pytest.param(third(levels={"1.1": -1}), {"score": 412}, id="a competence not tested"),
        pytest.param(third(certification_center=None), {"centre": None}, id="no centre"),
        pytest.param(third(verification_code=CODE.lower()), {"score": 412}, id="its code in small letters"),
        pytest.param(b"\xef\xbb\xbf" + SAMPLE, {"score": 412}, id="a mark of order first"),
    ],
)
def test_what_an_answer_may_say(body: bytes, expected: dict[str, object]) -> None:
    found = read_answer(body, KNOWN)
    assert {name: getattr(found, name) for name in expected} == expected


def test_without_competences_every_level_is_unknown() -> None:
    """`result-competence-tree` is null when there is no level."""
    document = json.loads(SAMPLE)
    document["data"]["relationships"]["result-competence-tree"]["data"] = None
    del document["included"]
    assert set(read_answer(json.dumps(document).encode(), KNOWN).levels.values()) == {None}


def _with(change: Any) -> bytes:
    document = json.loads(SAMPLE)
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"data": null}',
        b'{"data": []}',
        _with(lambda it: it["data"].update(type="users")),
        _with(lambda it: it["data"].update(attributes=[])),
        _with(lambda it: it["data"].update(id=7)),
        _with(lambda it: it.update(included={})),
        _with(lambda it: it["included"].append(it["included"][0])),
        _with(lambda it: it["included"][0]["attributes"].update(index="6.1")),
        _with(lambda it: it["included"][0]["attributes"].update(level="4")),
        _with(lambda it: it["included"][0]["attributes"].update(level=9)),
        _with(lambda it: it["included"][0]["attributes"].update(level=-2)),
        _with(lambda it: it["included"][0]["attributes"].update(level=True)),
        third(pix_score=None),
        third(pix_score=...),
        third(pix_score="412"),
        third(pix_score=-1),
        third(pix_score=1025),
        third(pix_score=411.5),
        third(certification_date=None),
        third(certification_date="yesterday"),
        third(certification_date="1999-12-31"),
        third(certification_date="9999-12-31T23:59:59.999-23:59"),
        third(first_name=None),
        third(last_name=" "),
        third(last_name="x" * 256),
        third(verification_code="P-ZZZ22333"),
        third(verification_code=7),
        second(is_published="yes"),
        second(status="pending"),
        second(date=...),
    ],
)
def test_a_malformed_answer_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerMalformed) as refused:
        read_answer(body, KNOWN)
    assert "Bélanger" not in str(refused.value)
    assert "BCD" not in str(refused.value)


HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("reply", "trouble", "waits"),
    [
        (Reply(status=404, body=b"<html>"), VerificationTrouble.NOT_PIX, 30.0),
        (Reply(status=400, body=b"{}"), VerificationTrouble.CODE_REFUSED, 0.0),
        (Reply(status=429), VerificationTrouble.BUSY, 30.0),
        (Reply(status=429, headers={"Retry-After": "120"}), VerificationTrouble.BUSY, 120.0),
        (
            Reply(status=429, headers={"Retry-After": "Sun, 20 Dec 2026 09:10:00 GMT"}),
            VerificationTrouble.BUSY,
            600.0,
        ),
        (Reply(status=429, headers={"Retry-After": "999999999"}), VerificationTrouble.BUSY, 3600.0),
        (Reply(status=429, headers={"Retry-After": "soon"}), VerificationTrouble.BUSY, 30.0),
        (Reply(status=500), VerificationTrouble.SILENT, 30.0),
        (Reply(status=503, body=b"<html>", headers=HTML), VerificationTrouble.SILENT, 30.0),
        (Reply(status=302, headers={"Location": "https://example.org/"}), VerificationTrouble.NOT_PIX, 30.0),
        (Reply(status=401), VerificationTrouble.NOT_PIX, 30.0),
        (Reply(status=200, body=b"<html>maintenance", headers=HTML), VerificationTrouble.NOT_PIX, 30.0),
        (Reply(status=204), VerificationTrouble.NOT_PIX, 30.0),
        (Reply(status=200, body=b'{"data": null}'), VerificationTrouble.OTHER_SHAPE, 0.0),
        (Reply(reset=True), VerificationTrouble.SILENT, 30.0),
        (Reply(body=SAMPLE, wait=3.0), VerificationTrouble.SILENT, 30.0),
        (Reply(body=SAMPLE, drip=0.01), VerificationTrouble.SILENT, 30.0),
        (Reply(body=SAMPLE, drip=0.01, drip_headers=True), VerificationTrouble.SILENT, 30.0),
        (Reply(body=b"{" + b" " * (LARGEST_ANSWER + 1)), VerificationTrouble.SILENT, 30.0),
    ],
)
def test_each_refusal_has_its_words_and_is_never_repeated(
    pix: SmallPix, exchange: Exchange, reply: Reply, trouble: VerificationTrouble, waits: float
) -> None:
    pix.instead.append(reply)
    with pytest.raises(NotVerified) as refused:
        verify(exchange, pix.address, KNOWN, NOW)
    assert (refused.value.trouble, refused.value.wait) == (trouble, waits)
    assert len(pix.received) == 1
    said = sentence(trouble)
    assert said.fr
    assert said.en
    assert "BCD" not in str(refused.value) + refused.value.detail


def test_an_unknown_code_is_told_with_its_likely_slip(pix: SmallPix, exchange: Exchange) -> None:
    """The 404 of the sample; Pix makes no code with an O, so the page names the slip."""
    with pytest.raises(NotVerified) as refused:
        verify(exchange, pix.address, CertificateCode("P-OOOO2222"), NOW)
    assert refused.value.trouble is VerificationTrouble.UNKNOWN_CODE
    assert refused.value.trouble.is_about_the_code
    assert "voyelle" in sentence(refused.value.trouble, CertificateCode("P-OOOO2222")).fr
    assert "voyelle" not in sentence(refused.value.trouble, KNOWN).fr


def test_nobody_listening_is_silence(exchange: Exchange) -> None:
    with pytest.raises(NotVerified) as refused:
        verify(exchange, "http://127.0.0.1:9/api/shared-certifications", KNOWN, NOW)
    assert refused.value.trouble is VerificationTrouble.SILENT


@some.composite
def altered(draw: some.DrawFn) -> bytes:
    """The sample or an answer of the second generation with parts replaced by anything."""
    document = json.loads(draw(some.sampled_from([SAMPLE, second()])))
    for _ in range(draw(some.integers(1, 3))):
        place: Any = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(some.sampled_from(keys)) if keys else None
            if key is None:
                break
            if not isinstance(place[key], dict | list) or draw(some.booleans()):
                place[key] = draw(JSON_VALUES)
                break
            place = place[key]
    return json.dumps(document).encode()


@examples(150)
@given(altered() | some.binary(max_size=60) | JSON_VALUES.map(lambda it: json.dumps(it).encode()))
def test_any_answer_is_read_or_refused_in_words(body: bytes) -> None:
    try:
        found = read_answer(body, KNOWN)
    except AnswerMalformed as refused:
        assert str(refused)  # noqa: PT017
        return
    assert found.levels.keys() == COMPETENCES.keys()
    assert all(level is None or 0 <= level <= 8 for level in found.levels.values())
    assert found.score is None or 0 <= found.score <= 1024


@pytest.mark.slow
def test_a_slow_pix_holds_a_page_five_seconds_at_most(pix: SmallPix) -> None:
    """With the time that the application gives it; dripping a sign at a time is as slow."""
    verifier = open_verifier(pix.address, b"secret", agent="tests")
    assert verifier is not None
    pix.instead.append(Reply(body=SAMPLE, drip=0.3))
    begun = time.monotonic()
    with pytest.raises(NotVerified) as refused:
        verify(verifier.exchange, pix.address, KNOWN, NOW)
    assert 4.0 < time.monotonic() - begun < 6.5
    assert refused.value.trouble is VerificationTrouble.SILENT


def test_digests_need_the_key(pix: SmallPix) -> None:
    """Who reads the database cannot try codes: another installation's digest of the same code is another."""
    one, other = (open_verifier(pix.address, secret, agent="tests") for secret in (b"one", b"other"))
    assert one is not None
    assert other is not None
    assert one.digest_of(KNOWN) == one.digest_of(CertificateCode(CODE))
    assert one.digest_of(KNOWN) != other.digest_of(KNOWN)
    assert one.digest_of(KNOWN) != one.digest_of_name([CODE])
    assert CODE not in repr(one) + one.digest_of(KNOWN)
    assert open_verifier("", b"one", agent="tests") is None
