"""The teacher gives a component its campaign, tries it, and reads what is right and what is missing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from demo.lms import Page
from storage.schema import audit
from tests.pix.exports import HEADER, export, sending
from tests.web_student.campus import text_of
from tests.web_teacher.classroom import (
    CATCH_UP,
    CC1,
    CC2,
    OTHER_TEACHER,
    TEACHER,
    Classroom,
    address,
)

CODE, OTHER = "KTRBWX482", "PVDGHN735"


def opens(room: Classroom, *, by: str = TEACHER, activity: str = CC1) -> Page:
    """A teacher opens the campaign's page from the cohort."""
    cohort = room.opens(by, activity)
    return room.browser(by).get(address(cohort, "campaign/"))


def gives(room: Classroom, text: str, *, by: str = TEACHER, activity: str = CC1, **fields: str) -> Page:
    """A teacher gives a campaign."""
    form = opens(room, by=by, activity=activity).form(having="campaign")
    return room.browser(by).submit(form, {"campaign": text, **fields})


def carried(page: Page, id_: str = "trial-link") -> str:
    """What a link of the page carries."""
    found = re.search(rf'id="{id_}" href="([^"]*)"', page.html)
    assert found is not None
    return parse_qs(urlsplit(found[1]).query)["participantExternalId"][0]


def sent(
    external_id: str | None, *, code: str = CODE, minutes: int = 5, at: str | None = None
) -> list[object]:
    """A line of the campaign's export, sent a moment ago."""
    local = (datetime.now(UTC) - timedelta(minutes=minutes)).astimezone(ZoneInfo("Europe/Paris"))
    when = at or f"{local:%d/%m/%Y %H:%M}"
    return sending(last="Marchand", first="Hélène", number=None, external_id=external_id, code=code, at=when)


def tries(room: Classroom, content: bytes, *, by: str = TEACHER) -> Page:
    """A teacher drops an export of the campaign."""
    page = opens(room, by=by)
    form = next(each for each in page.forms() if each.action.endswith("/trial"))
    return room.browser(by).submit(form, files={"file": ("export.csv", content)})


def findings(page: Page) -> dict[str, str]:
    """The standing of each check the page shows."""
    return dict(re.findall(r'data-check="(\w+)" data-standing="(\w+)"', page.html))


def test_before_anything_the_page_says_what_to_do(room: Classroom) -> None:
    page = opens(room)
    shown = text_of(page)
    assert page.status == 200
    assert "pas de campagne" in shown
    assert "collecter les profils Pix" in text_of(page, "recipe")
    assert "Envoi multiple : Oui" in text_of(page, "recipe")
    assert "Code de suivi Moodle" in text_of(page, "recipe")
    assert "HA1G10H-CC1-" in text_of(page, "recipe")
    assert "trial-link" not in page.html
    assert "Donner la campagne de cette épreuve" in text_of(room.opens())


def test_a_campaign_given_is_on_every_page_that_needs_it(room: Classroom) -> None:
    page = gives(room, f"  {CODE.lower()} ", label="Mon libellé")
    assert "La campagne est enregistrée" in text_of(page, "done")
    assert CODE in text_of(page, "facts")
    assert "« Mon libellé »" in text_of(page, "facts")
    assert "pas encore prouvée" in text_of(page)
    assert "Pas encore d’essai" in text_of(page, "proof")
    assert f"{CODE} · Voir, prouver ou changer" in text_of(room.opens())
    student = room.opens("101")
    assert carried(student, "pix-link").startswith(f"{room.lms.get_person('101').idnumber}-")
    assert "« Mon libellé »" in text_of(student)
    assert "campagne" not in text_of(room.opens("101", CC2), "asked")


def test_the_teachers_own_sending_proves_the_campaign(room: Classroom) -> None:
    mine = carried(gives(room, f"https://app.pix.fr/campagnes/{CODE}?x=1"))
    page = tries(room, export(sent(mine)))
    assert "rien n’a été importé" in text_of(page, "done")
    assert findings(page) == {
        "code": "right",
        "kind": "right",
        "external_id": "right",
        "trial": "right",
        "date": "right",
        "sent_again": "not_seen",
        "roster": "right",
    }
    assert "la classe peut commencer" in text_of(page, "whole")
    assert re.search(r"prouvée le \d\d/\d\d/\d{4} à \d\d:\d\d", text_of(room.opens(), "campaign"))
    again = tries(room, export(sent(mine), sent(mine, minutes=3)))
    assert findings(again)["sent_again"] == "right"
    assert room.kept()[2] == 0
    # the trial does not disturb the import of the class
    room.opens("101")
    preview = room.uploads(export(sent(mine), room.line("101")))
    assert 'data-line="2"' in preview.html
    assert "Essai d’un enseignant" in text_of(preview)
    room.confirms(preview)
    assert room.kept()[2] == 1
    assert "jamais venu" not in text_of(room.opens())


