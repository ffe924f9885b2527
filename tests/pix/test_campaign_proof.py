"""What one trial sending proves of a campaign: every check right, wrong, not seen yet, by export and by API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pix.campaign_proof import CampaignExpected, Check, Proof, Standing, prove
from pix.campaign_seen import CampaignKind, CampaignSeen, Participation, seen_in_export
from pix.orga_assessment import AssessmentExport
from pix.orga_csv import CampaignExport
from pix.read_files import read_file
from tests.pix.exports import HEADER, export, sending
from tests.pix.rows import CODES

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 15, 10, 0, tzinfo=UTC)
CODE, NUMBER = "KTRBWX482", "X7CDFHJN"
MINE = CODES.external_id(NUMBER)
EXPECTED = CampaignExpected(
    code=CODE, kind="profiles_collection", trial_numbers=[NUMBER], timezone="Europe/Paris"
)
TRIAL = sending(last="Marchand", first="Hélène", number=None, external_id=MINE)


def judged(content: bytes, *, expected: CampaignExpected = EXPECTED) -> Proof:
    """What an export proves."""
    read = read_file("export.csv", content)
    assert isinstance(read.export, CampaignExport | AssessmentExport)
    seen = seen_in_export(read.export, expected.code, days_alone=read.generation == "older")
    return prove(expected, seen, CODES, NOW)


def standings(proof: Proof) -> dict[Check, Standing]:
    """Each check's standing."""
    for each in proof.findings:
        assert each.message.fr != each.message.en
    return {each.check: each.standing for each in proof.findings}


def said(proof: Proof, check: Check) -> str:
    """What is told of a check, in French."""
    return next(each.message.fr for each in proof.findings if each.check is check)


def without(*titles: str) -> bytes:
    """The export of the trial, lacking columns."""
    kept = [place for place, title in enumerate(HEADER) if title not in titles]
    return export([TRIAL[place] for place in kept], header=[HEADER[place] for place in kept])


def test_one_trial_proves_all_but_sending_again() -> None:
    proof = judged(export(TRIAL))
    assert standings(proof) == {
        Check.CODE: Standing.RIGHT,
        Check.KIND: Standing.RIGHT,
        Check.EXTERNAL_ID: Standing.RIGHT,
        Check.TRIAL: Standing.RIGHT,
        Check.DATE: Standing.RIGHT,
        Check.SENT_AGAIN: Standing.NOT_SEEN,
        Check.ROSTER: Standing.RIGHT,
    }
    assert proof.is_whole
    assert "« Code de suivi Moodle »" in said(proof, Check.EXTERNAL_ID)
    assert "14/11/2026 à 18:42" in said(proof, Check.DATE)
    assert "pas encore vu" in said(proof, Check.SENT_AGAIN)


def test_a_second_sending_proves_the_rest() -> None:
    again = sending(last="M", first="H", number=None, external_id=MINE, at="14/11/2026 18:50")
    assert standings(judged(export(TRIAL, again)))[Check.SENT_AGAIN] is Standing.RIGHT
    begun = sending(last="M", first="H", number=None, external_id=MINE, sent=False)
    assert standings(judged(export(TRIAL, begun)))[Check.SENT_AGAIN] is Standing.RIGHT
    # the same identifier with wrong codes may be two people's
    typed = [sending(number=None, external_id="99200017", at=f"14/11/2026 18:5{n}") for n in (1, 2)]
    assert standings(judged(export(*typed)))[Check.SENT_AGAIN] is Standing.NOT_SEEN


def test_another_campaign_is_told_and_nothing_else() -> None:
    proof = judged(export(sending(external_id=MINE, code="XWGDRN563")))
    assert standings(proof) == {Check.CODE: Standing.WRONG}
    assert "XWGDRN563 au lieu de KTRBWX482" in said(proof, Check.CODE)
    assert not proof.is_whole


def test_only_the_lines_of_the_campaign_are_looked_at() -> None:
    other = sending(external_id=MINE, code="XWGDRN563")
    assert standings(judged(export(other, sending(external_id=None))))[Check.TRIAL] is Standing.NOT_SEEN


