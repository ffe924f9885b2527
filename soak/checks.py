"""What must hold at the end, seen from outside: the tables read with SQL, the gradebook asked of the LMS by HTTP."""

from __future__ import annotations

import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import requests
from sqlalchemy import text

from soak.machines import WEBS, WORKERS, Machines
from soak.students import Crowd, Levels
from storage.database import Database

OF_THE_CLOCK = {"assertion_iat", "assertion_expired"}
"""The LMS's complaints of a tool whose clock is more than a minute wrong: we made it wrong."""

_SENT = (
    "SELECT person.sub, CAST(submission.levels AS text) FROM submission "
    "JOIN person ON person.id = submission.person_id"
)
_DESIRED = (
    "SELECT person.sub, mark, state, lease_token FROM desired_score "
    "JOIN person ON person.id = desired_score.person_id"
)


def mark_of(levels: Levels) -> Decimal:
    """The rule of CC1, by hand: the mean of the levels, each capped at 6, out of 20."""
    mean = Decimal(sum(min(each, 6) for each in levels)) / 3
    return (mean * 20 / 6).quantize(Decimal("0.01"), ROUND_HALF_UP)


def broken_promises(machines: Machines, crowd: Crowd) -> list[str]:
    """Every promise that does not hold, with the first examples; empty when all do."""
    stored = Counter((sub, tuple(json.loads(levels).values())) for sub, levels in rows(machines, _SENT))
    desired = {sub: Decimal(mark) for sub, mark, *_ in rows(machines, _DESIRED)}
    confirmed = {(who, levels) for who, all_of in crowd.confirmed.items() for levels in all_of}
    tried = {(who, levels) for who, all_of in crowd.tried.items() for levels in all_of}
    best: dict[str, Decimal] = {}
    for who, levels in stored:
        best[who] = max(best.get(who, Decimal(0)), mark_of(levels))
    held = _gradebook(machines)
    found = {
        "answered with success, not stored": confirmed - set(stored),
        "stored more than once": {each for each, times in stored.items() if times > 1},
        "stored though nobody sent it": set(stored) - tried,
        "desired is not the best of what was stored": _different(desired, best),
        "the gradebook is not what is desired": _different(held, desired),
        "still taken or waiting": {row for row in rows(machines, _DESIRED) if row[2] != "in_step" or row[3]},
        **_history(machines, tried),
        "complaints of the LMS": {
            f"{each['kind']}: {each['detail']}"
            for each in _asked(machines, "/api/violations")
            if each["kind"] not in OF_THE_CLOCK
        },
    }
    return [
        f"{what}: {len(these)}, such as {sorted(these, key=str)[:3]}"
        for what, these in found.items()
        if these
    ]


def _history(machines: Machines, tried: set[tuple[str, Levels]]) -> dict[str, set[Any]]:
    """What the LMS took, in the order it took it: only that person's own marks, never a worse after a better one."""
    own: dict[str, set[Decimal]] = {}
    for who, levels in tried:
        own.setdefault(who, set()).add(mark_of(levels))
    last: dict[str, tuple[str, Decimal]] = {}
    foreign, older = set(), set()
    for arrival in _asked(machines, "/api/history"):
        if not arrival["taken"]:
            continue
        who, body = arrival["person_id"], json.loads(arrival["body"], parse_float=Decimal)
        mark, at = Decimal(body["scoreGiven"]), body["timestamp"]
        if mark not in own.get(who, set()):
            foreign.add((who, mark))
        if who in last and (at <= last[who][0] or mark < last[who][1]):
            older.add((who, last[who], (at, mark)))
        last[who] = (at, mark)
    return {"a mark that person never earned": foreign, "an older mark over a newer": older}


def tracebacks(machines: Machines) -> int:
    """How many the logs of all webs and workers hold: to look at, not a promise (PostgreSQL was killed)."""
    return sum(machines.log(name).count("Traceback") for name in (*WEBS, *WORKERS))


def rows(machines: Machines, query: str) -> list[Any]:
    """The rows of a query."""
    database = Database(machines.database_url)
    try:
        with database.read() as connection:
            return list(connection.execute(text(query)).all())
    finally:
        database.close()


def _gradebook(machines: Machines) -> dict[str, Decimal]:
    return {
        each["person"]: Decimal(each["grade"]).quantize(Decimal("0.01"))
        for each in _asked(machines, "/api/gradebook")["grades"]
        if each["grade"] is not None
    }


def _asked(machines: Machines, path: str) -> Any:
    return requests.get(machines.lms_url + path, timeout=60).json()


def _different(one: dict[str, Decimal], other: dict[str, Decimal]) -> set[Any]:
    return {(who, one.get(who), other.get(who)) for who in {*one, *other} if one.get(who) != other.get(who)}
