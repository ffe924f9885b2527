"""Content selection, there and back: the unit in three clicks, the strict answer, and the activities after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo.lms import Form, LmsBrowser, Page
from storage.schema import activity as activity_table
from storage.schema import course_date
from tests.web_teacher.classroom import EMPTY, TEACHER, Classroom, said

ADMIN_LESS, STUDENT = "3", "110"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def local(**shift: float) -> str:
    """A time around now as a teacher types it."""
    return f"{(datetime.now(UTC) + timedelta(**shift)).astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%dT%H:%M}"


def selection_form(page: Page) -> Form:
    return page.form(having="unit")


def boxes(page: Page) -> dict[str, bool]:
    """The components of a selection, and whether each is ticked."""
    found = re.findall(r'<input class="form-check-input" type="\w+" name="component"[^>]*>', page.html)
    return {re.search(r'value="(\w+)"', each)[1]: "checked" in each for each in found}  # type: ignore[index]


def submit(browser: LmsBrowser, page: Page, *components: str, **values: str) -> Page:
    """Choose components and send the form."""
    form = selection_form(page)
    fields = {name: value for name, value in form.fields.items() if name != "component"} | values
    pairs = [*fields.items(), *(("component", each) for each in components)]
    return browser.post(form.action, pairs)


def answered(browser: LmsBrowser, page: Page, *components: str, **values: str) -> Page:
    """Choose, and take the answer back to the LMS as the page's script does."""
    back = submit(browser, page, *components, **values)
    return browser.submit(back.form(having="JWT"))


def test_the_whole_unit_in_three_clicks_then_marks_arrive(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY)
    assert page.status == 200
    assert "Ajouter Pix au cours « Culture générale S2 »" in said(page)
    assert selection_form(page).fields["unit"] == "HA2G12H|2026-2027", "the course's label names its unit"
    assert boxes(page) == {"cc1": True, "cc2": True, "exam": True, "catchup": True}

    returned = answered(browser, page, "cc1", "cc2", "exam", "catchup")
    assert "CC1 (Pix) CC2 (Pix) Examen final (Pix) Rattrapage (certification Pix)" in said(returned)
    saved = browser.submit(returned.form(having="items"))
    assert saved.status == 403, "the page of the LMS asks who is there; what was saved is saved"
    made = place.lms.site.get_course(EMPTY).activities
    assert [(each.title, each.custom["component"], each.maximum) for each in made] == [
        ("CC1 (Pix)", "cc1", Decimal(20)),
        ("CC2 (Pix)", "cc2", Decimal(20)),
        ("Examen final (Pix)", "exam", Decimal(20)),
        ("Rattrapage (certification Pix)", "catchup", Decimal(20)),
    ]
    columns = place.lms.gradebook.columns(EMPTY)
    assert [(each.tag, each.resource_id) for each in columns] == [
        (key, f"HA2G12H:2026-2027:{key}") for key in ("cc1", "cc2", "exam", "catchup")
    ]

    cohort = place.opens(TEACHER, made[0].id)
    assert "HA2G12H · 2026-2027" in said(cohort), "set up already"
    assert said(cohort).count("ajoutée au cours, jamais ouverte") == 3
    assert "aucune activité ouverte dans ce cours" not in said(cohort)
    again = browser.select_content(EMPTY)
    assert "déjà dans ce cours : CC1 (Pix)" in said(again)
    assert said(again).count("déjà choisie pour ce cours, pas encore ouverte") == 3
    assert not any(boxes(again).values())
    form = place.opens(STUDENT, made[0].id).form(having="form_id")
    levels = {"level_1_3": "3", "level_2_3": "3", "level_3_1": "3"}
    place.browser(STUDENT).submit(form, levels)
    assert place.gradebook(STUDENT, made[0].id) == Decimal("10.00")


def test_the_answer_says_what_the_platform_asked_and_no_more(place: Classroom) -> None:
    browser = place.browser()
    answered(browser, browser.select_content(EMPTY, data="opaque é\n1"), "cc1", "catchup")
    claims = place.lms.selections.answers[-1]
    assert claims[DL + "data"] == "opaque é\n1"
    assert (claims["iss"], claims["aud"]) == (place.lms.client_id, place.lms.issuer)
    first, second = claims[DL + "content_items"]
    assert first["custom"] == {
        "unit": "HA2G12H",
        "component": "cc1",
        "academic_year": "2026-2027",
        "context_history": "$Context.id.history",
    }
    assert first["url"] == f"{place.tool.base}/lti/launch"
    assert first["icon"]["url"] == f"{place.tool.base}/static/icon.svg"
    assert {"available", "submission"} <= set(first)
    assert not {"available", "submission"} & set(second), "the certification has sessions, no deadline"
    assert browser.get(first["icon"]["url"]).status == 200


def test_what_is_in_the_course_is_marked_and_not_ticked(room: Classroom) -> None:
    room.opens()
    room.opens(activity="3")
    page = room.browser().select_content("2")
    assert boxes(page) == {"cc1": False, "cc2": True, "exam": False, "catchup": True}
    assert "déjà dans ce cours : CC1" in said(page)
    assert "Les épreuves déjà dans ce cours ne sont pas cochées." in said(page)


def test_one_activity_at_a_time_where_the_platform_takes_one(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY, accept_multiple=False)
    assert 'type="radio"' in page.html
    assert list(boxes(page).values()) == [True, False, False, False]
    refused = submit(browser, page, "cc1", "cc2")
    assert refused.status == 422
    assert "choisissez une seule épreuve" in said(refused)
    answered(browser, refused, "cc2")
    assert len(place.lms.selections.answers[-1][DL + "content_items"]) == 1


