"""A student gives a certificate on its own page: agreement first, every answer in words, the code shown nowhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest

from demo.lms import Page, RunningLms
from storage.pix_answers import forget_answers
from tests.lti.small_server import Reply
from tests.pix.pdfs import LINES, certificate
from tests.pix.small_pix import SmallPix, third
from tests.running_tool import running_tool
from tests.web_student.campus import CATCH_UP, CC1, Campus, Student, crowded_site, text_of


@dataclass
class Givers:
    """Students who give certificates, and the small Pix that knows these."""

    campus: Campus
    pix: SmallPix
    _ranks: count[int] = field(default_factory=lambda: count(1))

    def certified(self, **said: object) -> tuple[Student, str]:
        """A student nobody else uses, and the code of a certificate in their name, inside the window."""
        student = self.campus.student()
        return student, self.certificate_of(student, **said)

    def certificate_of(self, student: Student, **said: object) -> str:
        """Another certificate in a student's name."""
        rank = next(self._ranks)
        code = f"P-BCD{rank:03}GH".replace("0", "2").replace("1", "K").replace("5", "X")
        rules = self.campus.tool.world.rules.find("HA1G10H", "2026-2027")
        assert rules is not None
        day = rules.unit.catch_up.windows[0].opens_on
        attributes = {
            "first_name": student.given,
            "last_name": student.family,
            "certification_date": f"{day}T08:00:00.000Z",
            "verification_code": code,
            "id": f"91{rank:05}",
            **said,
        }
        self.pix.knows(code, third(**attributes))
        return code

    def form(self, student: Student, activity: str = CATCH_UP) -> Page:
        """The page with the form, as the link of the activity leads there."""
        page = student.opens(activity)
        link = re.search(r'href="([^"]*/certificates/mine)"', page.html)
        assert link, text_of(page)
        return student.browser.get(re.sub(r"/visits/.*", link[1], page.url))

    def gives(
        self, student: Student, code: str = "", *, pdf: bytes | None = None, consent: bool = True
    ) -> Page:
        """Fill the form in and send it."""
        form = self.form(student).form(having="code")
        values = {"code": code, "consent": "yes" if consent else ""}
        files = {"pdf": ("attestation-pix.pdf", pdf)} if pdf is not None else None
        return student.browser.submit(form, values, files=files)


@pytest.fixture(scope="module")
def shared_givers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Givers]:
    folder = tmp_path_factory.mktemp("tool")
    with (
        SmallPix() as pix,
        running_tool(f"sqlite:///{folder / 'tool.sqlite'}", folder, certificate_url=pix.address) as tool,
        RunningLms(crowded_site(), tool=tool.addresses) as lms,
    ):
        tool.register(lms.state)
        yield Givers(campus=Campus(tool=tool, lms=lms.state), pix=pix)


@pytest.fixture
def givers(shared_givers: Givers) -> Iterator[Givers]:
    yield shared_givers
    shared_givers.campus.close_browsers()


def test_where_pix_is_not_asked_no_page_speaks_of_it(campus: Campus) -> None:
    student = campus.student()
    page = student.opens(CATCH_UP)
    assert "certificates" not in page.html
    address = re.sub(r"(/visits/[^/]+/).*", r"\1certificates/mine", page.url)
    assert student.browser.get(address).status == 404


def test_the_page_says_what_is_asked_kept_and_never_kept_before_anything_is_given(givers: Givers) -> None:
    student, _ = givers.certified()
    page = givers.form(student)
    form = page.form(having="code")
    assert form.fields.get("consent") in (None, "")  # not ticked in advance
    consent = text_of(page, "consent-text")
    for said in (
        "L’outil envoie le code à Pix",
        "Sont conservés",
        "Ne sont jamais conservés",
        "retirer votre accord",
    ):
        assert said in consent


def test_a_code_becomes_a_mark_that_arrives_at_the_lms(givers: Givers) -> None:
    student, code = givers.certified()
    page = givers.gives(student, f" {code.lower()} ")
    assert page.status == 200
    assert "vérifié et enregistré" in text_of(page, "done")
    held = text_of(page, "held")
    assert "412 pix" in held
    assert "Indépendant 2" in held
    assert "pris en compte pour le rattrapage" in held
    givers.campus.tool.drain()
    again = student.opens(CATCH_UP)
    assert text_of(again, "mark") == "10,73/20"
    assert "au carnet de notes depuis le" in text_of(again, "lms")
    assert "certificat vérifié auprès de Pix le" in text_of(again)
    assert 'id="held"' not in again.html  # said once: among the certifications
    assert "412 pix" in text_of(student.opens(CC1), "certificate")


