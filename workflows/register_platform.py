"""Dynamic registration: an LMS shows who it is, its administrator agrees, the tool registers there and keeps it.

The invitation is claimed before the LMS is asked, and used up in the transaction that keeps the platform: two who
register at once end with one, and a registration that fails may be tried again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import structlog

from lti.answer import Answer
from lti.dynamic_registration import (
    AnswerUnreadable,
    RegisteredAs,
    read_registration_answer,
    registration_request,
    updates_a_registration,
    wishes_of,
)
from lti.errors import ForbiddenAddress, ServiceError
from lti.platform_configuration import ConfigurationProblems, PlatformConfiguration, read_configuration
from lti.tool_configuration import ToolConfiguration
from lti.vetted_fetch import VettedFetch
from storage.audit import note
from storage.database import Connection, DatabaseTrouble
from storage.invitations import (
    Invitation,
    claim_invitation,
    find_invitation,
    release_invitation,
    use_invitation,
)
from storage.platforms import Platform, PlatformAddresses, find_platform, find_platforms, save_platform
from workflows.invitations import digest_of
from workflows.platforms import LONGEST_NAME, PlatformProblems, check_platform
from workflows.rate_limits import REGISTRATIONS, spend
from workflows.registration import Asked, Proposal, Registered, RegistrationRefusal, RegistrationRefused
from workflows.world import World

log = structlog.stdlib.get_logger(__name__)

LONGEST_ADDRESS = 1000
LONGEST_TOKEN = 8000
CLAIM = timedelta(seconds=60)
"""How long a registration under way keeps others out: longer than the LMS may take to answer."""


@dataclass(frozen=True, kw_only=True)
class Registrar:
    """Registers the tool at LMSs: `fetch` is its only way out."""

    world: World
    fetch: VettedFetch
    tool: ToolConfiguration

    def invitation(self, code: str) -> Invitation:
        """The open invitation of a code.

        Raises:
            RegistrationRefused: there is none, or not any more.
        """
        return _open(self._find(code), self.world.now())

    def look(self, code: str, asked: Asked) -> Proposal:
        """See who asks; nothing is changed anywhere.

        Raises:
            RegistrationRefused, TooOften.
        """
        invitation = self.invitation(code)
        configuration = self._configuration(invitation, asked)
        is_update = updates_a_registration(asked.token)
        return Proposal(
            configuration=configuration,
            wishes=wishes_of(configuration, self.tool),
            service_origins=invitation.service_origins,
            is_update=is_update,
            known=self._known(configuration, asked) if is_update else None,
            seen=_seen(configuration),
        )

    def register(self, code: str, asked: Asked, *, seen: str) -> Registered:
        """Register at the LMS and keep it, using the invitation up. The same request again is told the same.

        Raises:
            RegistrationRefused, TooOften.
        """
        found = self._find(code)
        if found is not None and found.used_for == asked.digest and found.platform_id is not None:
            return self._again(found.platform_id)
        invitation = _open(found, self.world.now())
        configuration = self._configuration(invitation, asked)
        if _seen(configuration) != seen:
            raise RegistrationRefused(RegistrationRefusal.CHANGED_MEANWHILE)
        claim = self._claim(invitation)
        try:
            answer = self._ask(configuration, asked.token)
        except RegistrationRefused:
            with self.world.database.write() as connection:
                release_invitation(connection, invitation.id, claim)
            raise
        return self._keep(invitation, claim, configuration, asked, answer)

    def _find(self, code: str) -> Invitation | None:
        with self.world.database.read() as connection:
            return find_invitation(connection, digest_of(code))

    def _configuration(self, invitation: Invitation, asked: Asked) -> PlatformConfiguration:
        """Fetch and read what the LMS says of itself."""
        if len(asked.configuration_url) > LONGEST_ADDRESS or not _is_token(asked.token):
            raise RegistrationRefused(RegistrationRefusal.ASKED_WRONGLY)
        spend(self.world, REGISTRATIONS, invitation.id)
        answer = self._call(lambda: self.fetch.send("GET", asked.configuration_url, headers=_ACCEPT))
        if answer.status != 200:
            raise RegistrationRefused(
                RegistrationRefusal.UNREACHABLE, f"openid_configuration: status {answer.status}"
            )
        try:
            return read_configuration(
                answer.text, address=asked.configuration_url, declared=invitation.service_origins
            )
        except ConfigurationProblems as error:
            raise RegistrationRefused(RegistrationRefusal.CONFIGURATION_UNUSABLE, *error.problems) from error

    def _known(self, configuration: PlatformConfiguration, asked: Asked) -> Platform | None:
        """The platform an update is about, where the LMS tells; it decides nothing, so failing here is no failure."""
        headers = {**_ACCEPT, "Authorization": f"Bearer {asked.token}"}
        try:
            answer = self.fetch.send("GET", configuration.registration_endpoint, headers=headers)
            current = read_registration_answer(answer.text) if answer.status == 200 else None
        except (ServiceError, AnswerUnreadable):
            return None
        if current is None:
            return None
        with self.world.database.read() as connection:
            return next(iter(find_platforms(connection, configuration.issuer, current.client_id)), None)

    def _claim(self, invitation: Invitation) -> str:
        claim, now = secrets.token_hex(16), self.world.now()
        with self.world.database.write() as connection:
            if not claim_invitation(connection, invitation.id, claim=claim, until=now + CLAIM, now=now):
                raise RegistrationRefused(RegistrationRefusal.UNDER_WAY)
        return claim

    def _ask(self, configuration: PlatformConfiguration, token: str) -> RegisteredAs:
        """Register at the LMS: who the tool is there."""
        body = json.dumps(registration_request(self.tool, wishes_of(configuration, self.tool)))
        headers = {**_ACCEPT, "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self._call(
            lambda: self.fetch.send(
                "POST", configuration.registration_endpoint, headers=headers, body=body.encode()
            )
        )
        if answer.status not in (200, 201):
            raise RegistrationRefused(
                RegistrationRefusal.LMS_REFUSED,
                f"registration_endpoint: status {answer.status}",
                _without(token, answer),
            )
        try:
            return read_registration_answer(answer.text)
        except AnswerUnreadable as error:
            raise RegistrationRefused(
                RegistrationRefusal.ANSWER_UNREADABLE, f"registration_endpoint: {error}"
            ) from error

    def _call(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except ForbiddenAddress as error:
            raise RegistrationRefused(RegistrationRefusal.ADDRESS_FORBIDDEN, str(error)) from error
        except ServiceError as error:
            raise RegistrationRefused(RegistrationRefusal.UNREACHABLE, str(error)) from error

    def _keep(
        self,
        invitation: Invitation,
        claim: str,
        configuration: PlatformConfiguration,
        asked: Asked,
        answer: RegisteredAs,
    ) -> Registered:
        """Keep the platform and use the invitation up, in one transaction."""
        try:
            with self.world.database.write() as connection:
                platform_id, is_new = self._save(connection, invitation, configuration, answer)
                used = use_invitation(
                    connection,
                    invitation.id,
                    claim=claim,
                    platform_id=platform_id,
                    used_for=asked.digest,
                    now=self.world.now(),
                )
                if not used:
                    raise LookupError("the invitation was withdrawn, or taken by another, meanwhile")
                kept = _registered(connection, platform_id, is_new)
        except (DatabaseTrouble, LookupError, PlatformProblems) as error:
            # The LMS knows the tool, the tool not the LMS: what the operator needs to add it by hand.
            who = (f"client_id: {answer.client_id}", f"deployment_id: {answer.deployment_id or '—'}")
            log.exception("registered at the platform and not kept", issuer=configuration.issuer, told=who)
            raise RegistrationRefused(
                RegistrationRefusal.NOT_KEPT, f"issuer: {configuration.issuer}", *who
            ) from error
        log.info("platform registered", platform=platform_id, invitation=invitation.id, new=is_new)
        return kept

    def _save(
        self,
        connection: Connection,
        invitation: Invitation,
        configuration: PlatformConfiguration,
        answer: RegisteredAs,
    ) -> tuple[int, bool]:
        known = next(iter(find_platforms(connection, configuration.issuer, answer.client_id)), None)
        origins = {*invitation.service_origins, *(known.service_origins if known else ())}
        addresses = PlatformAddresses(
            name=invitation.name or (known.name if known else _default_name(configuration)),
            issuer=configuration.issuer,
            client_id=answer.client_id,
            auth_login_url=configuration.auth_login_url,
            auth_token_url=configuration.auth_token_url,
            jwks_url=configuration.jwks_url,
            service_origins=tuple(sorted(origins)),
            token_audience=configuration.token_audience or (known.token_audience if known else None),
        )
        deployments = [answer.deployment_id] if answer.deployment_id else []
        check_platform(addresses, deployments)
        now = self.world.now()
        platform_id, is_new = save_platform(connection, addresses, deployments, now)
        details = {"platform": platform_id, "invitation": invitation.id, "new": is_new}
        note(connection, "platform_registered", now, details=details)
        return platform_id, is_new

    def _again(self, platform_id: int) -> Registered:
        with self.world.database.read() as connection:
            return _registered(connection, platform_id, is_new=False)


_ACCEPT = {"Accept": "application/json"}


def _open(found: Invitation | None, now: datetime) -> Invitation:
    if found is None:
        raise RegistrationRefused(RegistrationRefusal.INVITATION_UNKNOWN)
    if found.used_at is not None:
        raise RegistrationRefused(RegistrationRefusal.INVITATION_USED)
    if not found.is_open(now):
        raise RegistrationRefused(RegistrationRefusal.INVITATION_EXPIRED)
    return found


def _registered(connection: Connection, platform_id: int, is_new: bool) -> Registered:
    platform = find_platform(connection, platform_id)
    if platform is None:
        raise LookupError(f"no platform {platform_id}")
    of_issuer = find_platforms(connection, platform.issuer)
    others = tuple(each for each in of_issuer if each.id != platform_id and each.enabled)
    return Registered(platform=platform, is_new=is_new, others=others)


def _is_token(token: str) -> bool:
    """Whether a token fits into a header; the specification lets it be missing."""
    return len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable() and " " not in token


def _without(token: str, answer: Answer) -> str:
    """The beginning of an answer for a page and a log, which must not hold the token where the LMS repeats it."""
    text = answer.text.replace(token, "…") if token else answer.text
    line = " ".join(text[:2000].split())
    return "".join(sign for sign in line if sign.isprintable())[:200]


def _seen(configuration: PlatformConfiguration) -> str:
    """What stands for a configuration; sets have no order, so theirs is made."""
    parts = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in vars(configuration).items()
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _default_name(configuration: PlatformConfiguration) -> str:
    host = urlsplit(configuration.issuer).netloc
    product = (configuration.product or "LMS").capitalize()
    return f"{product} ({host})"[:LONGEST_NAME]
