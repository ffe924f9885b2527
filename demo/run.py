"""One run of the demo: the tool as in production, its worker and a small LMS, on this machine only.

Everything is on 127.0.0.1, LMS and tool alike, so that an ordinary browser's cookies work inside the LMS's frame.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import requests

from demo.cohort import CAMPAIGNS, CC2, cc2_export, student
from demo.installation import ROOT, Installation, new_installation, take_folder
from demo.lms import RunningLms, ToolAddresses, demo_site, empty_course
from demo.pix_api import RunningPixApi
from demo.pix_export import write_export
from demo.pix_sendings import pix_of_the_demo
from demo.processes import DemoBroken, Processes
from demo.story import StoryBroken, play

DESCRIPTION = "The tool, its worker and a small LMS with a course, on this machine; Ctrl-C ends it."
HOST = "127.0.0.1"
START_SECONDS = 90.0


def main(arguments: list[str] | None = None) -> int:
    """Run the demo until it is interrupted: 0 then, 1 and a message when it cannot go on."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="port of the LMS (default: a free one)")
    parser.add_argument("--tool-port", type=int, default=0, help="port of the tool (default: a free one)")
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="emptied at each start")
    options = parser.parse_args(arguments)
    try:
        with take_folder(options.folder.absolute()):
            _run(options.folder.absolute(), options.port, options.tool_port)
    except KeyboardInterrupt:
        _tell("The demo has ended.")
        return 0
    except (DemoBroken, StoryBroken) as broken:
        sys.stderr.write(f"demo: {broken}\n")
        return 1
    return 0


def _run(folder: Path, port: int, tool_port: int) -> None:
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    with _listening(tool_port, "--tool-port") as tool_socket, ExitStack() as stack:
        made = new_installation(folder, tool_socket.getsockname()[1])
        pix = stack.enter_context(RunningPixApi(pix_of_the_demo(made.secret_key.encode(), today)))
        here = replace(made, pix_url=pix.url)
        here.prepare(today)
        here.export.write_bytes(write_export(CAMPAIGNS[CC2], cc2_export(today, here.codes)))
        with _lms(here, port) as lms:
            processes = Processes(folder=ROOT, environment=here.environment(os.environ), logs=here.logs)
            try:
                _tell("Starting the tool, its worker and the LMS...")
                known = lms.state.registration_data()
                # A newcomer who types localhost sees the LMS, too: let it frame the tool's pages.
                processes.run("registration", here.add_platform(known, f"http://localhost:{lms.port}"))
                processes.start("tool", here.serve(tool_socket.fileno()), keep_open=[tool_socket.fileno()])
                tool_socket.close()  # from here on it is the tool's alone, and closes with it
                processes.start("worker", here.work())
                processes.wait_until(lambda: _is_ready(here), what="the tool", seconds=START_SECONDS)
                play(lms.state, today, tell=lambda what: _tell(f"  {what}..."), check=processes.check)
                processes.check()
                _tell(_what_to_try(here, lms.address))
                while True:
                    processes.check()
                    time.sleep(0.3)
            finally:
                processes.stop()


def _listening(port: int, option: str) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as taken:
        raise _port_taken(port, option, taken) from taken


def _lms(here: Installation, port: int) -> RunningLms:
    tool = ToolAddresses(
        login_url=f"{here.tool_url}/lti/login",
        launch_url=f"{here.tool_url}/lti/launch",
        jwks_url=f"{here.tool_url}/lti/jwks",
    )
    try:
        return RunningLms(demo_site(further=(empty_course(),)), tool=tool, port=port)
    except (OSError, OverflowError) as taken:
        raise _port_taken(port, "--port", taken) from taken


def _port_taken(port: int, option: str, reason: Exception) -> DemoBroken:
    return DemoBroken(
        f"port {port} of {HOST} cannot be used ({reason}). Give another, or none for a free one: "
        f'make demo ARGS="{option} 8080"'
    )


def _is_ready(here: Installation) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"{here.tool_url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False


def _what_to_try(here: Installation, address: str) -> str:
    somebody = student(20)
    return f"""
The demo is ready. Open this address in Chrome, Chromium, Edge or Firefox:

    {address}/

1. Be a student ({somebody.name}): open "CC2". The button leads to Pix and carries who it is;
   below it, declare levels, and see the mark arrive under "Mes notes".
2. Be the teacher (Hélène Marchand): open "CC2", import {_shown(here.export)},
   read the preview, confirm, and see the marks change under "Notes".
3. The tool reads Pix itself, too (the demo has a small one): in "CC2", on the class's page,
   "Lecture de Pix et décisions…" and "Synchroniser maintenant".
4. Still the teacher: open "CC1", whose deadline has passed, and see what "Clore…" would send.
5. In the second course, which is empty: "Ajouter une activité", "Sélectionner un contenu", and the unit is there.

Logs: {_shown(here.logs)}. The next start begins afresh. Ctrl-C ends everything.
"""


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
