"""Dynamic registration over HTTP: the page an LMS opens for its administrator, in a frame, and what is agreed to there.

No cookie is needed. The LMS's token travels on sealed in the form, bound to the invitation; it stands in no page, no
address of ours and no log.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta

import structlog
from flask import Blueprint, g, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from lti.origins import origin_of
from web.errors import make_reference
from web.headers import may_be_framed_by
from web.registration_reasons import explain
from web.sealed import seal, unseal
from web.site import site
from workflows.invitations import digest_of
from workflows.registration import Asked, RegistrationRefusal, RegistrationRefused

log = structlog.stdlib.get_logger(__name__)

routes = Blueprint("registration", __name__, url_prefix="/lti/register")

MOST_BYTES = 64 * 1024
PURPOSE = "registration"
AGREED_WITHIN = timedelta(hours=1)
"""How long the page may stay open: as long as Moodle's token lives."""
# What a source in `frame-ancestors` may look like: a host's name or number, nothing that could end the directive.
_FRAMING = re.compile(r"https?://[a-z0-9.-]+(:\d+)?")


@routes.before_request
def _limit() -> None:
    request.max_content_length = MOST_BYTES
    request.max_form_memory_size = MOST_BYTES


@routes.get("/<code>")
def look(code: str) -> str:
    """Show the administrator who asks and for what; opened without an LMS, tell where the address belongs."""
    here = site()
    asked = Asked(
        configuration_url=request.args.get("openid_configuration", "").strip(),
        token=request.args.get("registration_token", "").strip(),
    )
    _frame(asked)
    if not asked.configuration_url:
        invitation = here.registrar.invitation(code)
        return render_template("registration_paste.html", expires_at=invitation.expires_at)
    proposal = here.registrar.look(code, asked)
    _frame(asked, proposal.service_origins)
    sealed = seal(
        here.secret,
        PURPOSE,
        {
            "invitation": digest_of(code),
            "address": asked.configuration_url,
            "token": asked.token,
            "seen": proposal.seen,
            "frames": " ".join(proposal.service_origins),
        },
        here.world.now(),
    )
    return render_template(
        "registration_agree.html",
        proposal=proposal,
        sealed=sealed,
        tool=here.registrar.tool,
        frames=g.frame_origins,
    )


@routes.post("/<code>")
def agree(code: str) -> str:
    """Register, as the administrator agreed to; the same form sent again is answered the same."""
    here = site()
    try:
        text = request.form.get("sealed", "")
    except RequestEntityTooLarge as error:
        raise RegistrationRefused(RegistrationRefusal.FORM_FOREIGN) from error
    opened = unseal(here.secret, PURPOSE, text, here.world.now(), lifetime=AGREED_WITHIN)
    if opened is None or opened["invitation"] != digest_of(code):
        _frame_as(request.form.get("frames", "").split())
        raise RegistrationRefused(RegistrationRefusal.FORM_FOREIGN)
    asked = Asked(configuration_url=opened["address"], token=opened["token"])
    _frame(asked, opened["frames"].split())
    done = here.registrar.register(code, asked, seen=opened["seen"])
    return render_template(
        "registration_done.html", done=done, tool=here.registrar.tool, frames=g.frame_origins
    )


def _frame(asked: Asked, declared: Collection[str] = ()) -> None:
    """Let the site that asks frame the page: it is the LMS of whoever holds the invitation, and of nobody else.

    A page of refusal holds nothing and does nothing, so it may be framed by whom the address names.
    """
    _frame_as([origin_of(asked.configuration_url), *declared])


def _frame_as(origins: Collection[str | None]) -> None:
    may_be_framed_by(sorted({each for each in origins if each and _FRAMING.fullmatch(each)}))


@routes.errorhandler(RegistrationRefused)
def _refused(error: RegistrationRefused) -> tuple[str, int]:
    explanation = explain(error.reason)
    reference = make_reference()
    log.warning(
        "registration refused",
        reference=reference,
        reason=error.reason,
        status=explanation.status,
        told=list(error.told),
    )
    page = render_template(
        "registration_refused.html",
        explanation=explanation,
        told=error.told,
        reference=reference,
        frames=g.get("frame_origins", ()),
    )
    return page, explanation.status
