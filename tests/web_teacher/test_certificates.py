"""The teacher's queue of certificates: both names while it waits, decisions with a reason, undone in a click."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from demo.lms import Page, RunningLms, demo_site
from tests.pix.small_pix import SmallPix, third
from tests.running_tool import running_tool
from tests.web_teacher.classroom import CATCH_UP, TEACHER, Classroom, address, said

CODE = "P-BCD23FGH"


@dataclass
class Counter:
    """A classroom whose students give certificates."""

    room: Classroom
    pix: SmallPix

    def gives(self, person_id: str, code: str = CODE, **changed: object) -> Page:
        """A student gives a certificate, in their own name unless another is said."""
        person = self.room.lms.get_person(person_id)
        rules = self.room.tool.world.rules.find("HA1G10H", "2026-2027")
        assert rules is not None
        day = rules.unit.catch_up.windows[0].opens_on
        known = {
            "first_name": person.given,
            "last_name": person.family,
            "certification_date": f"{day}T08:00:00.000Z",
            "verification_code": code,
            **changed,
        }
        if changed != {"known": True}:
            self.pix.knows(code, third(**known))
        browser = self.room.browser(person_id)
        page = browser.get(address(self.room.opens(person_id, CATCH_UP), "certificates/mine"))
        return browser.submit(page.form(having="code"), {"code": code, "consent": "yes"})

    def queue(self, person_id: str = TEACHER) -> Page:
        """The queue, by the link of the cohort's page."""
        home = self.room.opens(person_id, CATCH_UP)
        assert "certificates/" in home.html, said(home)
        return self.room.browser(person_id).get(address(home, "certificates/"))

    def decides(self, page: Page, what: str, **values: str) -> Page:
        """Press the first button of that kind."""
        form = next(each for each in page.forms() if re.search(r"/(accept|refuse|undo)$", each.action))
        action = re.sub(r"/(accept|refuse|undo)$", f"/{what}", form.action)
        return self.room.browser().submit(replace(form, action=action), values)


@pytest.fixture
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("tool")
    with (
        SmallPix() as pix,
        running_tool(f"sqlite:///{folder / 'tool.sqlite'}", folder, certificate_url=pix.address) as tool,
        RunningLms(demo_site(), tool=tool.addresses) as lms,
    ):
        tool.register(lms.state)
        room = Classroom(tool=tool, lms=lms.state)
        yield Counter(room=room, pix=pix)
        room.close()


def test_before_any_is_given_the_cohort_does_not_speak_of_it(counter: Counter) -> None:
    assert "certificates/" not in counter.room.opens(TEACHER, CATCH_UP).html


def test_one_that_waits_is_accepted_undone_and_refused(counter: Counter) -> None:
    student = "101"
    person = counter.room.lms.get_person(student)
    counter.gives(student, last_name="Autrenom")
    assert "à examiner : 1" in said(counter.room.opens(TEACHER, CATCH_UP))
    page = counter.queue()
    assert f"{person.given} Autrenom" in said(page)
    assert person.family in said(page)
    assert "Note du rattrapage : — → 10,73/20" in said(page)
    page = counter.decides(page, "accept")
    assert page.status == 422
    assert "Donnez un motif" in said(page)
    page = counter.decides(page, "accept", reason="nom d’usage, vu sur pièce")
    assert "Le certificat est accepté." in said(page)
    assert "Autrenom" not in page.html
    assert "nom d’usage, vu sur pièce" in said(page)
    assert counter.room.gradebook(student, CATCH_UP) is not None
    page = counter.decides(page, "undo")
    assert "La décision est annulée." in said(page)
    assert "n’est plus conservé" in said(page)
    assert counter.room.gradebook(student, CATCH_UP) is None
    page = counter.decides(page, "refuse", reason="pièce non conforme")
    assert "l’étudiant lit le motif" in said(page)
    browser = counter.room.browser(student)
    mine = browser.get(address(counter.room.opens(student, CATCH_UP), "certificates/mine"))
    assert "pièce non conforme" in said(mine)


def test_two_people_with_one_certificate_are_told(counter: Counter) -> None:
    counter.gives("101")
    counter.gives("102", known=True)
    page = counter.queue()
    assert "sert déjà à une autre personne" in said(page)
    assert "par l’outil, selon les règles" in said(page)
    assert CODE not in page.html
    assert CODE[2:] not in page.html


def test_a_page_grown_old_is_told_and_nothing_is_done(counter: Counter) -> None:
    counter.gives("101", last_name="Autrenom")
    page = counter.queue()
    counter.decides(page, "refuse", reason="non")
    again = counter.decides(page, "accept", reason="oui")
    assert again.status == 422
    assert "Quelqu’un a déjà décidé" in said(again)


def test_students_have_no_queue(counter: Counter) -> None:
    counter.gives("101")
    page = counter.room.opens("101", CATCH_UP)
    assert counter.room.browser("101").get(address(page, "certificates/")).status == 403
