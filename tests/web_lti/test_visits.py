"""A visit: who is where with which role. Its cookie and its forms serve no other visit, role, activity or person."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeSerializer

from tests.lti.forge import INSTRUCTOR
from tests.web_lti.conftest import Stage
from tests.web_lti.visitor import Visitor, form_token_of, mains

LEVELS = {"level_1_3": "4", "level_2_3": "4", "level_3_1": "4", "total": "300"}


def cookie_name(visit: str) -> str:
    """The cookie of a visit's path."""
    return f"pixlti_visit_{visit.removeprefix('/visits/')}"


def refused(answer: object, status: int) -> None:
    """It has that status, and is a page."""
    assert (answer.status_code, mains(answer)) == (status, 1), answer.text  # type: ignore[attr-defined, arg-type]


def test_two_people_at_one_browser_do_not_mix(stage: Stage) -> None:
    visitor = stage.visitor()
    first = stage.launched(visitor, sub="first of two", name="Première Personne").visit
    second = stage.launched(visitor, sub="second of two", name="Seconde Personne").visit
    assert first != second
    # Each page gets its own cookie only.
    assert cookie_name(second) not in visitor.cookie_header(f"{first}/profile/")
    assert visitor.get(f"{first}/profile/").status_code == 200
    assert visitor.get(f"{second}/profile/").status_code == 200


def test_a_student_and_a_teacher_tab(stage: Stage) -> None:
    visitor = stage.visitor()
    student = stage.launched(visitor, sub="tab student").visit
    teacher = stage.launched(visitor, sub="tab teacher", role=INSTRUCTOR).visit
    refused(visitor.get(f"{student}/teacher/"), 403)
    assert visitor.get(f"{teacher}/teacher/").status_code == 200


def test_without_the_cookie(stage: Stage) -> None:
    visit = stage.launched(sub="loses it").visit
    refused(stage.visitor().get(f"{visit}/profile/"), 401)
    refused(stage.visitor().post(f"{visit}/profile/", LEVELS), 401)


def test_a_cookie_copied_to_another_visit(stage: Stage) -> None:
    teacher = stage.launched(sub="copied teacher", role=INSTRUCTOR)
    student = stage.launched(sub="copying student")
    stolen = teacher.cookies[cookie_name(teacher.visit)].value
    mine = cookie_name(student.visit)
    refused(student.get(f"{student.visit}/teacher/", Cookie=f"{mine}={stolen}"), 401)
    student.cookies[mine].value = stolen
    refused(student.get(f"{student.visit}/profile/"), 401)


def test_a_cookie_planted_in_another_browser(stage: Stage) -> None:
    """Session fixation: somebody's visit, with its cookie, given to somebody else's browser."""
    attacker, victim = stage.launched(sub="planting"), stage.launched(sub="planted on")
    name = cookie_name(attacker.visit)
    victim.cookies[name] = attacker.cookies[name]
    refused(victim.get(f"{attacker.visit}/profile/"), 401)
    refused(victim.post(f"{attacker.visit}/profile/", LEVELS), 401)
    never_here = stage.visitor()
    never_here.cookies[name] = attacker.cookies[name]
    refused(never_here.get(f"{attacker.visit}/profile/"), 401)
    assert attacker.get(f"{attacker.visit}/profile/").status_code == 200


def test_the_longest_cookie_is_one_that_browsers_keep(own_stage: Stage) -> None:
    """Browsers drop a cookie of more than 4,096 characters in silence: the way back yields first."""
    many = frozenset(
        f"https://campus-{number}.université.example"[:60].replace("é", "e") for number in range(40)
    )
    own_stage.register(own_stage.platform.registration, service_origins=many)
    url = own_stage.server.url
    for length in (10, 990):
        presentation = {"locale": "fr", "return_url": f"{url}/?back={'aZ9' * (length // 3)}"}
        visitor = own_stage.launched(sub=f"back {length}", launch_presentation=presentation)
        name = cookie_name(visitor.visit)
        line = f"{name}={visitor.cookies[name].value}"
        assert len(line) + sum(map(len, visitor.cookies[name].attributes.values())) < 4000
        assert visitor.page.status_code == 200


def altered(change: Callable[[dict[str, object]], None]) -> Callable[[str], str]:
    """A cookie's value with its content changed and the old signature kept."""

    def make(value: str) -> str:
        payload, _, signature = value.rpartition(".")
        packed = payload.startswith(".")
        raw = base64.urlsafe_b64decode(payload.removeprefix(".") + "==")
        content = json.loads(zlib.decompress(raw) if packed else raw)
        change(content)
        text = json.dumps(content, separators=(",", ":")).encode()
        body = base64.urlsafe_b64encode(zlib.compress(text) if packed else text).rstrip(b"=").decode()
        return f"{'.' if packed else ''}{body}.{signature}"

    return make


