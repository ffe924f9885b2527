"""One bad or odd line at a time in a good file: rejected or warned about with its place, the others are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pix.orga_csv import CampaignExport, ProfileRow, read_profiles_collection
from pix.problem import Problem
from pix.problem import ProblemCode as Code
from tests.pix.exports import BOM, COMPETENCE_COLUMNS, HEADER, column, export, sending

LEVEL, PIX = COMPETENCE_COLUMNS[:2]
SENT_AT = "Date et heure de l'envoi (Europe/Paris)"
TOTAL = "Nombre de pix total"
GOOD = sending(last="Témoin", number="99200999")


def read(data: bytes, ceiling: int | None = 7) -> CampaignExport:
    return read_profiles_collection(data, ceiling_level=ceiling)


def rejected(data: bytes, line: int) -> Problem:
    found = read(data)
    assert [row.last_name for row in found.rows] == ["Témoin"]
    (problem,) = found.problems
    assert problem.line == line
    assert f"Ligne {line}" in problem.message.fr
    assert f"Line {line}" in problem.message.en
    assert found.data_lines == 2
    return problem


def only_row(data: bytes) -> ProfileRow:
    (row,) = read(data).rows
    return row


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({LEVEL: 9}, Code.ABOVE_CEILING),
        ({LEVEL: 8}, Code.ABOVE_CEILING),
        ({PIX: 57}, Code.ABOVE_CEILING),
        ({TOTAL: 897}, Code.ABOVE_CEILING),
        ({PIX: -3}, Code.NEGATIVE),
        ({PIX: "-3,5"}, Code.NEGATIVE),
        ({TOTAL: "−1"}, Code.NEGATIVE),
        ({LEVEL: "3,5"}, Code.NOT_A_NUMBER),
        ({LEVEL: "3.1"}, Code.NOT_A_NUMBER),
        ({TOTAL: "1 234"}, Code.NOT_A_NUMBER),
        ({TOTAL: "1\u202f234"}, Code.NOT_A_NUMBER),
        ({LEVEL: "trois"}, Code.NOT_A_NUMBER),
        ({LEVEL: "３"}, Code.NOT_A_NUMBER),
        ({LEVEL: "=3"}, Code.NOT_A_NUMBER),
        ({PIX: "9" * 5000}, Code.NOT_A_NUMBER),
        ({"Certifiable (O/N)": "sans doute"}, Code.NOT_YES_NO),
        ({"Envoi (O/N)": "peut-être"}, Code.NOT_YES_NO),
        ({"Envoi (O/N)": ""}, Code.NOT_YES_NO),
        ({SENT_AT: "NA"}, Code.NOT_AVAILABLE),
        ({SENT_AT: "2026-11-14"}, Code.BAD_DATE),
        ({SENT_AT: "31/02/2026 10:00"}, Code.BAD_DATE),
        ({SENT_AT: "14/11/2026 24:00"}, Code.BAD_DATE),
        ({SENT_AT: "01/01/0001 00:00"}, Code.BAD_DATE),
        ({SENT_AT: "14/11/2026"}, Code.BAD_DATE),
        ({SENT_AT: "29/03/2026 02:30"}, Code.NONEXISTENT_TIME),
        ({"Nom du Participant": "x" * 256}, Code.TOO_LONG),
        ({"Code de suivi Moodle": "x" * 256}, Code.TOO_LONG),
    ],
)
def test_a_bad_cell_rejects_its_line_alone(changed: Mapping[str, object], code: Code) -> None:
    problem = rejected(export(GOOD, sending(changed=changed)), line=3)
    (title,) = changed
    assert problem.code is code
    assert problem.column == title
    assert title in problem.message.fr


def test_every_bad_cell_of_a_line_is_told() -> None:
    problem = rejected(export(sending(changed={LEVEL: 9, PIX: -1, SENT_AT: "hier"}), GOOD), line=2)
    assert [(one.column, one.code) for one in (problem, *problem.also)] == [
        (SENT_AT, Code.BAD_DATE),
        (LEVEL, Code.ABOVE_CEILING),
        (PIX, Code.NEGATIVE),
    ]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({LEVEL: 4}, Code.LEVEL_AND_PIX_DIFFER),
        ({TOTAL: 400}, Code.TOTAL_DIFFERS),
        ({"Nombre de compétences certifiables": 15}, Code.CERTIFIABLE_DIFFERS),
        ({"Certifiable (O/N)": "Non"}, Code.CERTIFIABLE_DIFFERS),
        ({SENT_AT: "25/10/2026 02:30"}, Code.AMBIGUOUS_TIME),
    ],
)
def test_what_is_odd_is_kept_with_a_warning(changed: Mapping[str, object], code: Code) -> None:
    row = only_row(export(sending(changed=changed)))
    assert [warning.code for warning in row.warnings] == [code]
    assert row.profile is not None
    assert row.profile.levels["1.1"] == changed.get(LEVEL, 3)
    assert row.profile.total == changed.get(TOTAL, 384)


def test_an_unsent_line_with_values_is_not_sent() -> None:
    row = only_row(export(sending(sent=False, changed={LEVEL: 9})))
    assert (row.sent, row.profile, row.sent_at) == (False, None, None)
    assert [warning.code for warning in row.warnings] == [Code.UNSENT_WITH_VALUES]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("14/11/2026 18:42", datetime(2026, 11, 14, 17, 42, tzinfo=UTC)),
        ("30/10/2026 23:59", datetime(2026, 10, 30, 22, 59, tzinfo=UTC)),
        ("24/10/2026 23:59", datetime(2026, 10, 24, 21, 59, tzinfo=UTC)),
        ("25/10/2026 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the earlier of the two
        ("25/10/2026 03:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("29/03/2026 03:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("02/03/2019 00:04", datetime(2019, 3, 1, 23, 4, tzinfo=UTC)),
    ],
)
def test_instants_are_utc_at_the_start_of_their_minute(written: str, instant: datetime) -> None:
    assert only_row(export(sending(at=written))).sent_at == instant


@pytest.mark.parametrize(
    ("name", "in_file"),
    [
        ("@Kowalczyk", "'@Kowalczyk"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+33", "'+33"),
        ("-Zoé", "'-Zoé"),
        ("'s Gravenhage", "'s Gravenhage"),
        ("'Ouidad", "'Ouidad"),
        ('Anaïs "Nana"', 'Anaïs "Nana"'),
        ("TD1;TP2", "TD1;TP2"),
        ("deux\nlignes", "deux\nlignes"),
        ("=1+1", "=1+1"),  # a spreadsheet took the protection away
    ],
)
def test_the_protective_quote_is_dropped_and_formulas_stay_text(name: str, in_file: str) -> None:
    data = export(sending(last="XXX")).replace(b'"XXX"', b'"' + in_file.replace('"', '""').encode() + b'"')
    assert only_row(data).last_name == name


def test_leading_zeros_stay() -> None:
    row = only_row(export(sending(number="09200041", external_id="007")))
    assert (row.student_number, row.external_id) == ("09200041", "007")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_mark(end: str) -> None:
    data = export(GOOD, sending(), end=end)
    assert len(read(data).rows) == 2
    assert read(data) == read(data.removeprefix(BOM))


def test_lines_are_counted_where_they_start() -> None:
    data = export(sending(last="a\nb\nc"), sending(changed={LEVEL: 9}), GOOD)
    found = read(data)
    assert [row.line for row in found.rows] == [2, 6]
    assert [problem.line for problem in found.problems] == [5]


def test_a_quote_never_closed_costs_its_line_only() -> None:
    lines = export(GOOD, sending(), sending(), sending()).split(b"\n")
    lines[2] = lines[2].replace(b'"Oui";', b'"Oui;', 1)
    found = read(b"\n".join(lines))
    assert [row.line for row in found.rows] == [2, 4, 5]
    assert [(problem.line, problem.code) for problem in found.problems] == [(3, Code.BAD_QUOTES)]


def test_too_many_or_too_few_cells() -> None:
    data = export([*sending(), 1], sending()[:-1], GOOD)
    assert [(problem.line, problem.code) for problem in read(data).problems] == [
        (2, Code.CELL_COUNT),
        (3, Code.CELL_COUNT),
    ]


def test_cut_anywhere_in_the_last_line_never_gives_a_wrong_row() -> None:
    whole = export(GOOD, sending(last="Éloïse", pix=[17] * 16))
    (full,) = [row for row in read(whole).rows if row.last_name == "Éloïse"]
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for end in range(start + 1, len(whole)):
        found = read(whole[:end])
        assert found.data_lines == 2
        assert Code.NO_FINAL_NEWLINE in {warning.code for warning in found.warnings}
        for row in found.rows[1:]:
            assert row == full
        for problem in found.problems:
            assert (problem.line, problem.code) == (3, Code.TRUNCATED)
        assert len(found.problems) == (1 if end < len(whole) - 1 else 0)


def test_empty_lines_are_told_and_not_counted() -> None:
    data = export(GOOD, [""] * len(HEADER), sending()) + b"\n\n"
    found = read(data)
    assert found.data_lines == 2
    assert [warning.code for warning in found.warnings] == [Code.EMPTY_LINES]


def test_columns_may_be_added_or_moved() -> None:
    header = ["Composante", *HEADER[::-1]]
    found = read(export(["Sciences", *sending()[::-1]], header=header))
    (row,) = found.rows
    assert (row.last_name, row.student_number, row.group) == ("Bélanger-Noël", "99200017", "G1")
    (warning,) = found.warnings
    assert warning.code is Code.COLUMNS_IGNORED
    assert "Composante" in warning.message.fr


def test_headers_are_compared_folded() -> None:
    header = [title.upper().replace("'", "’").replace(" ", "\u00a0") for title in HEADER]
    assert read(export(GOOD, header=header)).rows[0].last_name == "Témoin"


def test_without_roster_nor_external_id() -> None:
    gone = [column(title) for title in ("Groupe", "Numéro Étudiant", "Code de suivi Moodle")]
    header = [title for place, title in enumerate(HEADER) if place not in gone]
    cells = [value for place, value in enumerate(sending()) if place not in gone]
    found = read(export(cells, header=header))
    (row,) = found.rows
    assert (row.student_number, row.external_id, row.group) == (None, None, None)
    assert found.external_id_label is None


def test_a_label_that_says_student_number_is_what_the_learner_typed() -> None:
    gone = [column(title) for title in ("Groupe", "Numéro Étudiant")]
    header = [title for place, title in enumerate(HEADER) if place not in gone]
    header[header.index("Code de suivi Moodle")] = "Numéro étudiant"
    cells = [value for place, value in enumerate(sending()) if place not in gone]
    found = read(export(cells, header=header))
    assert found.external_id_label == "Numéro étudiant"
    assert (found.rows[0].student_number, found.rows[0].external_id) == (None, "99200017-4K7Q")
    both = [title.replace("Code de suivi Moodle", "Numéro étudiant") for title in HEADER]
    row = read(export(sending(), header=both)).rows[0]
    assert (row.student_number, row.external_id) == ("99200017", "99200017-4K7Q")


@pytest.mark.parametrize(
    "label", ["Code", "Groupe", "Numéro Étudiant", "Nom de la campagne", "Student number", "Class", "Classe"]
)
def test_a_label_may_be_the_title_of_another_column(label: str) -> None:
    header = [title.replace("Code de suivi Moodle", label) for title in HEADER]
    found = read(export(sending(external_id="typed"), header=header))
    (row,) = found.rows
    assert found.external_id_label == label
    assert (row.student_number, row.external_id, row.group) == ("99200017", "typed", "G1")
    assert row.campaign_code == "KTRBWX482"


@pytest.mark.parametrize("label", ["Groupe", "Code", "Class"])
def test_a_label_that_pix_would_not_have_put_there_is_what_the_learner_typed(label: str) -> None:
    gone = [column(title) for title in ("Code", "Groupe", "Numéro Étudiant")]
    header = [title for place, title in enumerate(HEADER) if place not in gone]
    header[header.index("Code de suivi Moodle")] = label
    cells = [value for place, value in enumerate(sending(external_id="typed")) if place not in gone]
    (row,) = read(export(cells, header=header)).rows
    assert (row.external_id, row.group, row.campaign_code) == ("typed", None, None)


def test_a_class_just_before_the_sending_is_the_school_s() -> None:
    gone = [column(title) for title in ("Groupe", "Numéro Étudiant")]
    header = [title for place, title in enumerate(HEADER) if place not in gone]
    header[header.index("Code de suivi Moodle")] = "Classe"
    cells = [value for place, value in enumerate(sending(external_id="3e1")) if place not in gone]
    (row,) = read(export(cells, header=header)).rows
    assert (row.external_id, row.group) == (None, "3e1")


def test_several_campaigns_in_one_file_are_told() -> None:
    found = read(export(sending(), sending(code="XWGDRN563")))
    assert [campaign.key for campaign in found.campaigns] == ["KTRBWX482", "XWGDRN563"]
    assert [warning.code for warning in found.warnings] == [Code.SEVERAL_CAMPAIGNS]


def test_without_a_ceiling_eight_is_the_highest() -> None:
    assert len(read(export(sending(pix=64)), ceiling=None).rows) == 1
    assert len(read(export(sending(pix=64)), ceiling=7).problems) == 1


def test_fingerprints_tell_sendings_apart_and_nothing_else() -> None:
    base = only_row(export(sending())).fingerprint()
    renamed = {"Nom de la campagne": "autre nom", "Groupe": "G2", "Nom de l'organisation": "autre"}
    assert only_row(export(sending(changed=renamed))).fingerprint() == base
    others = [
        sending(at="14/11/2026 18:43"),
        sending(pix=25),
        sending(first="Zoé"),
        sending(number="99200018"),
        sending(external_id=None),
        sending(code="XWGDRN563"),
        sending(sent=False),
    ]
    prints = {only_row(export(other)).fingerprint() for other in others}
    assert len(prints | {base}) == len(others) + 1
