"""From a share handed in to the mark in the demo LMS's gradebook, every process its own and otherwise idle."""

from __future__ import annotations

import html
import json
import random
import re
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

from bench.figures import Extent, Figure, percentile
from bench.installation import installation
from bench.platforms import running_platform
from bench.processes import BenchFailed, free_port, python, running, wait_for_port
from bench.visitor import Visitor
from demo.lms import Role, demo_site
from workflows.platforms import add_platform

GOAL = 1.0
_PATIENCE = 30.0
_HIGHEST = 6


def measure(extent: Extent) -> list[Figure]:
    """Hand in one after the other, with idle pauses, and read in the LMS's own record when each mark came."""
    draw = random.Random(extent.seed)
    took: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pixlti-bench-")))
        platform = stack.enter_context(running_platform(folder))
        ours = stack.enter_context(installation(folder / "ours", platform))
        lms = f"http://127.0.0.1:{free_port()}"
        config = folder / "lms.json"
        addresses = {f"{name}_url": f"{ours.tool}/lti/{name}" for name in ("login", "launch", "jwks")}
        config.write_text(json.dumps({"tool": addresses, "seed": extent.seed}), encoding="utf-8")
        command = python("-m", "demo.lms", "--config", str(config), "--port", lms.rpartition(":")[2])
        program = stack.enter_context(running("lms", command, folder, {}))
        wait_for_port(program, int(lms.rpartition(":")[2]))
        known = _json(f"{lms}/api/registration")
        add_platform(ours.world, deployment_ids=[known.pop("deployment_id")], **known)
        stack.enter_context(ours.web())
        stack.enter_context(ours.worker())
        people, activity = _students()
        for number in range(extent.pick(60, 10) + 2):
            seconds = _one(lms, activity, people[number % len(people)], level=number // len(people) + 1)
            if number >= 2:  # unmeasured: modules load, key sets and the token are fetched
                took.append(seconds)
            time.sleep(draw.uniform(0.2, 1.2))  # at no fixed place in anybody's period
    p50, p95 = percentile(took, 0.5), percentile(took, 0.95)
    return [
        Figure(
            measure="share to gradebook, idle",
            goal=f"p95 < {GOAL:.0f} s",
            found=f"p50 {p50:.2f} s, p95 {p95:.2f} s",
            met=p95 < GOAL,
            detail=f"{len(took)} shares, longest {max(took):.2f} s; from before the form is posted to the LMS's own "
            "instant of the score",
        )
    ]


def _one(lms: str, activity: str, person: str, *, level: int) -> float:
    """Launch, hand in, and return how long the mark took to be in the gradebook."""
    visitor = Visitor()
    frame = visitor.get(f"{lms}/frame/{activity}?as={person}")
    source = re.search(r'<iframe[^>]* src="([^"]+)"', frame.html)
    if source is None:
        raise BenchFailed(f"{frame.url} frames nothing")
    page = visitor.get(urljoin(frame.url, html.unescape(source[1])))
    form = page.form(having="form_id")
    values = {name: str(min(level, _HIGHEST)) for name in form.fields if name.startswith("level")}
    before = len(_json(f"{lms}/api/history"))
    sent = time.time()
    visitor.submit(form, values)
    until = sent + _PATIENCE
    while time.time() < until:
        for entry in _json(f"{lms}/api/history")[before:]:
            if entry["taken"] and entry["person_id"] == person:
                return datetime.fromisoformat(entry["at"]).timestamp() - sent
        time.sleep(0.1)
    raise BenchFailed(f"the mark of {person} did not come within {_PATIENCE:.0f} s")


def _students() -> tuple[list[str], str]:
    """The demo course's students, and the activity that stands for CC1."""
    course = demo_site().courses[0]
    people = [each.id for each in course.people if each.role is Role.STUDENT]
    activity = next(each for each in course.activities if each.custom.get("component") == "cc1")
    return people, activity.id


def _json(url: str) -> Any:
    with urlopen(url, timeout=30) as answer:
        return json.load(answer)
