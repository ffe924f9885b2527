"""What went wrong, on a page: what, why, what to do, a reference that is also in the log. Never a stack."""

from __future__ import annotations

import secrets
from dataclasses import replace
from http import HTTPStatus
from math import ceil
from urllib.parse import urlencode

import structlog
from flask import Flask, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from grading.text import Bilingual
from lti.errors import LaunchRefused
from web.framing import let_asking_platform_frame, let_whoever_fits_frame
from web.headers import may_be_framed_by
from web.launch_reasons import explain
from web.site import site
from web.visit import ForeignForm, VisitMissing, is_in_own_window
from workflows.deployments import hold
from workflows.rate_limits import TooOften
from workflows.refusal import RefusalCode, Refused
from workflows.visit import Visit

log = structlog.stdlib.get_logger(__name__)

_STATUS = {
    RefusalCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    RefusalCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RefusalCode.UNIT_UNKNOWN: HTTPStatus.CONFLICT,
    RefusalCode.NOT_SET_UP: HTTPStatus.CONFLICT,
}


def add_error_pages(app: Flask) -> None:
    """Give every refusal and every failure its page."""
    app.register_error_handler(LaunchRefused, _launch_refused)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(VisitMissing, _visit_missing)
    app.register_error_handler(ForeignForm, _foreign_form)
    app.register_error_handler(TooOften, _too_often)
    app.register_error_handler(HTTPException, _http)
    app.before_request(_refuse_unreadable_query)