ALTERED: dict[str, Callable[[str], str]] = {
    "role": altered(lambda content: content.update(r="teacher")),
    "activity": altered(lambda content: content.update(a=999)),
    "person": altered(lambda content: content.update(p=999)),
    "began": altered(lambda content: content.update(t=4102444800)),
    "cut": lambda value: value[:-3],
    "empty": lambda _value: "",
    "nonsense": lambda _value: "x.y.z",
    "huge": lambda _value: "x" * 6000,
    "another secret": lambda _value: str(
        URLSafeSerializer("guess", salt="pix-lti visit").dumps({"r": "teacher"})
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_cookie(stage: Stage, name: str) -> None:
    student = stage.launched(sub="alters")
    cookie = student.cookies[cookie_name(student.visit)]
    cookie.value = ALTERED[name](cookie.value)
    refused(student.get(f"{student.visit}/teacher/"), 401)
    refused(student.get(f"{student.visit}/profile/"), 401)


def test_a_visit_expires(own_stage: Stage) -> None:
    visitor = own_stage.launched()
    for hours, status in ((7, 200), (9, 401)):
        later = datetime.now(UTC) + timedelta(hours=hours)
        own_stage.tool.set_clock(lambda now=later: now)  # type: ignore[misc]
        assert visitor.get(f"{visitor.visit}/profile/").status_code == status
    earlier = datetime.now(UTC) - timedelta(hours=1)
    own_stage.tool.set_clock(lambda: earlier)
    assert visitor.get(f"{visitor.visit}/profile/").status_code == 401


# --- forms


def sent(stage: Stage, visitor: Visitor, fields: dict[str, str]) -> tuple[int, int]:
    """Post the student's form; the status and how many submissions came of it."""
    before = stage.count("submission")
    answer = visitor.post(f"{visitor.visit}/profile/", {"form_id": "once", **LEVELS, **fields})
    if answer.status_code >= 400:
        assert mains(answer) == 1
    return answer.status_code, stage.count("submission") - before


def test_a_form_needs_its_visits_token(stage: Stage) -> None:
    visitor = stage.launched(sub="forms")
    other = stage.launched(sub="other forms")
    own, foreign = form_token_of(visitor.page), form_token_of(other.page)
    assert own != foreign
    for fields in (
        {},
        {"form_token": ""},
        {"form_token": foreign},
        {"form_token": own[:-1]},
        {"form_token": "é"},
    ):
        assert sent(stage, visitor, fields) == (400, 0)
    assert sent(stage, visitor, {"form_token": own}) == (303, 1)
    assert sent(stage, visitor, {"form_token": own}) == (303, 0)  # the same form twice is one sending


def test_every_form_of_a_teacher_needs_it_too(stage: Stage) -> None:
    teacher = stage.launched(sub="teacher's forms", role=INSTRUCTOR)
    for path in (
        "teacher/set-up",
        "teacher/components/cc1/close",
        "teacher/components/cc1/open",
        "teacher/resend",
        "imports/",
    ):
        refused(teacher.post(f"{teacher.visit}/{path}", {"form_token": "0" * 64, "choice": "x"}), 400)
    assert stage.count("closing") == 0


def test_a_student_cannot_use_a_teachers_form(stage: Stage) -> None:
    student = stage.launched(sub="sly")
    token = form_token_of(student.page)
    for path in (
        "teacher/set-up",
        "teacher/components/cc1/close",
        "teacher/resend",
    ):
        fields = {"form_token": token, "choice": "HA1G10H|2026-2027|cc2", "everybody": "yes"}
        refused(student.post(f"{student.visit}/{path}", fields), 403)
    assert stage.count("closing") == 0


def test_a_teacher_does_not_hand_in(stage: Stage) -> None:
    teacher = stage.launched(sub="tries", role=INSTRUCTOR)
    token = form_token_of(teacher.get(f"{teacher.visit}/teacher/set-up"))
    assert sent(stage, teacher, {"form_token": token}) == (403, 0)


# --- the way back


def test_the_way_back_to_the_course(stage: Stage) -> None:
    """Below the page in the course's frame; above it in a window of its own, where nothing of the course is around."""
    visitor = stage.launched(sub="goes back")
    back = f'href="{stage.server.url}/mod/lti/return.php?course=2&amp;sesskey=abc"'
    for place, in_front in (("iframe", False), ("document", True)):
        page = visitor.get(f"{visitor.visit}/profile/", **{"Sec-Fetch-Dest": place}).text
        assert page.count(back) == 1
        assert (page.index(back) < page.index("<main")) == in_front
        refused_page = visitor.get(f"{visitor.visit}/teacher/", **{"Sec-Fetch-Dest": place}).text
        assert refused_page.count(back) == 1


def test_no_way_back_where_none_was_given(stage: Stage) -> None:
    for presentation in ({"locale": "fr"}, {"locale": "fr", "return_url": "https://evil.example/"}):
        visitor = stage.launched(sub="stays", launch_presentation=presentation)
        assert "Revenir au cours</a>" not in visitor.page.text
