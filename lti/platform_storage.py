"""Platform storage: where a browser keeps nothing for our frame, the platform's window keeps small texts for it.

The messages themselves (1EdTech's LTI postMessage Storage) are sent by the page's script; here is what it is told:
the frame to speak to, the origin that must be listening there, and under which keys texts are kept.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from lti.errors import LaunchRefused
from lti.origins import origin_of
from lti.registration import Registration
from lti.state import open_state

_TARGET = re.compile(r"[\w-]{1,60}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PlatformStorage:
    """A platform's storage: `target` names the frame beside ours (or `_parent`), `origin` is whose it must be."""

    target: str
    origin: str


def storage_of(registration: Registration, target: str | None) -> PlatformStorage | None:
    """Return the storage a platform offers under this name; None where it offers none.

    The origin is never taken from a message: it is the one of the registered authorisation address.
    """
    origin = origin_of(registration.auth_login_url)
    if target is None or origin is None or not _TARGET.fullmatch(target):
        return None
    return PlatformStorage(target=target, origin=origin)


def login_key(authorisation: str) -> str:
    """Return the key for the browser's token of a login, from the address the browser is sent to."""
    (state,) = parse_qs(urlsplit(authorisation).query)["state"]
    return _state_key(state)


def find_kept_login(
    form: Mapping[str, str], *, secret: bytes, now: datetime
) -> tuple[int | str, str, str] | None:
    """Return registration, target and key of a launch whose login used the platform's storage; None of any other.

    Only the state's signature and age are looked at: the launch itself is not accepted by this.
    """
    text = form.get("state") or ""
    try:
        state, _ = open_state(text, browser=None, secret=secret, now=now)
    except LaunchRefused:
        return None
    target = state.login.get("lti_storage_target")
    return None if target is None else (state.registration_id, target, _state_key(text))


def visit_key(visit_id: str) -> str:
    """Return the key for what proves a visit."""
    return f"pixlti_visit_{_short(visit_id)}"


def _state_key(state: str) -> str:
    return f"pixlti_login_{_short(state)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