def _refuse_unreadable_query() -> None:
    """Refuse bytes that are no UTF-8 in the address itself: Werkzeug would fail on reading its arguments."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise BadRequest from error


def _launch_refused(error: LaunchRefused) -> tuple[str, int]:
    here = site()
    known = here.registry.find(error.platform_issuer, None) if error.platform_issuer is not None else ()
    if known:
        may_be_framed_by(sorted({origin for each in known for origin in each.frame_origins}))
    else:
        # An issuer with a typing slip is unknown, and its page should be readable in the known platform's frame.
        let_asking_platform_frame()
    if error.deployment is not None:
        platform_id, deployment_id = error.deployment
        hold(here.world, int(platform_id), deployment_id)
    reference = make_reference()
    here.world.metrics.launch("refused")
    here.world.metrics.refusal(error.reason)
    log.warning(
        "launch refused",
        reference=reference,
        reason=error.reason,
        status=int(error.status),
        issuer=error.platform_issuer,
        detail=error.detail,
    )
    again = None
    if error.retry_login is not None:
        asked = replace(error.retry_login, storage_target=None)  # of the frame, not of a window
        again = f"{url_for('launch.login')}?{urlencode(asked.as_parameters())}"
    return _page(
        explain(error.reason, in_window=is_in_own_window()),
        error.status,
        reference=reference,
        again=again,
    )


def _refused(error: Refused) -> tuple[str, int]:
    reference = make_reference()
    log.info("refused", reference=reference, reason=error.code, **_where())
    status = _STATUS.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _page((_("Ce n’est pas possible maintenant"), error.message), status, reference=reference)


def _visit_missing(_error: VisitMissing) -> tuple[str, int]:
    reference = make_reference()
    log.info("visit missing", reference=reference, **_where())
    message = Bilingual(
        "Cette page n’est plus ouverte dans ce navigateur : la visite a expiré, ou le navigateur a bloqué son cookie. "
        "Rien n’est perdu de ce qui a été envoyé. Revenez au cours et ouvrez de nouveau l’activité.",
        "This page is no longer open in this browser: the visit has expired, or the browser blocked its cookie. "
        "Nothing that was sent is lost. Go back to the course and open the activity again.",
    )
    return _page((_("Ouvrez de nouveau l’activité"), message), HTTPStatus.UNAUTHORIZED, reference=reference)


def _foreign_form(_error: ForeignForm) -> tuple[str, int]:
    reference = make_reference()
    log.warning("form of another visit", reference=reference, **_where())
    message = Bilingual(
        "Ce formulaire n’a pas été fait pour cette visite : rien n’a été enregistré. Revenez au cours, ouvrez de "
        "nouveau l’activité et recommencez.",
        "This form was not made for this visit: nothing was recorded. Go back to the course, open the activity "
        "again and start over.",
    )
    return _page((_("Formulaire refusé"), message), HTTPStatus.BAD_REQUEST, reference=reference)


def _too_often(error: TooOften) -> tuple[str, int, dict[str, str]]:
    reference = make_reference()
    log.info("too often", reference=reference, limit=error.limit.name, **_where())
    seconds = max(ceil(error.wait.total_seconds()), 1)
    minutes = ceil(seconds / 60)
    message = Bilingual(
        "Cette action a été demandée trop de fois en peu de temps ; cette fois-ci, rien n’a été fait. Réessayez dans "
        + (f"{seconds} s." if seconds < 60 else f"{minutes} min."),
        "This was asked for too many times in a short while; this time, nothing was done. Try again in "
        + (f"{seconds} s." if seconds < 60 else f"{minutes} min."),
    )
    page, status = _page((_("Un instant"), message), HTTPStatus.TOO_MANY_REQUESTS, reference=reference)
    return page, status, {"Retry-After": str(seconds)}


_HTTP = {
    404: Bilingual("Il n’y a pas de page à cette adresse.", "There is no page at this address."),
    405: Bilingual("Cette adresse ne s’ouvre pas ainsi.", "This address is not opened this way."),
    413: Bilingual(
        "Ce qui a été envoyé est trop volumineux : rien n’a été lu ni enregistré. Un export de Pix Orga pèse moins "
        "de 40 Mo ; vérifiez que c’est le bon fichier, ou exportez campagne par campagne.",
        "What was sent is too large: nothing was read or recorded. A Pix Orga export has less than 40 MB; check "
        "that it is the right file, or export campaign by campaign.",
    ),
    500: Bilingual(
        "L’outil a rencontré une erreur ; elle est notée. Rien n’a été fait à moitié. Réessayez dans un moment ; si "
        "cela continue, donnez la référence ci-dessous à l’assistance.",
        "The tool met an error; it is on record. Nothing was half done. Try again in a moment; if it goes on, give "
        "the reference below to the support.",
    ),
}
_OTHER = Bilingual(
    "La demande n’a pas pu être comprise ; rien n’a été enregistré.",
    "The request could not be understood; nothing was recorded.",
)


def _http(error: HTTPException) -> tuple[str, int]:
    reference = make_reference()
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, InternalServerError):
        log.error("failure", reference=reference, exc_info=error.original_exception, **_where())
    else:
        log.info("request refused", reference=reference, status=int(status), **_where())
    if not hasattr(g, "frame_origins") and status != HTTPStatus.INTERNAL_SERVER_ERROR:
        let_whoever_fits_frame()
    title = _("Page introuvable") if status == HTTPStatus.NOT_FOUND else _("Cela n’a pas marché")
    return _page((title, _HTTP.get(status, _OTHER)), status, reference=reference)


def _page(
    what: tuple[str | Bilingual, Bilingual],
    status: int,
    *,
    reference: str,
    again: str | None = None,
) -> tuple[str, int]:
    title, message = what
    visit: Visit | None = getattr(g, "visit", None)
    page = render_template(
        "refusal.html",
        title=title,
        message=message,
        reference=reference,
        again=again,
        return_url=visit.return_url if visit else None,
    )
    return page, int(status)


def _where() -> dict[str, str | None]:
    """The page by its pattern: an address itself may hold anything somebody typed."""
    return {"route": request.url_rule.rule if request.url_rule else None, "visit": g.get("visit_id")}


def make_reference() -> str:
    """What stands on a page and in its log line, so that one is found from the other."""
    text = secrets.token_hex(4).upper()
    return f"{text[:4]}-{text[4:]}"
