"""The whole tool, served on a free port of this process, for tests that speak to it as an LMS and a browser do."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from app import build_job_book, build_score_worker, create_app
from config.settings import Settings
from demo.lms import LmsState, ToolAddresses
from demo.units import ALL_OPEN, write_units
from storage.platforms import Platform
from web.site import EXTENSION, Site
from workflows.job_worker import JobWorker
from workflows.platforms import add_platform
from workflows.push_decision import Pace
from workflows.push_score import Pusher
from workflows.score_slots import ScoreWorker
from workflows.world import World

PARIS = ZoneInfo("Europe/Paris")
"""The day the units are dated by: around midnight it is not the one in UTC."""
SECRET = "a secret for tests, of no value at all"
LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass
class RunningTool:
    """The tool while it runs: its address, its application and what the application is built on."""

    app: Flask
    settings: Settings

    @property
    def base(self) -> str:
        """Its address, without a final slash."""
        return self.settings.public_url

    @property
    def addresses(self) -> ToolAddresses:
        """What an LMS has to know of it."""
        return ToolAddresses(
            login_url=f"{self.base}/lti/login",
            launch_url=f"{self.base}/lti/launch",
            jwks_url=f"{self.base}/lti/jwks",
        )

    @property
    def site(self) -> Site:
        """What its pages are built on."""
        return cast(Site, self.app.extensions[EXTENSION])

    @property
    def world(self) -> World:
        """What its stories are handed."""
        return self.site.world

    def set_clock(self, now: Callable[[], datetime]) -> None:
        """Let the tool live at another time."""
        self.app.extensions[EXTENSION] = replace(self.site, world=replace(self.world, now=now))

    def register(self, lms: LmsState, **changes: Any) -> Platform:
        """Register an LMS, as `platform add` does."""
        known = dict(lms.registration_data())
        deployment = known.pop("deployment_id")
        fields: dict[str, Any] = {**known, "deployment_ids": [deployment], **changes}
        return add_platform(self.world, **fields).platform

    def worker(self, pace: Pace | None = None) -> ScoreWorker:
        """A score worker of this tool, not started."""
        worker = build_score_worker(self.settings, self.world)
        if pace is not None:
            worker.pusher = Pusher(self.world, pace=pace)
        return worker

    def job_worker(self) -> JobWorker:
        """A worker for background jobs of this tool, not started."""
        return JobWorker(world=self.world, book=build_job_book(self.settings))

    def run_jobs(self, seconds: float = 30.0) -> int:
        """Do every background job that is due; return how many were taken up."""
        return self.job_worker().drain(seconds=seconds)

    def drain(self, seconds: float = 10.0) -> None:
        """Do every background job that is due, then send every score."""
        self.run_jobs()
        self.worker().drain(seconds=seconds)


def settings_for(
    database_url: str,
    data_dir: Path,
    *,
    port: int,
    days: Mapping[str, tuple[int, int]] = ALL_OPEN,
    units_dir: Path | None = None,
    **more: Any,
) -> Settings:
    """Settings of a tool on this machine, with the shipped units dated around today."""
    if units_dir is None:
        units_dir = data_dir / "units"
        write_units(units_dir, datetime.now(PARIS).date(), days)
    return Settings(
        public_url=f"http://127.0.0.1:{port}",
        secret_key=SECRET,
        database_url=database_url,
        queue_url=f"sqlite:///{data_dir / 'queue.sqlite'}",
        data_dir=data_dir,
        units_dir=units_dir,
        **{"allowed_networks": LOOPBACK, **more},
    )


_FIRST_PORT, _LAST_PORT = 20_000, 32_000


def free_port() -> int:
    """A port of the loopback interface that nobody listens to.

    Below those that the system gives to whoever connects or asks for any: between this look and the server's own
    binding, nobody is given it.
    """
    for _ in range(100):
        port = secrets.randbelow(_LAST_PORT - _FIRST_PORT) + _FIRST_PORT
        with socket.socket() as probe:
            # As servers do it: a port whose last connections are being forgotten is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {_FIRST_PORT} to {_LAST_PORT}")


@contextmanager
def running_tool(
    database_url: str,
    data_dir: Path,
    *,
    days: Mapping[str, tuple[int, int]] = ALL_OPEN,
    units_dir: Path | None = None,
    **more: Any,
) -> Iterator[RunningTool]:
    """Serve the tool until the test ends. `database_url` is of an empty or migrated database; `more`: settings."""
    port = free_port()
    settings = settings_for(database_url, data_dir, port=port, days=days, units_dir=units_dir, **more)
    app = create_app(settings)
    server: BaseWSGIServer = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    tool = RunningTool(app=app, settings=settings)
    try:
        yield tool
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        tool.world.database.close()
