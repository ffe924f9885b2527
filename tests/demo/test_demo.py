"""`python -m demo` as a newcomer runs it: one address, a course that fills, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

import pytest
import requests

from demo.installation import ROOT

pytestmark = pytest.mark.slow

_PATIENCE = 90.0
_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)


class Demo:
    """A demo under way: its process, what it has said, its address."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.said = folder.parent / "said.txt"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "demo", "--folder", str(folder), *options],
                cwd=ROOT,
                env={**os.environ, "PIXLTI_PUBLIC_URL": "http://somebody-elses.example"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return self.said.read_text(encoding="utf-8")

    @property
    def address(self) -> str:
        """The one address it prints, once ready."""
        until(lambda: "Ctrl-C" in self.text or self.process.poll() is not None, self.text)
        found = set(re.findall(r"https?://[^\s/]+", self.text))
        assert len(found) == 1, self.text
        return str(found.pop())

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C: the terminal signals the whole group. Returns the exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=15)

    def processes(self) -> dict[int, str]:
        """The command line of every process that runs on this demo's settings, by its number."""
        mark = f"PIXLTI_DATA_DIR={self.folder}/".encode()
        found = {}
        for each in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (each / "environ").read_bytes():
                    found[int(each.name)] = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # gone meanwhile, or somebody else's
        return {number: command for number, command in found.items() if command}

    def worker(self) -> int:
        """The number of the worker's process, once there is one."""
        found: list[int] = []

        def looked() -> bool:
            # One look decides: a process that is just becoming the worker may be missed by the next.
            found[:] = [number for number, command in self.processes().items() if "huey_consumer" in command]
            return bool(found)

        until(looked, self.text)
        return found[0]


def until(happened: Callable[[], bool], what: str, seconds: float = _PATIENCE) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Demo]:
    """A demo that is ended whatever happens."""
    demo = Demo(folder, *options)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.interrupt(signal.SIGTERM)


def gradebook(address: str) -> dict[tuple[str, str], Any]:
    """The LMS's marks, by activity and person."""
    data = requests.get(f"{address}/api/gradebook", timeout=10).json()
    links = {column["id"]: column["link"] for column in data["columns"]}
    return {(links[grade["column"]], grade["person"]): grade for grade in data["grades"]}


def launch(address: str, person: str, activity: str) -> str:
    """Open an activity as an ordinary browser does; returns the words of the tool's page."""
    with requests.Session() as browser:
        browser.post(f"{address}/login", data={"person": person, "course": "2"}, timeout=10)
        answer = browser.get(f"{address}/mod/lti/launch.php", params={"id": activity}, timeout=10)
        cookies: dict[str, str] = {}
        while form := re.search(r'<form id="ltiLaunchForm".*?</form>', answer.text, re.DOTALL):
            action = unescape(cast(str, re.findall(r'action="([^"]*)"', form[0])[0]))
            fields = {
                unescape(name): unescape(value)
                for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form[0])
            }
            answer = browser.post(action, data=fields, allow_redirects=False, timeout=10)
            while answer.is_redirect:
                # A browser trusts this machine with Secure cookies; requests does not, over http.
                cookies |= browser.cookies.get_dict()
                header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
                browser.headers.update(header)
                to = urljoin(answer.url, answer.headers["Location"])
                answer = browser.get(to, allow_redirects=False, timeout=10)
        assert answer.status_code == 200, answer.text
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", _MAIN.findall(answer.text)[0])).split())


def test_a_newcomer_sees_the_gradebook_fill_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    """The whole tour: marks of every kind arrive, no rule of Moodle is broken, nothing stays behind."""
    with running(tmp_path / "demo") as demo:
        address = demo.address
        until(lambda: len(gradebook(address)) >= 40, "marks arrive")
        marks = gradebook(address)
        assert "Provisoire" in marks["2", "103"]["feedback"], "CC2 holds declarations"
        assert "Provisoire" not in marks["1", "101"]["feedback"], "CC1 was imported"
        assert ("1", "120") not in marks, "a late sending is no mark"
        assert ("1", "123") not in marks, "a near name waits for the teacher"
        student = launch(address, "105", "3")
        assert "la déclaration donnait" in student
        assert "plus de 400 pix : oui" in launch(address, "104", "3")
        teacher = launch(address, "2", "1")
        assert "Envoi tardif" in teacher
        assert "Puigg" in teacher, "whom only the export knows is listed"
        assert requests.get(f"{address}/api/violations", timeout=10).json() == []
        assert (tmp_path / "demo" / "pix-export-cc2.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        assert str(tmp_path / "demo" / "pix-export-cc2.csv") in demo.text
        assert demo.processes()
        assert demo.interrupt() == 0
        assert demo.text.endswith("The demo has ended.\n")
        assert "Traceback" not in demo.text
        assert not demo.processes()
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=5)


def test_it_tells_a_taken_port(tmp_path: Path) -> None:
    """The message names the port and how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path / "demo", "--port", str(port)) as demo:
            assert demo.process.wait(timeout=30) == 1
            assert f"port {port} of 127.0.0.1 cannot be used" in demo.text
            assert "Traceback" not in demo.text
            assert not demo.processes()


def test_it_tells_when_a_process_dies_and_takes_the_others_along(tmp_path: Path) -> None:
    """Exit 1 with the last lines of the log."""
    with running(tmp_path / "demo") as demo:
        worker = demo.worker()
        os.kill(worker, signal.SIGKILL)
        assert demo.process.wait(timeout=20) == 1
        assert "the worker ended (exit code -9)" in demo.text
        assert "worker.log" in demo.text
        assert not demo.processes()


def test_a_demo_killed_outright_leaves_nothing_and_the_next_starts_afresh(tmp_path: Path) -> None:
    """Nothing listens any more; the same folder serves again, and a second demo in it is refused."""
    with running(tmp_path / "demo") as demo:
        assert demo.worker()
        demo.process.kill()
        demo.process.wait()
        until(lambda: not demo.processes(), "the processes of a killed demo end", 15)
    with running(tmp_path / "demo") as again:
        assert again.worker()
        other = subprocess.run(
            [sys.executable, "-m", "demo", "--folder", str(tmp_path / "demo")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert other.returncode == 1
        assert "already running" in other.stderr
        assert again.interrupt(signal.SIGTERM) == 0