@pytest.mark.parametrize(
    ("content", "check", "standing", "words"),
    [
        (without("Code"), Check.CODE, Standing.NOT_SEEN, "Aucun code"),
        (
            without("Code de suivi Moodle"),
            Check.EXTERNAL_ID,
            Standing.WRONG,
            "ne demande pas d’identifiant externe",
        ),
        (without("Code de suivi Moodle"), Check.TRIAL, Standing.NOT_SEEN, "identifiant externe"),
        (export(sending(external_id=f"{NUMBER}-4K7Q")), Check.TRIAL, Standing.WRONG, "changé en route"),
        (export(sending(external_id=NUMBER)), Check.TRIAL, Standing.WRONG, "changé en route"),
        (export(sending(external_id=MINE, sent=False)), Check.TRIAL, Standing.NOT_SEEN, "pas envoyé"),
        (export(sending(external_id=MINE, sent=False)), Check.DATE, Standing.NOT_SEEN, "premier envoi"),
        (export(sending(external_id="99200017")), Check.TRIAL, Standing.NOT_SEEN, "adresse e-mail"),
        (
            export(sending(external_id=CODES.external_id("99200017"))),
            Check.TRIAL,
            Standing.RIGHT,
            "code de contrôle juste : 1",
        ),
        (
            export(sending(external_id=MINE, at="15/11/2026 12:00")),
            Check.DATE,
            Standing.WRONG,
            "fuseau horaire",
        ),
        (
            export(TRIAL, sending(external_id=None, at="hier soir")),
            Check.DATE,
            Standing.WRONG,
            "illisible (lignes : 1)",
        ),
        (
            export(sending(external_id=CODES.external_id("99200017"))),
            Check.DATE,
            Standing.RIGHT,
            "la plus récente",
        ),
        (export(TRIAL), Check.ROSTER, Standing.RIGHT, "seconde preuve"),
    ],
)
def test_each_check_says_what_it_sees_and_how_to_mend_it(
    content: bytes, check: Check, standing: Standing, words: str
) -> None:
    proof = judged(content)
    assert standings(proof)[check] is standing
    assert words in said(proof, check)
    assert proof.is_whole == (standing is Standing.RIGHT)


def test_an_organisation_without_a_roster_needs_none() -> None:
    proof = judged(without("Groupe", "Numéro Étudiant"))
    assert standings(proof)[Check.ROSTER] is Standing.NOT_NEEDED
    assert "pas nécessaire" in said(proof, Check.ROSTER)
    assert proof.is_whole


def test_the_older_form_keeps_no_deadline_to_the_hour() -> None:
    old = sending(number=None, external_id=MINE, at="2026-11-14")
    header = ["Date de l'envoi" if "heure de l'envoi" in title else title for title in HEADER]
    proof = judged(export(old, header=header))
    assert standings(proof)[Check.DATE] is Standing.WRONG
    assert "sans l’heure" in said(proof, Check.DATE)


def assessment() -> bytes:
    """The sample of an assessment, one of its sendings a trial of ours."""
    text = (SAMPLES / "Resultats-PIX-L1-CC2-tableur-512350-2026-11-20-1835.csv").read_text("utf-8-sig")
    return text.replace("99200017-4K7Q", MINE).encode()


@pytest.mark.parametrize("kind", ["profiles_collection", "assessment"])
def test_the_type_of_campaign_is_the_one_the_component_reads(kind: CampaignKind) -> None:
    export_of = {"profiles_collection": export(TRIAL), "assessment": assessment()}
    codes = {"profiles_collection": CODE, "assessment": "XWGDRN563"}
    other: CampaignKind = "assessment" if kind == "profiles_collection" else "profiles_collection"
    late = replace(EXPECTED, code=codes[kind], kind=kind)
    read = read_file("export.csv", export_of[kind])
    assert isinstance(read.export, CampaignExport | AssessmentExport)
    seen = seen_in_export(read.export, codes[kind], days_alone=False)
    right = prove(late, seen, CODES, NOW + timedelta(days=30))
    assert right.is_whole
    wrong = prove(replace(late, kind=other), seen, CODES, NOW + timedelta(days=30))
    assert standings(wrong)[Check.KIND] is Standing.WRONG
    assert "créez une autre campagne" in said(wrong, Check.KIND)
    assert not wrong.is_whole


BY_API = CampaignSeen(
    codes=(CODE,),
    number="512345",
    kind="profiles_collection",
    external_id_label=None,
    label_is_told=False,
    has_roster=None,
    days_alone=False,
    dates_unread=0,
    participations=(),
)


def test_the_api_proves_as_much_but_the_label() -> None:
    sent = Participation(external_id=MINE, sent=True, sent_at=NOW - timedelta(minutes=5), account="a")
    nothing = prove(EXPECTED, BY_API, CODES, NOW)
    assert standings(nothing)[Check.EXTERNAL_ID] is Standing.NOT_SEEN
    whole = prove(EXPECTED, replace(BY_API, participations=(sent,)), CODES, NOW)
    assert whole.is_whole
    assert "libellé par l’API" in said(whole, Check.EXTERNAL_ID)
    again = replace(sent, external_id=None)
    twice = prove(EXPECTED, replace(BY_API, participations=(sent, again)), CODES, NOW)
    assert standings(twice)[Check.SENT_AGAIN] is Standing.RIGHT
    without_id = replace(BY_API, participations=(again,))
    assert standings(prove(EXPECTED, without_id, CODES, NOW))[Check.EXTERNAL_ID] is Standing.WRONG