def test_nothing_chosen_is_told_and_cancelling_answers_with_nothing(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY)
    refused = submit(browser, page)
    assert refused.status == 422
    assert "Choisissez au moins une épreuve, ou annulez." in said(refused)
    cancelled = submit(browser, refused, cancel="yes")
    assert "Rien n’est ajouté." in said(cancelled)
    returned = browser.submit(cancelled.form(having="JWT"))
    assert "Rien n'a été choisi." in returned.html
    assert place.lms.selections.answers[-1][DL + "content_items"] == []


def test_dates_given_there_are_this_courses_own(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY)
    wrong = submit(browser, page, "cc1", closes_cc1=local(days=-40))
    assert wrong.status == 422
    assert "La date limite doit venir après l’ouverture" in said(wrong)
    assert boxes(wrong) == {"cc1": True, "cc2": False, "exam": False, "catchup": False}
    ends = local(days=3)
    answered(browser, wrong, "cc1", closes_cc1=ends)
    item = place.lms.selections.answers[-1][DL + "content_items"][0]
    told = datetime.fromisoformat(item["submission"]["endDateTime"])
    assert f"{told.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%dT%H:%M:%S}" == f"{ends}:59"
    with place.tool.world.database.read() as connection:
        kept = connection.execute(course_date.select()).all()
    assert [(each.component, each.closes_at) for each in kept] == [("cc1", told)]


def test_a_double_click_a_reload_and_going_back_do_no_harm(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY)
    first = submit(browser, page, "cc1", closes_cc1=local(days=3))
    second = submit(browser, page, "cc2", closes_cc2=local(days=3))
    assert first.url == second.url
    again = browser.get(first.url)
    back = browser.get(page.url)
    assert "Votre choix est déjà parti vers le cours." in said(back), "going back chooses nothing else"
    asked_again = browser.submit(back.form(having="form_token"), {"again": "yes"})
    for each in (first, second, again, asked_again):
        browser.submit(each.form(having="JWT"))
    answers = place.lms.selections.answers
    assert [each[DL + "content_items"][0]["custom"]["component"] for each in answers] == ["cc1"] * 4
    assert len({each["nonce"] for each in answers}) == 1, "a platform that remembers nonces takes it once"
    noted = [each.detail for each in place.lms.violations]
    assert noted == ["the nonce was used before"] * 3
    place.lms.violations.clear()
    with place.tool.world.database.read() as connection:
        assert len(connection.execute(course_date.select()).all()) == 1


def test_the_page_may_be_framed_and_only_the_answer_may_go_to_the_platform(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY)
    assert f"frame-ancestors {place.lms.issuer}" in page.headers["Content-Security-Policy"]
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]
    back = submit(browser, page, "cc1")
    assert f"form-action 'self' {place.lms.issuer};" in back.headers["Content-Security-Policy"]
    assert back.form(having="JWT").action.startswith(f"{place.lms.issuer}/mod/lti/contentitem_return.php?")
    assert not re.search(r"<script(?![^>]*src=)", back.html), "no inline script"


def test_a_student_is_refused_with_a_page(place: Classroom) -> None:
    page = place.browser(STUDENT).select_content(EMPTY)
    assert page.status == 403
    assert "Réservé aux enseignants du cours" in said(page)
    assert f"frame-ancestors {place.lms.issuer}" in page.headers["Content-Security-Policy"]


def test_a_platform_that_wants_no_activity_gets_a_page_that_says_so(place: Classroom) -> None:
    page = place.browser().select_content(EMPTY, accept_types=("file", "html"))
    assert page.status == 400
    assert "Rien ne peut être ajouté ici" in said(page)


def test_a_selection_ends_with_its_hour_and_serves_nobody_else(place: Classroom) -> None:
    page = place.browser().select_content(EMPTY)
    other = place.browser(ADMIN_LESS).get(page.url)
    assert other.status == 401
    now = place.tool.world.now
    place.tool.set_clock(lambda: now() + timedelta(hours=2))
    late = place.browser().get(page.url)
    assert late.status == 404
    assert "Cette sélection n’est plus ouverte" in said(late)
    assert submit(place.browser(), page, "cc1").status == 404


def test_the_visit_of_a_selection_opens_no_other_page(place: Classroom) -> None:
    page = place.browser().select_content(EMPTY)
    base = page.url.partition("/selection/")[0]
    for path in ("teacher/", "teacher/set-up", "profile/", "imports/", "dates/"):
        assert place.browser().get(f"{base}/{path}").status == 404
    assert place.browser().get(f"{base}/").url == page.url
    activity = place.opens()
    inside = activity.url.partition("/teacher/")[0]
    assert place.browser().get(f"{inside}/selection/").status == 404


def test_altered_forms_add_nothing_strange(place: Classroom) -> None:
    browser = place.browser()
    page = browser.select_content(EMPTY)
    for values in ({"unit": "NOPE|2026-2027"}, {"unit": ""}, {"unit": "HA2G12H|1999-2000"}):
        assert submit(browser, page, "cc1", **values).status == 422
    assert submit(browser, page, "nope", "unit").status == 422
    assert submit(browser, page, "cc1", form_token="0" * 64).status == 400
    with place.tool.world.database.read() as connection:
        assert connection.execute(activity_table.select()).all() == []
    answered(browser, page, "cc1", "nope", opens_nope="x", closes_catchup="never")
    assert len(place.lms.selections.answers[-1][DL + "content_items"]) == 1
