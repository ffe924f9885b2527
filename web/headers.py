"""Security headers of every answer: who may frame it, and that nothing inline or foreign runs in it."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, g, request
from werkzeug.wrappers import Response

from web.site import site

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'"
)

_NOTHING_ALLOWED = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)
"""What a platform's frame may offer (Moodle's does) and no page of ours asks for."""


def may_be_framed_by(origins: Collection[str]) -> None:
    """Let these origins frame the answer to this request (nobody else)."""
    g.frame_origins = tuple(origins)


def may_post_to(origin: str) -> None:
    """Let a form of the answer to this request go to this origin, besides our own."""
    g.form_origin = origin


def add_headers(app: Flask) -> None:
    """Put the headers on every answer of the application."""

    @app.after_request
    def _headers(response: Response) -> Response:
        origins = getattr(g, "frame_origins", ())
        ancestors = " ".join(origins) or "'none'"
        forms = " ".join(filter(None, ("'self'", getattr(g, "form_origin", ""))))
        policy = f"{_POLICY}; form-action {forms}; frame-ancestors {ancestors}"
        response.headers["Content-Security-Policy"] = policy
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Permissions-Policy"] = _NOTHING_ALLOWED
        if site().is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith(("/static/", "/bootstrap/")) or response.status_code >= 400:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
