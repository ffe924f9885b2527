"""A campaign given and tried with anything at all: kept and shown, or refused with nothing stored; never a failure."""

from __future__ import annotations

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as some

from tests.fuzz.effort import examples
from tests.fuzz.front_door import FrontDoor
from tests.fuzz.nonsense import ENCODABLE
from tests.fuzz.test_forms import LINES

CODE = "KTRBWX482"
GIVEN = (
    some.sampled_from([CODE, f" {CODE.lower()} ", f"https://app.pix.fr/campagnes/{CODE}?x=\x00"]) | ENCODABLE
)


@examples(40)
@given(given_=GIVEN, label=ENCODABLE, replaces=ENCODABLE)
def test_a_campaign_is_kept_and_shown_or_refused(
    door: FrontDoor, given_: str, label: str, replaces: str
) -> None:
    teacher, before = door.teacher, door.stored()
    form = {"campaign": given_, "label": label, "replaces": replaces, "form_token": teacher.form_token}
    try:
        answer = door.post(teacher.client, f"{teacher.base}/campaign/", form)
        assert answer.status_code in (303, 422), answer.text
        if answer.status_code == 303:
            page = door.open_page(teacher.client, answer)
            assert page.status_code == 200, page.text
            (kept,) = door.stored()["campaign"]
            assert f">{kept[5]}</strong>" in page.text
            assert 'id="pix-link"' in door.get(door.student.client, f"{door.student.base}/profile/").text
        else:
            assert door.stored() == before
    finally:
        door.put_back()


@examples(25)
@given(content=LINES | some.binary(max_size=200), name=ENCODABLE)
def test_a_trial_says_what_it_shows_or_is_refused(door: FrontDoor, content: bytes, name: str) -> None:
    teacher = door.teacher
    form = {"campaign": CODE, "label": "", "form_token": teacher.form_token}
    try:
        assert door.post(teacher.client, f"{teacher.base}/campaign/", form).status_code == 303
        sent = {"form_token": teacher.form_token, "file": (BytesIO(content), name or "x.csv")}
        answer = teacher.client.post(f"{teacher.base}/campaign/trial", data=sent, base_url=door.address)
        assert answer.status_code in (303, 400, 422), answer.text
        page = door.get(teacher.client, f"{teacher.base}/campaign/")
        assert page.status_code == 200, page.text
        assert ('id="findings"' in page.text) == (answer.status_code == 303)
    finally:
        door.put_back()
