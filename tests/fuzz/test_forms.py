"""The student's form and the teacher's import over HTTP: kept once and whole, or refused with nothing stored."""

from __future__ import annotations

import re
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as some

from pix.read_files import read_file
from tests.fuzz.effort import examples
from tests.fuzz.front_door import FrontDoor
from tests.fuzz.nonsense import ENCODABLE
from tests.pix.exports import HEADER, export, sending

ASKED = ("level_1_3", "level_2_3", "level_3_1")
LEVELS = some.integers(0, 7).map(str)
ODD = some.sampled_from(["", "8", "-1", "4,5", "٤", " 4 ", "4\x00", "1e1", "+4"]) | ENCODABLE
FILLED = some.fixed_dictionaries(dict.fromkeys(ASKED, LEVELS))
SPOILT = some.dictionaries(
    some.sampled_from([*ASKED, "total", "level_5_2", "pix_1_3"]) | ENCODABLE, ODD, max_size=3
)


@examples(40)
@given(filled=FILLED, spoilt=some.just({}) | SPOILT)
def test_a_form_is_kept_once_and_whole_or_not_at_all(
    door: FrontDoor, filled: dict[str, str], spoilt: dict[str, str]
) -> None:
    student, before = door.student, door.stored()
    form = {"form_id": door.form_id(student), **filled, **spoilt, "form_token": student.form_token}
    try:
        answer = door.post(student.client, f"{student.base}/profile/", form)
        if answer.status_code == 303:
            again = door.post(student.client, f"{student.base}/profile/", form)
            assert again.status_code == 303
            (kept,) = door.stored()["submission"]
            levels = {f"level_{code.replace('.', '_')}": str(level) for code, level in kept[9].items()}
            assert levels == {name: str(int(form[name])) for name in ASKED}
        else:
            assert answer.status_code in (400, 422), answer.text
            assert door.stored() == before
    finally:
        door.put_back()


CELLS = ENCODABLE.filter(lambda text: len(text) < 400 and "\x00" not in text) | some.integers(-10, 1000)
LINES = some.lists(
    some.dictionaries(some.sampled_from(HEADER), CELLS, max_size=4), min_size=1, max_size=4
).map(lambda changes: export(*[sending(changed=each) for each in changes]))


@examples(25)
@given(content=LINES | some.binary(max_size=200), name=ENCODABLE)
def test_an_upload_is_accounted_for_line_by_line_or_refused(
    door: FrontDoor, content: bytes, name: str
) -> None:
    teacher, before = door.teacher, door.stored()
    try:
        answer = teacher.client.post(
            f"{teacher.base}/imports/",
            data={"form_token": teacher.form_token, "file": (BytesIO(content), name or "x.csv")},
            base_url=door.address,
        )
        if answer.status_code != 303:
            assert 400 <= answer.status_code < 500, answer.text
            assert door.stored() == before
            return
        door.work()
        preview = door.open_page(teacher.client, answer)
        assert preview.status_code == 200, preview.text
        seen = re.search(r'name="seen" value="([0-9a-f]+)"', preview.text)
        assert seen is not None, preview.text
        form = {"form_token": teacher.form_token, "seen": seen[1]}
        done = door.post(teacher.client, f"{answer.headers['Location']}/confirm", form)
        assert done.status_code == 303, done.text
        assert "changed=yes" not in done.headers["Location"]
        door.work()
        (taken,) = door.stored()["campaign_import"]
        counts = taken[8]
        told = sum(number for outcome, number in counts.items() if outcome != "marks_changed")
        assert told == data_lines(content), counts
    finally:
        door.put_back()


def data_lines(content: bytes) -> int:
    """How many lines of data a file has, read or rejected."""
    export = read_file("x.csv", content).export
    assert export is not None
    return len(export.rows) + len(export.problems)
