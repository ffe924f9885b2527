"""An LMS that listens: in a thread for tests, in the foreground as a process of its own."""

import logging
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from demo.lms.application import create_lms, state_of
from demo.lms.campus import demo_site
from demo.lms.course import Site, ToolAddresses
from demo.lms.gradebook import ClockMode
from demo.lms.keys import new_signing_key
from demo.lms.state import LmsState, utc_now

HOST = "127.0.0.1"


def listen(create: Callable[[str], Flask], *, port: int = 0) -> tuple[BaseWSGIServer, Flask]:
    """A bound server on loopback (port 0: a free one); `create` makes the LMS once its address is known.

    The caller makes it serve. OSError if the port is taken.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.create_server((HOST, port)) as listening:  # werkzeug itself would exit on a taken port
        app = create(f"http://{HOST}:{listening.getsockname()[1]}")
        return make_server(HOST, port, app, threaded=True, fd=listening.fileno()), app


class RunningLms:
    """A context manager: the LMS serves from a thread of this process; tests look into `state`.

    >>> with RunningLms(tool=addresses) as lms:  # doctest: +SKIP
    ...     lms.state.gradebook.mark(column_id, person_id)
    """

    def __init__(
        self,
        description: Site | None = None,
        *,
        tool: ToolAddresses | None,
        client_id: str = "sl9OsTF0WbtXFXT",
        deployment_id: str = "1",
        port: int = 0,
        control: bool = False,
        clock_mode: ClockMode = "5.1",
        seed: int = 0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        signing_key = new_signing_key("lms-1")

        def create(address: str) -> Flask:
            return create_lms(
                description or demo_site(),
                address=address,
                tool=tool,
                client_id=client_id,
                deployment_id=deployment_id,
                control=control,
                clock_mode=clock_mode,
                seed=seed,
                clock=clock,
                signing_key=signing_key,
            )

        self._create = create
        self._server, app = listen(create, port=port)
        self.state: LmsState = state_of(app)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="lms", daemon=True
        )

    @property
    def address(self) -> str:
        """The LMS's address and issuer, `http://127.0.0.1:port`."""
        return self.state.issuer

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def renew(self) -> LmsState:
        """Forget everything: a fresh state at the same address, with the first signing key."""
        app = self._create(self.address)
        self._server.app, self.state = app, state_of(app)
        return self.state

    def start(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
