"""Content selection in the LMS's modal, the frame on another site than the page, and in a window of its own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from demo.lms.launches import StorageMode
from tests.browser.cookie_modes import CookieMode
from tests.browser.school import School, Window
from tests.browser.test_blocked_cookies import IN_FRAME, NOT_YET, REFUSED

TEACHER = "2"
TITLES = ["CC1 (Pix)", "CC2 (Pix)", "Examen final (Pix)", "Rattrapage (certification Pix)"]


def open_modal(school: School, teacher: Window) -> None:
    """The form of a new activity, and “Select content”."""
    teacher.page.goto(f"{school.outside}/course/2/add?as={TEACHER}")
    teacher.page.get_by_role("button", name="Sélectionner un contenu").click()
    expect(teacher.frame.get_by_role("heading", level=1)).to_contain_text("Ajouter Pix au cours")


@pytest.mark.parametrize(("cookies", "storage"), IN_FRAME)
def test_the_unit_is_added_from_the_modal_in_three_clicks(
    school: School, cookies: CookieMode, storage: StorageMode
) -> None:
    school.lms.state.platform_storage = storage
    before = len(school.lms.state.site.get_course("2").activities)
    with school.window(cookies=cookies) as teacher:
        open_modal(school, teacher)  # the first click
        expect(teacher.frame.get_by_role("checkbox", checked=True)).to_have_count(4)
        teacher.frame.get_by_role("button", name="Ajouter au cours").click()
        chosen = teacher.page.locator("#chosen li")
        expect(chosen).to_have_text(TITLES)
        expect(teacher.page.locator("#modal")).not_to_be_visible()
        teacher.page.get_by_role("button", name="Enregistrer et revenir au cours").click()
        teacher.page.wait_for_load_state()
        # The LMS's own page asks who is there (its session is the other site's): what was saved is saved.
        teacher.assert_calm(but=["403", REFUSED, NOT_YET])
    made = school.lms.state.site.get_course("2").activities[before:]
    assert [each.title for each in made] == TITLES
    assert list(school.lms.state.violations) == []
    with school.window(cookies=cookies) as student:
        frame = school.opens(student, "120", made[0].id)
        expect(frame.get_by_role("heading", level=1)).to_have_text("CC1")
        expect(frame.get_by_role("button", name="Envoyer mon profil")).to_be_visible()
        student.assert_calm(but=[REFUSED, NOT_YET])


def test_what_is_answered_can_be_sent_again_where_the_platform_keeps_the_visit(school: School) -> None:
    school.lms.state.platform_storage = "frame"
    with school.window(cookies=CookieMode.NONE_IN_FRAMES) as teacher:
        open_modal(school, teacher)
        visit = teacher.frame.locator("form").first.get_attribute("action")
        teacher.frame.get_by_role("button", name="Ajouter au cours").click()
        expect(teacher.page.locator("#chosen li")).to_have_text(TITLES)
        answers = len(school.lms.state.selections.answers)
        teacher.page.get_by_role("button", name="Sélectionner un contenu").click()
        teacher.page.locator("#contentframe").evaluate(f"frame => frame.src = '{school.tool.base}{visit}'")
        teacher.frame.get_by_role("button", name="Continuer vers le cours").click()
        expect(teacher.page.locator("#modal")).not_to_be_visible()
    assert len(school.lms.state.selections.answers) == answers + 1


def test_cancelling_closes_the_modal_and_adds_nothing(school: School) -> None:
    answers = len(school.lms.state.selections.answers)
    with school.window() as teacher:
        open_modal(school, teacher)
        teacher.frame.get_by_role("button", name="Annuler").click()
        expect(teacher.page.locator("#modal")).not_to_be_visible()
        expect(teacher.page.locator("#save")).not_to_be_visible()
        teacher.assert_calm()
    assert len(school.lms.state.selections.answers) == answers + 1


def test_it_works_in_a_window_of_its_own_and_a_reload_sends_nothing_again(school: School) -> None:
    with school.window() as teacher:
        teacher.page.goto(f"{school.outside}/course/2/add?as={TEACHER}")
        with teacher.context.expect_page() as opening:
            teacher.page.get_by_role("link", name="Sélectionner dans une nouvelle fenêtre").click()
        window = opening.value
        window.get_by_role("checkbox", name="Examen final").check()
        window.get_by_role("button", name="Ajouter au cours").click()
        expect(window.locator("h1")).to_have_text("Contenu choisi")
        answers = len(school.lms.state.selections.answers)
        window.go_back()
        expect(window.get_by_role("button", name="Continuer vers le cours")).to_be_visible()
        window.reload()
        expect(window.get_by_role("button", name="Continuer vers le cours")).to_be_visible()
        window.wait_for_timeout(500)
        assert len(school.lms.state.selections.answers) == answers, "only the button sends it again"
        teacher.assert_calm()


def test_without_scripts_a_button_takes_the_answer_back(school: School) -> None:
    context = school.browser.new_context(locale="fr-FR", java_script_enabled=False)
    try:
        page = context.new_page()
        launch = school.lms.state.begin_selection(TEACHER, "2", accept_multiple=False)
        form = school.lms.state.login_form(launch)
        fields = "".join(f"<input name=\"{name}\" value='{value}'>" for name, value in form.fields.items())
        page.set_content(f'<form method="post" action="{form.url}">{fields}<button>go</button></form>')
        page.get_by_role("button").click()
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("radio", name="CC1").check()
        page.get_by_role("button", name="Ajouter au cours").click()
        page.get_by_role("button", name="Continuer vers le cours").click()
        expect(page.locator("#chosen li")).to_have_text(["CC1 (Pix)"])
    finally:
        context.close()
