"""Invitations to register a platform: the operator gives one address, an LMS's administrator uses it once."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from lti.origins import origin_of
from storage.audit import note
from storage.invitations import (
    Invitation,
    add_invitation,
    all_invitations,
    find_invitation,
    withdraw_invitation,
)
from workflows.platforms import LONGEST_NAME, PlatformProblems
from workflows.world import World

LONGEST_DAYS = 90
_CODE_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class NewInvitation:
    """An invitation just made; its code is told this once and kept nowhere."""

    id: int
    code: str
    invitation: Invitation


def invite(
    world: World, *, name: str | None = None, days: int = 7, service_origins: Collection[str] = ()
) -> NewInvitation:
    """Make an invitation. `service_origins`: origins the LMS answers from besides its own.

    Raises:
        PlatformProblems: with what cannot serve.
    """
    name = (name or "").strip() or None
    origins = tuple(each.strip() for each in service_origins)
    problems: list[str] = []
    if name is not None and (len(name) > LONGEST_NAME or not name.isprintable()):
        problems.append(f"name: longer than {LONGEST_NAME} characters, or with control characters")
    if not 1 <= days <= LONGEST_DAYS:
        problems.append(f"days: must be from 1 to {LONGEST_DAYS}")
    problems += [
        f"service_origins: {each!r} must be like https://host or https://host:port"
        for each in origins
        if origin_of(each) != each
    ]
    if problems:
        raise PlatformProblems(problems)
    code, now = secrets.token_urlsafe(_CODE_BYTES), world.now()
    with world.database.write() as connection:
        number = add_invitation(
            connection,
            digest=digest_of(code),
            name=name,
            service_origins=origins,
            expires_at=now + timedelta(days=days),
            now=now,
        )
        note(connection, "platform_invited", now, details={"invitation": number, "days": days})
        made = find_invitation(connection, digest_of(code))
    if made is None:
        raise LookupError(f"no invitation {number}")
    return NewInvitation(id=number, code=code, invitation=made)


def list_invitations(world: World) -> list[Invitation]:
    """Every invitation, whatever has become of it."""
    with world.database.read() as connection:
        return all_invitations(connection)


def withdraw(world: World, invitation_id: int) -> None:
    """Let nobody use an invitation any more.

    Raises:
        LookupError: there is none of this number, or it is used or withdrawn already.
    """
    now = world.now()
    with world.database.write() as connection:
        if not withdraw_invitation(connection, invitation_id, now):
            raise LookupError(f"no open invitation {invitation_id}: see `platform invitations`")
        note(connection, "invitation_withdrawn", now, details={"invitation": invitation_id})


def digest_of(secret: str) -> str:
    """What is kept of a code or a token: enough to recognise it, nothing to use."""
    return sha256(secret.encode("utf-8", "backslashreplace")).hexdigest()
