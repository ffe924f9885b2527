"""Files that cannot be read at all: each is refused with one clear reason, or all of them."""

from __future__ import annotations

import codecs

import pytest

from pix.orga_csv import NotAnExport, Problem, read_profiles_collection
from pix.problem import ProblemCode as Code
from tests.pix.exports import BOM, HEADER, column, export, sending

GOOD = export(sending())
TEXT = GOOD.removeprefix(BOM).decode()


def refused(data: bytes, max_bytes: int = 10**7, max_lines: int = 1000) -> tuple[Problem, ...]:
    with pytest.raises(NotAnExport) as caught:
        read_profiles_collection(data, max_bytes=max_bytes, max_lines=max_lines)
    for problem in caught.value.problems:
        assert problem.message.fr
        assert problem.message.en
        assert problem.message.fr != problem.message.en
    assert str(caught.value)
    return caught.value.problems


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", Code.EMPTY, "vide"),
        (BOM, Code.EMPTY, "vide"),
        (b" \r\n\n", Code.EMPTY, "vide"),
        (b";;;\n;;\n", Code.EMPTY, "vide"),
        (b"%PDF-1.7\n%\xe2\xe3", Code.NOT_TEXT, "PDF"),
        (b"PK\x03\x04\x14\x00\x06\x00", Code.NOT_TEXT, "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", Code.NOT_TEXT, "Excel"),
        (b"\x89PNG\r\n", Code.NOT_TEXT, "image"),
        (b"\x1f\x8b\x08", Code.NOT_TEXT, "GZIP"),
        (b"<!DOCTYPE html><html lang=fr>", Code.NOT_TEXT, "page web"),
        (BOM + b"\n <html>", Code.NOT_TEXT, "page web"),
        (GOOD.replace(b"Oui", b"O\0i", 1), Code.NOT_TEXT, "ligne 2"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")[:-1], Code.WRONG_ENCODING, "UTF-8"),
        (TEXT.encode("utf-16-le"), Code.NOT_TEXT, "octets nuls"),
        (TEXT.encode("cp1252").replace(b"Universit\xe9", b"\x81", 1), Code.WRONG_ENCODING, "ligne 1"),
        (GOOD.replace("Chloé".encode(), b"Chlo\xe9"), Code.WRONG_ENCODING, "ligne 2"),
        (b"bonjour", Code.NOT_RECOGNISED, "en-tête"),
        (b"a;b;c\n1;2;3\n", Code.NOT_RECOGNISED, "Nombre de pix total"),
        (export(header=HEADER), Code.HEADER_ONLY, "personne"),
        (BOM + b'"a"b;"c"\n1;2\n', Code.BAD_QUOTES, "guillemets"),
        (b'"Nom de l', Code.TRUNCATED, "milieu"),
    ],
)
def test_refused_for_one_reason(data: bytes, code: Code, said: str) -> None:
    (problem,) = refused(data)
    assert problem.code is code
    assert said in problem.message.fr


def test_refused_by_size_before_decoding() -> None:
    (problem,) = refused(b"\xff" * 1001, max_bytes=1000)
    assert problem.code is Code.TOO_LARGE


def test_fifty_megabytes_are_refused_by_default() -> None:
    with pytest.raises(NotAnExport) as caught:
        read_profiles_collection(bytes(50 * 1024 * 1024))
    (problem,) = caught.value.problems
    assert problem.code is Code.TOO_LARGE
    assert "52,4 Mo" in problem.message.fr
    assert "52.4 MB" in problem.message.en


def test_refused_by_number_of_lines() -> None:
    (problem,) = refused(export(*[sending()] * 10), max_lines=10)
    assert problem.code is Code.TOO_MANY_LINES


def test_doubled_columns_are_all_named() -> None:
    header = [*HEADER, "Nombre de pix total", "CODE"]
    problems = refused(export([*sending(), 1, 2], header=header))
    assert [(problem.code, problem.column) for problem in problems] == [
        (Code.DUPLICATE_COLUMN, "Nombre de pix total"),
        (Code.DUPLICATE_COLUMN, "CODE"),
    ]


def test_missing_columns_are_all_named() -> None:
    gone = {"Prénom du Participant", "Envoi (O/N)", HEADER[-1]}
    kept = [title for title in HEADER if title not in gone]
    problems = refused(export(header=kept))
    assert {problem.column for problem in problems} == gone
    assert {problem.code for problem in problems} == {Code.MISSING_COLUMN}


def test_a_campaign_without_code_nor_number() -> None:
    kept = [title for title in HEADER if title not in {"Code", "ID Campagne"}]
    (problem,) = refused(export(header=kept))
    assert (problem.code, problem.column) == (Code.MISSING_COLUMN, "Code")


def test_unknown_competence_names_where_columns_were_moved() -> None:
    header = list(HEADER)
    header[-1] = "Nombre de pix pour la compétence Construire un monde"
    header[-2] = "Niveau pour la compétence Construire un monde"
    header[4], header[5] = header[5], header[4]
    problems = refused(export(sending(), header=header))
    assert [(problem.code, problem.column) for problem in problems] == [
        (Code.UNKNOWN_COMPETENCE, header[-2]),
        (Code.UNKNOWN_COMPETENCE, header[-1]),
    ]
    assert f"colonne {column(HEADER[-1]) + 1}" in problems[1].message.fr
