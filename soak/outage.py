"""An LMS that is down for a day while marks wait: all arrive afterwards, and the LMS is not trampled.

The people and what they declared are written in bulk (ten thousand launches would take an hour); their marks and
desired scores are computed by the product itself, and the day passes on the tool's clock, which starts a day late.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from dataclasses import replace as with_values

import requests
from sqlalchemy import insert, select

from app import build_world
from config.settings import read_settings
from demo.lms import Fault
from grading.profile import Evidence
from soak.checks import rows
from soak.lms import COURSE, LINK
from soak.machines import WORKERS, Machines, SoakFailed, wait_until
from soak.students import everybody
from storage.activities import find_or_add_activity, find_or_add_course, update_activity
from storage.platforms import all_platforms, deployment_key
from storage.schema import member, person, submission
from storage.scope import UnitYear
from workflows.regrade import regrade
from workflows.visit import Role

DAY = 86_400.0
UNIT, COMPONENT = "HA1G10H", "cc1"
_AT_ONCE = 500
_TICK = 0.1


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What was measured; rates in requests a second, `seconds` from the recovery to the last mark."""

    waiting: int
    tries: int
    seconds: float
    first_second: int
    busiest_second: int
    mean: float
    at_once: int
    limit: int
    delivered: int


def live_through(machines: Machines, *, students: int, day: float) -> Outage:
    """The LMS goes down, marks come to wait, a day passes in `day` seconds, the LMS comes back."""
    settings = read_settings(machines.environment("operator"))
    limit = settings.push_slots_per_platform * len(WORKERS)
    machines.clock.move(-DAY)
    down = asdict(Fault(endpoint="any", answer="reset", times=None))
    requests.post(f"{machines.lms_url}/control/faults", json=down, timeout=10).raise_for_status()
    _let_marks_wait(machines, students)
    waiting = _count(machines, "waiting")
    _forget_load(machines)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < day:
        machines.clock.move(-DAY * (1 - passed / day))
        time.sleep(_TICK)
    machines.clock.move(0.0)
    tries = len(_load(machines)[1])
    requests.delete(f"{machines.lms_url}/control/faults", timeout=10).raise_for_status()
    _forget_load(machines)
    back = time.time()
    wait_until(
        lambda: _count(machines, "waiting") == 0, 60 + students / 20, "every waiting mark is delivered"
    )
    at_once, instants = _load(machines)
    seconds = Counter(int(each - back) for each in instants)
    lasted = max(instants, default=back) - back
    first = min(seconds, default=0)
    return Outage(
        waiting=waiting,
        tries=tries,
        seconds=lasted,
        first_second=seconds[first],
        busiest_second=max(seconds.values(), default=0),
        mean=len(instants) / max(lasted - first, 1.0),
        at_once=at_once,
        limit=limit,
        delivered=_held(machines),
    )


def _let_marks_wait(machines: Machines, students: int) -> None:
    settings = read_settings(machines.environment("operator"))
    world = build_world(with_values(settings, log_level="WARNING"), wake=lambda: None)
    now, rules = machines.clock(), world.rules.find(UNIT)
    if rules is None:
        raise SoakFailed(f"no rules of {UNIT}")
    services = f"{machines.lms_url}/mod/lti/services.php/{COURSE}/lineitems"
    try:
        with world.database.write() as connection:
            platform_id = all_platforms(connection)[0].id
            deployment_id = deployment_key(connection, platform_id, "1")
            course = find_or_add_course(connection, deployment_id, COURSE, "PIX-L1", "Pix")
            scope = UnitYear(course_id=course.id, unit_code=UNIT, academic_year=rules.unit.academic_year)
            activity = find_or_add_activity(connection, course, LINK, "CC1")
            described = with_values(
                activity,
                unit_code=UNIT,
                academic_year=scope.academic_year,
                component=COMPONENT,
                line_item_url=f"{services}/1/lineitem?type_id=1",
                line_items_url=f"{services}?type_id=1",
            )
            update_activity(connection, activity, described)
            people = [
                {"deployment_id": deployment_id, "sub": sub, "name": sub, "seen_at": now}
                for sub in everybody(students)
            ]
            connection.execute(insert(person), people)
            ids = list(connection.scalars(select(person.c.id).where(person.c.deployment_id == deployment_id)))
            role = Role.LEARNER.value
            connection.execute(
                insert(member),
                [{"course_id": course.id, "person_id": each, "role": role, "since": now} for each in ids],
            )
            competences = rules.unit.get_component(COMPONENT).competences
            sent = [
                {
                    "course_id": scope.course_id,
                    "unit_code": scope.unit_code,
                    "academic_year": scope.academic_year,
                    "person_id": each,
                    "component": COMPONENT,
                    "evidence": Evidence.DECLARED.value,
                    "sent_at": now,
                    "received_at": now,
                    "levels": {code: (each + place) % 7 for place, code in enumerate(competences)},
                    "pix": {},
                    "source": {"kind": "form", "activity": activity.id},
                    "fingerprint": f"soak-{each}",
                }
                for each in ids
            ]
            connection.execute(insert(submission), sent)
            for at in range(0, len(ids), _AT_ONCE):
                regrade(connection, rules, scope, ids[at : at + _AT_ONCE], cause="declaration", now=now)
    finally:
        world.database.close()


def _count(machines: Machines, state: str) -> int:
    return int(rows(machines, f"SELECT count(*) FROM desired_score WHERE state = '{state}'")[0][0])


def _held(machines: Machines) -> int:
    """How many cells of the LMS hold what is desired."""
    query = (
        "SELECT person.sub, desired_score.mark FROM desired_score "
        "JOIN person ON person.id = desired_score.person_id WHERE desired_score.state = 'in_step'"
    )
    desired = {sub: float(mark) for sub, mark in rows(machines, query)}
    grades = requests.get(f"{machines.lms_url}/api/gradebook", timeout=60).json()["grades"]
    return sum(
        each["grade"] is not None and float(each["grade"]) == desired.get(each["person"]) for each in grades
    )


def _load(machines: Machines) -> tuple[int, list[float]]:
    told = requests.get(f"{machines.lms_url}/soak/load", timeout=60).json()
    return told["highest"], told["instants"]


def _forget_load(machines: Machines) -> None:
    requests.delete(f"{machines.lms_url}/soak/load", timeout=10).raise_for_status()
