"""A certificate as a PDF: its code is found however it is drawn, and no file harms or delays who asked for long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pix import certificate_pdf
from pix.certificate_code import CodeTrouble, CodeUnread
from pix.certificate_pdf import LARGEST_PDF, read_code_of_pdf
from tests.fuzz.effort import examples
from tests.pix.pdfs import (
    CODE,
    HOSTILE,
    LINES,
    certificate,
    drawn,
    linked,
    locked,
    paged,
    stream,
    subset_certificate,
)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(certificate(), id="plain"),
        pytest.param(subset_certificate(), id="an embedded font with numbers of its own, and kerning"),
        pytest.param(certificate([*LINES, f"https://app.pix.fr/verification-certificat {CODE}"]), id="twice"),
        pytest.param(
            linked(f"https://app.pix.fr/verification-certificat?code={CODE}"), id="only in its link"
        ),
        pytest.param(locked(""), id="encrypted, but open to readers"),
        pytest.param(b"\n\n" + certificate(), id="something before its mark"),
        pytest.param(certificate(["Vérification", "P - B C D 2 3 F G H"]), id="signs drawn apart"),
        pytest.param(paged(*[stream(drawn(["rien"]))] * 4, stream(drawn(LINES))), id="on the fifth page"),
        pytest.param(
            paged(b"<< /Length 5 /Filter /FlateDecode >>\nstream\nwrong\nendstream", stream(drawn(LINES))),
            id="after a damaged page",
        ),
    ],
)
def test_the_code_is_found(data: bytes) -> None:
    assert read_code_of_pdf(data).text == CODE


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        pytest.param(
            certificate(["Attestation de réussite"]), CodeTrouble.PDF_WITHOUT_CODE, id="other paper"
        ),
        pytest.param(paged(stream(b"q 9 0 0 9 0 0 cm Q")), CodeTrouble.PDF_WITHOUT_CODE, id="a scan"),
        pytest.param(certificate([*LINES, "P-ZZZ22333"]), CodeTrouble.PDF_SEVERAL, id="two certificates"),
        pytest.param(locked("secret"), CodeTrouble.PDF_LOCKED, id="a password"),
        pytest.param(b"PK\x03\x04 a workbook", CodeTrouble.NOT_A_PDF, id="something else"),
        pytest.param(b"", CodeTrouble.NOT_A_PDF, id="nothing"),
        pytest.param(b"%PDF-" + b"0" * LARGEST_PDF, CodeTrouble.PDF_TOO_LARGE, id="too large"),
        pytest.param(certificate()[:-60], CodeTrouble.PDF_UNREADABLE, id="its end is missing"),
        pytest.param(HOSTILE["noise"](), CodeTrouble.PDF_UNREADABLE, id="noise"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(data: bytes, trouble: CodeTrouble) -> None:
    with pytest.raises(CodeUnread) as refused:
        read_code_of_pdf(data)
    assert refused.value.trouble is trouble
    assert "tapez le code" in refused.value.message.fr
    assert "type the code" in refused.value.message.en
    assert CODE not in str(refused.value) + refused.value.message.fr


def test_a_scan_is_told_from_a_paper_without_code() -> None:
    """The way out differs: the file that Pix gives, not the right paper."""
    said = []
    for data in (paged(stream(b"q Q")), certificate(["Attestation"])):
        with pytest.raises(CodeUnread) as refused:
            read_code_of_pdf(data)
        said.append(refused.value.message.fr)
    assert "image" in said[0]
    assert "image" not in said[1]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_in_time(name: str) -> None:
    data = HOSTILE[name]()
    begun = time.monotonic()
    with pytest.raises(CodeUnread) as refused:
        read_code_of_pdf(data)
    assert time.monotonic() - begun < certificate_pdf.SECONDS + 2
    assert refused.value.message.fr


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock, whatever the other process does: it is ended, and the next file is read."""
    monkeypatch.setattr(certificate_pdf, "SECONDS", 0.01)
    with pytest.raises(CodeUnread) as refused:
        read_code_of_pdf(certificate())
    assert refused.value.trouble is CodeTrouble.PDF_UNREADABLE
    monkeypatch.undo()
    assert read_code_of_pdf(certificate()).text == CODE


def test_more_than_two_at_once_wait_and_then_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_pdf, "_PATIENCE", 0.05)
    with certificate_pdf._readers, certificate_pdf._readers, pytest.raises(CodeUnread) as refused:
        read_code_of_pdf(certificate())
    assert refused.value.trouble is CodeTrouble.PDF_BUSY
    assert read_code_of_pdf(certificate()).text == CODE


SOUND = certificate()


@some.composite
def damaged(draw: some.DrawFn) -> bytes:
    """A certificate after a bad day: bytes changed, cut out, doubled."""
    data = bytearray(SOUND)
    for _ in range(draw(some.integers(1, 6))):
        place = draw(some.integers(5, len(data) - 1))
        length = draw(some.integers(0, 60))
        noise = draw(
            some.binary(max_size=20) | some.just(bytes(data[place : place + length])) | some.just(b"[<<")
        )
        data[place : place + length] = noise
    return bytes(data)


@examples(30)
@given(damaged())
def test_a_damaged_file_gives_its_code_or_a_reason(data: bytes) -> None:
    try:
        assert len(read_code_of_pdf(data).text) == len(CODE)
    except CodeUnread as refused:
        assert refused.message.fr  # noqa: PT017
