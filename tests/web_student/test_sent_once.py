"""One submission each time it was meant: double click, reload, back, two tabs, threads, a clock that steps back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from demo.lms import RunningLms
from storage.database import Database
from tests.databases import Databases
from tests.running_tool import running_tool
from tests.web_student.campus import CC2, Campus, text_of
from tests.web_student.conftest import OpenTool

FILLED = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4"}


def migrate(url: str) -> None:
    """Give a database its tables, as `db upgrade` does."""
    database = Database(url)
    database.upgrade()
    database.close()


def test_the_same_form_twice_is_one_submission_and_says_so(campus: Campus) -> None:
    student = campus.student()
    form = student.opens().form(having="form_id")
    first = student.browser.submit(form, FILLED)
    assert [hop.split()[0] for hop in first.hops] == ["POST", "GET"]
    second = student.browser.submit(form, FILLED)
    assert "déjà été reçu" in text_of(second, "done")
    assert campus.sent_by(student) == [4]


def test_reloading_after_a_sending_sends_nothing(campus: Campus) -> None:
    student = campus.student()
    sent = student.sends(4, 4, 4)
    assert text_of(student.browser.get(sent.url), "mark") == "13,33/20"
    assert campus.sent_by(student) == [4]


def test_going_back_and_changing_a_value_is_another_sending(campus: Campus) -> None:
    student = campus.student()
    form = student.opens().form(having="form_id")
    student.browser.submit(form, FILLED)
    changed = student.browser.submit(form, {**FILLED, "level_1_3": "7"})
    assert text_of(changed, "mark") == "15,56/20"
    assert campus.sent_by(student) == [4, 5]


def test_two_tabs_are_two_sendings_where_both_were_meant(campus: Campus) -> None:
    student = campus.student()
    one, other = student.opens(), student.opens()
    assert one.url != other.url
    student.sends_from(one, 4, 4, 4)
    student.sends_from(other, 5, 5, 5)
    assert text_of(student.browser.get(one.url), "mark") == "16,67/20"
    assert campus.sent_by(student) == [4, 5]


def test_sending_the_same_values_again_from_a_new_page_is_recorded(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 4, 4)
    again = student.sends(4, 4, 4)
    assert "Votre profil est enregistré" in text_of(again, "done")
    assert campus.sent_by(student) == [4, 4]


def test_two_components_are_two_marks(campus: Campus) -> None:
    student = campus.student()
    student.sends(4, 4, 4)
    assert text_of(student.sends(6, 6, 6, activity=CC2), "mark") == "20,00/20"
    assert text_of(student.opens(), "mark") == "13,33/20"


def test_threads_that_post_one_form_at_once_leave_one_submission(
    databases: Databases, tmp_path: Path
) -> None:
    with (
        running_tool(databases.prepared("migrated", migrate), tmp_path) as tool,
        RunningLms(tool=tool.addresses) as lms,
        ThreadPoolExecutor(8) as threads,
    ):
        tool.register(lms.state)
        campus = Campus(tool=tool, lms=lms.state)
        student = campus.student()
        page = student.opens()
        form = page.form(having="form_id")
        body = "&".join(f"{name}={value}" for name, value in {**form.fields, **FILLED}.items())
        answers = list(threads.map(lambda _: campus.raw_post(student, form.action, body), range(12)))
        assert {answer.status_code for answer in answers} == {303}
        done = sorted(answer.headers["Location"].partition("done=")[2] for answer in answers)
        assert [each.startswith("recorded") for each in done].count(True) == 1
        assert campus.sent_by(student) == [4]
        bodies = [body.replace(form.fields["form_id"], f"tab-{n}") for n in range(8)]
        meant = list(threads.map(lambda each: campus.raw_post(student, form.action, each), bodies))
        assert {answer.status_code for answer in meant} == {303}
        assert campus.sent_by(student) == [4] * 9
        tool.drain()
        assert not lms.state.violations
        assert text_of(student.opens(), "mark") == "13,33/20"
        campus.close_browsers()


@pytest.mark.parametrize("counts", ["best", "last"])
def test_the_clock_going_back_loses_nothing_and_keeps_the_order(open_tool: OpenTool, counts: str) -> None:
    campus = open_tool({"cc1": {"counts": f'"{counts}"'}})
    student = campus.student()
    page = student.opens()
    student.sends_from(page, 4, 4, 4)
    real = campus.tool.world.now
    campus.tool.set_clock(lambda: real() - timedelta(minutes=4))
    second = student.sends_from(student.browser.get(page.url), 6, 6, 6)
    assert second.status == 200
    assert text_of(second, "mark") == "20,00/20"
    campus.tool.set_clock(lambda: real() - timedelta(minutes=2))
    third = student.sends_from(student.browser.get(page.url), 5, 5, 5)
    assert text_of(third, "mark") == ("20,00/20" if counts == "best" else "16,67/20")
    assert campus.sent_by(student) == [4, 6, 5]
    form = page.form(having="form_id")
    again = student.browser.submit(form, FILLED)
    assert "déjà été reçu" in text_of(again, "done")
    campus.tool.set_clock(real)
    campus.tool.drain()
    assert "au carnet de notes" in text_of(student.opens(), "lms")


def test_a_clock_hours_back_closes_the_visit_in_words_and_loses_nothing(open_tool: OpenTool) -> None:
    campus = open_tool({})
    student = campus.student()
    page = student.sends(4, 4, 4)
    real = campus.tool.world.now
    campus.tool.set_clock(lambda: real() - timedelta(hours=3))
    closed = student.browser.get(page.url)
    assert closed.status == 401
    assert "Rien n’est perdu" in text_of(closed)
    campus.tool.set_clock(real)
    assert text_of(student.opens(), "mark") == "13,33/20"
