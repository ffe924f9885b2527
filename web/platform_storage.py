"""Pages that speak with the platform's storage, where the browser keeps nothing for our frame: login, launch, visit.

The page's script does the speaking (`static/storage.js`) and brings the answer in a header, which no other site can
send.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Request, Response, jsonify, render_template, request, url_for

from lti.login import LoginRequest
from lti.platform_storage import PlatformStorage, find_kept_login, login_key, storage_of, visit_key
from web import browser_token, visit_carrier
from web.headers import may_be_framed_by
from web.site import site
from workflows.visit import Visit, read_visit_id


def keep_login(storage: PlatformStorage, asked: LoginRequest, *, browser: str, authorisation: str) -> str:
    """The page that lets the platform keep the browser's token, then goes on to the platform's authorisation."""
    refused = f"{url_for('launch.login')}?{urlencode({**asked.as_parameters(), 'cookie': 'none'})}"
    return _page(
        storage,
        step="login",
        key=login_key(authorisation),
        value=browser,
        address=authorisation,
        otherwise=refused,
    )


def find_kept_target(asked: Request) -> str | None:
    """The storage a launch's login used, where our own page brings this launch with what the platform kept."""
    kept = _kept(asked)
    if kept is None or not asked.headers.get(browser_token.HEADER):
        return None
    # The header alone says it: other sites' scripts may not send it. The browser's own word is taken too.
    return kept[1] if asked.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin" else None


def fetch_login(asked: Request) -> str | None:
    """The page that asks the platform for the token of a launch's login; None where none was kept, or it was asked."""
    here, kept = site(), _kept(asked)
    if kept is None or browser_token.HEADER in asked.headers:
        return None
    registration_id, target, key = kept
    registration = here.registry.get(registration_id)
    storage = storage_of(registration, target) if registration else None
    if registration is None or storage is None:
        return None
    may_be_framed_by(registration.frame_origins)
    fields = {name: asked.form.get(name, "") for name in ("id_token", "state")}
    return _page(storage, step="launch", key=key, address=url_for("launch.launch"), fields=fields)


def keep_visit(visit: Visit, address: str) -> Response:
    """The answer to our own page's launch: what the platform shall keep, and where to go."""
    proof = site().visits.storage.proof(visit)
    return jsonify({"address": address, "key": visit_key(visit.id), "value": proof})


def fetch_visit(visit_id: str) -> tuple[str, int] | None:
    """The page that asks the platform for what proves a visit; None where its storage does not keep it."""
    known, here = read_visit_id(visit_id), site()
    if known.platform_id is None or known.storage_target is None or request.method != "GET":
        return None
    if visit_carrier.HEADER in request.headers:
        return None
    registration = here.registry.get(known.platform_id)
    storage = storage_of(registration, known.storage_target) if registration else None
    if storage is None:
        return None
    page = _page(storage, step="visit", key=visit_key(visit_id), address=request.full_path.rstrip("?"))
    return page, HTTPStatus.UNAUTHORIZED


def _kept(asked: Request) -> tuple[int | str, str, str] | None:
    here = site()
    if here.browser.find(asked) is not None:
        return None
    return find_kept_login(asked.form.to_dict(), secret=here.secret, now=here.world.now())


def _page(
    storage: PlatformStorage,
    *,
    step: str,
    key: str,
    address: str,
    value: str = "",
    otherwise: str = "",
    fields: dict[str, str] | None = None,
) -> str:
    return render_template(
        "storage.html",
        storage=storage,
        step=step,
        key=key,
        value=value,
        address=address,
        otherwise=otherwise,
        fields=fields or {},
    )
