"""Forms of scales that use pix: per competence, or the total alone; and the one that has no form."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Request
from werkzeug.test import EnvironBuilder

from demo.lms import Page
from tests.web_student.campus import Campus, Student, text_of
from tests.web_student.conftest import OpenTool
from tests.web_student.rules import MASTERY_SCALE, PIX_SCALE, TOTAL_SCALE
from web.visit_carrier import form_token


def test_a_scale_on_pix_asks_for_pix(open_tool: OpenTool) -> None:
    campus = open_tool({"cc1": {"basis": '"pix_mean"', "scale": PIX_SCALE, "cap": "48"}})
    student = campus.student()
    page = student.opens()
    assert [name for name in page.form(having="form_id").fields if name[:3] in ("lev", "pix")] == [
        "pix_1_3",
        "pix_2_3",
        "pix_3_1",
    ]
    assert "pix, 0 à 56" in text_of(page)
    assert student.sends_from(page, 57, 24, 24).status == 422
    sent = student.sends(24, 24, 24)
    assert text_of(sent, "mark") == "10,00/20"
    assert "1.3 : 24 pix" in text_of(sent, "sent")


def test_a_scale_on_the_total_asks_for_the_total_alone(open_tool: OpenTool) -> None:
    campus = open_tool({"exam": {"basis": '"pix_total"', "scale": TOTAL_SCALE, "cap": "640"}})
    student = campus.student()
    page = student.opens("3")
    asked = [
        name for name in page.form(having="form_id").fields if name.split("_")[0] in ("level", "pix", "total")
    ]
    assert asked == ["total"]
    blank = student.sends_from(page, "")
    assert blank.status == 422
    assert "rien n’est écrit" in text_of(blank, "problems")
    assert "facultatif" not in text_of(blank)
    sent = student.sends(320, activity="3")
    assert text_of(sent, "mark") == "10,00/20"
    assert "total : 320 pix" in text_of(sent, "sent")


def test_a_scale_on_the_share_of_acquired_items_has_no_form(open_tool: OpenTool) -> None:
    campus = open_tool({"cc1": {"basis": '"mastery"', "scale": MASTERY_SCALE}})
    student = campus.student()
    page = student.opens()
    shown = text_of(page)
    assert "c’est l’envoi de vos résultats sur Pix qui compte" in text_of(page, "sent-on-pix")
    assert "Envoyer mon profil" not in shown
    assert "Recopiez" not in shown
    assert "1.3 Traiter des données" in text_of(page, "asked")
    visit = campus.tool.site.visits.find(
        _request(campus, student, page), page.url.split("/")[4], datetime.now(UTC)
    )
    assert visit is not None
    token = form_token(campus.tool.site.secret, visit)
    forged = student.browser.post(page.url, {"form_token": token, "form_id": "x", "level_1_3": "7"})
    assert forged.status == 422
    assert "il n’y a rien à déclarer ici" in text_of(forged, "problems")
    assert campus.kept() == 0


def _request(campus: Campus, student: Student, page: Page) -> Request:
    cookie = student.browser.cookies.header(page.url, "first_party") or ""
    made = EnvironBuilder(path="/", base_url=campus.tool.base, headers=[("Cookie", cookie)])
    return Request(made.get_environ())
