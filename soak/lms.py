"""`python -m soak.lms --port N --config file.json`: the demo LMS with many students, and a record of its load."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from werkzeug.wsgi import ClosingIterator

from demo.lms import Activity, Course, Person, Site, ToolAddresses, create_lms
from demo.lms.server import listen
from demo.lms.state import current_state

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COURSE, LINK, FIRST = "2", "1", 1001
_OF_THE_TOOL = re.compile(r"/mod/lti/(services\.php|token\.php)")


def campus(students: int) -> Site:
    """One course, one activity (CC1), so many students."""
    people = tuple(
        Person(
            id=str(number),
            given="Étudiant",
            family=f"Numéro {number}",
            username=f"etu{number}",
            email=f"etu{number}@valbrume.example",
            idnumber=f"99{number:06}",
        )
        for number in range(FIRST, FIRST + students)
    )
    activity = Activity(id=LINK, title="CC1", custom={"unit": "HA1G10H", "component": "cc1"})
    course = Course(id=COURSE, label="PIX-L1", title="Pix", people=people, activities=(activity,))
    return Site(courses=(course,))


class Load:
    """Counts what the tool asks of the LMS: instants (seconds since 1970) and how many requests at once."""

    def __init__(self, wrapped: WSGIApplication) -> None:
        self._wrapped = wrapped
        self._lock = threading.Lock()
        self._under_way = 0
        self.highest = 0
        self.instants: list[float] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve, counting."""
        if not _OF_THE_TOOL.match(environ["PATH_INFO"]):
            return self._wrapped(environ, start_response)
        with self._lock:
            self._under_way += 1
            self.highest = max(self.highest, self._under_way)
            self.instants.append(time.time())
        return ClosingIterator(self._wrapped(environ, start_response), [self._leave])

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self.highest = self._under_way
            self.instants.clear()

    def _leave(self) -> None:
        with self._lock:
            self._under_way -= 1


def _routes(load: Load) -> Blueprint:
    routes = Blueprint("soak", __name__, url_prefix="/soak")

    @routes.post("/launch/<person_id>")
    def launch(person_id: str) -> ResponseReturnValue:
        """Begin a launch, as a click in the course does; the address the browser goes to."""
        return {
            "page": current_state().addresses.launch_page(current_state().begin_launch(person_id, LINK).id)
        }

    @routes.get("/load")
    def told() -> ResponseReturnValue:
        """What was counted since the last reset."""
        return {"highest": load.highest, "instants": load.instants}

    @routes.delete("/load")
    def forget() -> ResponseReturnValue:
        """Begin to count anew."""
        load.forget()
        return "", 204

    return routes


def main() -> None:
    """Print what an administrator registers, then serve until ended."""
    parser = argparse.ArgumentParser(prog="python -m soak.lms")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    options = parser.parse_args()
    config = json.loads(options.config.read_text(encoding="utf-8"))

    def create(address: str) -> Flask:
        lms = create_lms(
            campus(config["students"]),
            address=address,
            tool=ToolAddresses(**config["tool"]),
            client_id="soak",
            deployment_id="1",
            control=True,
            seed=config["seed"],
        )
        load = Load(lms.wsgi_app)
        lms.wsgi_app = load  # type: ignore[method-assign]
        lms.register_blueprint(_routes(load))
        return lms

    server, _ = listen(create, port=options.port)
    signal.signal(signal.SIGTERM, _end)
    try:
        server.serve_forever()
    finally:
        server.server_close()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