def test_it_may_be_given_where_a_programme_asks_for_a_certification(givers: Givers) -> None:
    student, _ = givers.certified()
    assert givers.form(student, CC1).status == 200


def test_a_pdf_is_enough(givers: Givers) -> None:
    student, code = givers.certified()
    page = givers.gives(student, pdf=certificate([*LINES[:3], f"Code de vérification : {code}"]))
    assert "vérifié et enregistré" in text_of(page, "done")


@pytest.mark.parametrize(
    ("code", "pdf", "consent", "said"),
    [
        ("P-BCD23FGH", None, False, "Cochez la case d’accord"),
        ("", None, True, "Tapez le code imprimé"),
        ("P-BCD23FG", None, True, "il faut 8 signes, et il y en a 7"),
        ("P-BCD2OOOO", None, True, "ne connaît aucun certificat"),
        ("", b"PK\x03\x04", True, "n’est pas un PDF"),
        ("", certificate(["Attestation"]), True, "Aucun code n’a été trouvé"),
    ],
)
def test_a_refusal_says_what_to_do_and_shows_no_code_again(
    givers: Givers, code: str, pdf: bytes | None, consent: bool, said: str
) -> None:
    page = givers.gives(givers.campus.student(), code, pdf=pdf, consent=consent)
    assert page.status == 422
    assert "Rien n’a été enregistré." in text_of(page, "problems")
    assert said in text_of(page, "problems")
    assert not code[3:] or code[3:] not in page.html
    assert 'id="code"' in page.html


def test_a_silent_pix_is_told_within_the_page(givers: Givers) -> None:
    student, code = givers.certified()
    givers.pix.instead.append(Reply(status=429, headers={"Retry-After": "1"}))
    asked = len(givers.pix.received)
    page = givers.gives(student, code)
    assert page.status == 422
    assert "prie d’attendre" in text_of(page, "problems")
    assert len(givers.pix.received) == asked + 1
    page = givers.gives(student, code)
    assert "recommencez plus tard" in text_of(page, "problems")
    assert len(givers.pix.received) == asked + 1
    clock = givers.campus.tool.world.now
    later = clock() + timedelta(minutes=1)
    givers.campus.tool.set_clock(lambda: later)
    try:
        assert "vérifié et enregistré" in text_of(givers.gives(student, code), "done")
    finally:
        givers.campus.tool.set_clock(clock)
        with givers.campus.tool.world.database.write() as connection:
            forget_answers(connection, later)


def test_what_waits_says_so_and_can_be_taken_back(givers: Givers) -> None:
    student, code = givers.certified(last_name="Autrenom")
    page = givers.gives(student, code)
    assert "votre enseignant doit l’examiner" in text_of(page, "done")
    assert "En attente de l’enseignant" in text_of(page, "held")
    assert "Autrenom" not in page.html
    form = next(each for each in page.forms() if each.action.endswith("/take-back"))
    page = student.browser.submit(form)
    assert "retiré" in text_of(page, "done")
    assert 'id="held"' not in page.html


def test_somebody_elses_certificate_is_refused(givers: Givers) -> None:
    student, code = givers.certified()
    givers.gives(student, code)
    other = givers.campus.student()
    page = givers.gives(other, code)
    assert "n’a pas pu être pris" in text_of(page, "done")
    assert "sert déjà à une autre personne" in text_of(page, "held")
    assert student.family not in page.html
    assert text_of(other.opens(CATCH_UP), "mark") == "—"


def test_the_code_is_in_no_log_and_no_address(givers: Givers, caplog: pytest.LogCaptureFixture) -> None:
    student, code = givers.certified(last_name="Autrenom")
    with caplog.at_level(logging.DEBUG):
        page = givers.gives(student, code)
        givers.gives(student, "P-BCD23OOO")
        givers.gives(student, pdf=certificate([f"Code : {code}"]))
    assert page.status == 200
    for secret in (code, code[2:], "BCD23OOO", "Autrenom", "2008-02-03"):
        assert secret not in caplog.text
        assert secret not in page.url
        assert secret not in page.html


def test_a_page_that_is_not_of_this_visit_gives_nothing(givers: Givers) -> None:
    student, code = givers.certified()
    form = givers.form(student).form(having="code")
    page = student.browser.submit(form, {"code": code, "consent": "yes", "form_token": "made up"})
    assert page.status == 400
    assert code not in givers.pix.asked
