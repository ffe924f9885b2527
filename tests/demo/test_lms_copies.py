"""Copies as Moodle makes them: everything stays the same but the numbers, and the history names the source."""

from __future__ import annotations

from decimal import Decimal

import requests

from demo.lms import LmsBrowser, LmsState
from demo.lms.selection_pages import save_items
from demo.lms.site_changes import copy_course, duplicate_activity
from tests.demo.test_lms_line_items import create
from tests.demo.test_lms_selection import item
from tests.demo.tiny_tool import ServiceClient, TinyTool

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
TEACHER = "2"
HISTORY = {"component": "cc1", "history": "$Context.id.history"}


def test_a_duplicated_activity_has_a_link_and_a_column_of_its_own(tool: TinyTool, lms: LmsState) -> None:
    (original,) = save_items(lms, "2", [item(custom=HISTORY)])
    copy = duplicate_activity(lms, original)
    assert copy.id not in {each.id for each in lms.site.get_course("2").activities if each is not copy}
    assert (copy.custom, copy.resource_id, copy.tag) == (HISTORY, "r", "cc1")
    assert copy.title == "CC1 (copie)"
    assert lms.column_of(copy.id).id != lms.column_of(original).id
    with LmsBrowser(lms, TEACHER) as browser:
        browser.launch(copy.id)
    claims = tool.claims()
    assert claims[LTI + "resource_link"]["id"] == copy.id
    assert claims[LTI + "custom"]["history"] == "", "a course that is nobody's copy"


def test_a_copied_course_names_its_parents_and_keeps_the_tools_columns_without_their_link(
    tool: TinyTool, lms: LmsState, client: ServiceClient
) -> None:
    (original,) = save_items(lms, "2", [item(custom=HISTORY, lineItem=None)])
    create(client, resourceLinkId=original, tag="cc1", resourceId="r")
    lms.gradebook.type_by_hand(lms.column_of("1").id, "101", Decimal(5), now=lms.clock())
    copy = copy_course(lms, "2", label="L1-2027", title="Pix 2027")
    again = copy_course(lms, copy.id, label="L1-2028", title="Pix 2028")
    assert (copy.history, again.history) == (("2",), (copy.id, "2"))
    assert [each.title for each in copy.activities] == [
        each.title for each in lms.site.get_course("2").activities
    ]
    everywhere = [each.id for course in lms.site.courses for each in course.activities]
    assert len(everywhere) == len(set(everywhere))
    assert {each.role.teaches for each in lms.roster.people(copy.id)} == {True}
    made = next(each for each in lms.gradebook.columns(copy.id) if not each.coupled)
    assert (made.link_id, made.tag, made.resource_id) == ("", "cc1", "r")
    assert all(not lms.gradebook.grades(each.id) for each in lms.gradebook.columns(copy.id))
    with LmsBrowser(lms, TEACHER) as browser:
        browser.launch(again.activities[-1].id)
    assert tool.claims()[LTI + "custom"]["history"] == f"{copy.id},2"
    assert tool.claims()[LTI + "context"]["id"] == again.id


def test_the_control_api_copies_and_duplicates(lms: LmsState) -> None:
    made = requests.post(f"{lms.issuer}/control/duplicate", json={"activity": "1"}, timeout=10).json()
    assert lms.get_activity(made["activity"]).title == "CC1 (copie)"
    copied = requests.post(
        f"{lms.issuer}/control/copy-course",
        json={"course": "2", "label": "L1-2027", "title": "Pix"},
        timeout=10,
    ).json()
    assert lms.site.get_course(copied["course"]).history == ("2",)
    assert lms.get_activity(copied["activities"]["1"]).title == "CC1"
    for wrong in ({"activity": "none"}, {}):
        assert requests.post(f"{lms.issuer}/control/duplicate", json=wrong, timeout=10).status_code == 400


def test_a_teacher_duplicates_and_copies_from_the_course_page(lms: LmsState) -> None:
    with LmsBrowser(lms, TEACHER) as browser:
        browser.post(f"{lms.issuer}/login", {"person": TEACHER, "course": "2"})
        page = browser.post(f"{lms.issuer}/course/2/duplicate", {"activity": "1"})
        assert "CC1 (copie)" in page.html
        assert browser.post(f"{lms.issuer}/course/2/duplicate", {"activity": "999"}).status == 403
        page = browser.post(f"{lms.issuer}/course/2/copy", {})
        assert page.url.endswith("/course/3")
        assert "Compétences numériques (Pix) (copie)" in page.html
    with LmsBrowser(lms, "101") as student:
        student.post(f"{lms.issuer}/login", {"person": "101", "course": "2"})
        assert "Dupliquer" not in student.get(f"{lms.issuer}/course/2").html
        assert student.post(f"{lms.issuer}/course/2/copy", {}).status == 403
        assert student.post(f"{lms.issuer}/course/2/duplicate", {"activity": "1"}).status == 403


def test_a_course_offers_activities_only_where_a_tool_is_in_the_chooser(lms: LmsState) -> None:
    with LmsBrowser(lms, TEACHER) as browser:
        browser.post(f"{lms.issuer}/login", {"person": TEACHER, "course": "2"})
        assert "Ajouter une activité" in browser.get(f"{lms.issuer}/course/2").html
        lms.types.get("1").in_chooser = False
        page = browser.get(f"{lms.issuer}/course/2")
        assert "Ajouter une activité" not in page.html
        assert "gérer les outils" in page.html
