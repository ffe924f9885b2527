"""Forms of scales that use pix: pix per competence, or the total alone."""

from __future__ import annotations

from tests.web_student.campus import text_of
from tests.web_student.conftest import OpenTool
from tests.web_student.rules import PIX_SCALE, TOTAL_SCALE


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
