"""Who may frame a page that no launch speaks for: a refusal, or an address that is none. Nothing but words is on it."""

from __future__ import annotations

import re

from flask import request

from lti.origins import origin_of
from web.headers import may_be_framed_by
from web.site import site
from workflows.visit import read_visit_id

_VISIT = re.compile(r"/visits/([^/]+)/")


def let_platform_of_visit_frame(visit_id: str) -> None:
    """The platform that the visit's id names, whether or not anybody proves the visit."""
    platform_id = read_visit_id(visit_id).platform_id
    registration = None if platform_id is None else site().registry.get(platform_id)
    may_be_framed_by(registration.frame_origins if registration else ())


def let_asking_platform_frame() -> None:
    """The platform on whose page the browser says it was asked for, and no other."""
    asking = origin_of(request.headers.get("Origin", "")) or origin_of(request.referrer or "")
    known = asking is not None and asking in site().registry.frame_origins()
    may_be_framed_by([asking] if asking and known else [])


def let_whoever_fits_frame() -> None:
    """By the address where it is a visit's, else by what the browser says."""
    if visit := _VISIT.match(request.path):
        let_platform_of_visit_frame(visit[1])
    else:
        let_asking_platform_frame()