def test_what_is_wrong_is_said_with_how_to_mend_it_and_stays_on_the_page(room: Classroom) -> None:
    gives(room, CODE)
    place = HEADER.index("Code de suivi Moodle")
    line = sent(None)
    page = tries(room, export(line[:place] + line[place + 1 :], header=HEADER[:place] + HEADER[place + 1 :]))
    assert findings(page)["external_id"] == "wrong"
    assert "créez une autre campagne" in text_of(page, "findings")
    assert "À corriger avant de commencer : 1" in text_of(page, "whole")
    assert "à corriger : 1" in text_of(opens(room, by=OTHER_TEACHER))
    assert "à corriger : 1" in text_of(room.opens(), "campaign")
    elsewhere = tries(room, export(sent(None, code=OTHER)))
    assert findings(elsewhere) == {"code": "wrong"}
    assert f"{OTHER} au lieu de {CODE}" in text_of(elsewhere, "findings")


@pytest.mark.parametrize("content", [b"", b"bonjour", b'\xef\xbb\xbf"Nom";"Note"\n"A";12\n'])
def test_a_file_that_is_no_export_changes_nothing(room: Classroom, content: bytes) -> None:
    gives(room, CODE)
    page = tries(room, content)
    assert page.status == 422
    assert "Ce fichier n’a pas pu être lu" in text_of(page, "problems")
    assert "Pas encore d’essai" in text_of(page, "proof")


def test_a_code_that_cannot_be_is_told_beside_what_was_typed(room: Classroom) -> None:
    page = gives(room, "https://orga.pix.fr/campagnes/512345")
    assert page.status == 422
    assert "que les étudiants ne peuvent pas ouvrir" in text_of(page, "problems")
    assert 'value="https://orga.pix.fr/campagnes/512345"' in page.html
    assert "pas de campagne" in text_of(opens(room))


def test_one_campaign_serves_one_component_of_a_course(room: Classroom) -> None:
    gives(room, CODE)
    refused = gives(room, CODE, activity=CC2)
    assert refused.status == 422
    assert "déjà celle de « CC1 »" in text_of(refused, "problems")
    assert gives(room, OTHER, activity=CC2).status == 200


def test_replacing_a_campaign_that_has_received_asks_first(room: Classroom) -> None:
    gives(room, CODE)
    assert OTHER in text_of(gives(room, OTHER), "facts")  # nothing received: no question
    gives(room, CODE)
    room.opens("101")
    room.confirms(room.uploads(export(room.line("101"))))
    asked = gives(room, OTHER)
    assert asked.status == 422
    assert f"La campagne {CODE} a déjà donné 1 envois" in text_of(asked, "problems")
    assert CODE in text_of(opens(room), "facts")
    done = room.browser().submit(asked.form(having="replaces"))
    assert OTHER in text_of(done, "facts")
    assert room.kept()[2] == 1


def test_a_campaign_is_taken_away_and_the_students_page_is_as_it_was(room: Classroom) -> None:
    page = gives(room, CODE)
    stale = page.form(having="seen")
    gives(room, OTHER, by=OTHER_TEACHER)
    late = room.browser().submit(stale)
    assert late.status == 422
    assert "a changé entre-temps" in text_of(late, "problems")
    gone = room.browser().submit(opens(room).form(having="seen"))
    assert "n’a plus de campagne" in text_of(gone, "done")
    assert "pix-link" not in room.opens("101").html
    with room.tool.world.database.read() as connection:
        told = [
            row.details["after"] for row in connection.execute(audit.select()) if row.action == "campaign_set"
        ]
    assert told == [CODE, OTHER, None]


def test_the_catch_up_has_no_campaign(room: Classroom) -> None:
    page = opens(room, activity=CATCH_UP)
    assert page.status == 422
    assert "il n’a pas de campagne" in text_of(page)
    assert 'id="campaign"' not in room.opens(activity=CATCH_UP).html


def test_a_student_may_not(room: Classroom) -> None:
    home = room.opens("101")
    page = room.browser("101").get(re.sub(r"/profile/.*", "/campaign/", home.url))
    assert page.status == 403
