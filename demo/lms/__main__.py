"""`python -m demo.lms --config file.json [--port N]`: the LMS as a process of its own.

Prints one JSON line with the data to register in a tool, then serves until interrupted.
"""

import argparse
import contextlib
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from demo.lms.application import create_lms, state_of
from demo.lms.campus import demo_site
from demo.lms.course import ToolAddresses, site_from_data
from demo.lms.server import listen

_DESCRIPTION = """\
The configuration is a JSON object: "tool" (object: login_url, launch_url, jwks_url; or null: one is to be
registered), and if wanted "client_id", "deployment_id", "control" (true opens the control API),
"clock_mode" ("5.1" or "4.5"), "seed", "unit" (code used by the default activities) or "site" (courses with
people and activities)."""


def main(arguments: list[str] | None = None) -> int:
    """Serve; 2 and a message on bad configuration or a port that is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.lms",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 (default): a free one")
    parser.add_argument("--config", type=Path, required=True, help="JSON file")
    options = parser.parse_args(arguments)
    try:
        config = json.loads(options.config.read_text(encoding="utf-8"))
        settings = _settings(config)
        server, app = listen(lambda address: create_lms(address=address, **settings), port=options.port)
    except (OSError, KeyError, TypeError, ValueError) as problem:
        sys.stderr.write(f"{options.config}: {type(problem).__name__}: {problem}\n")
        return 2
    with contextlib.suppress(KeyboardInterrupt), server:
        signal.signal(signal.SIGTERM, _interrupt)
        sys.stdout.write(json.dumps(state_of(app).registration_data()) + "\n")
        sys.stdout.flush()
        server.serve_forever()
    return 0


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    known = {"tool", "client_id", "deployment_id", "control", "clock_mode", "seed", "unit", "site"}
    unknown = sorted(set(config) - known)
    if unknown:
        raise ValueError(f"unknown keys {unknown}; known: {sorted(known)}")
    site = site_from_data(config["site"]) if "site" in config else demo_site(config.get("unit", "HA1G10H"))
    return {
        "description": site,
        "tool": ToolAddresses(**config["tool"]) if config["tool"] is not None else None,
        "client_id": str(config.get("client_id", "sl9OsTF0WbtXFXT")),
        "deployment_id": str(config.get("deployment_id", "1")),
        "control": bool(config.get("control", False)),
        "clock_mode": config.get("clock_mode", "5.1"),
        "seed": int(config.get("seed", 0)),
    }


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
