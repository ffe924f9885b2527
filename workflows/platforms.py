"""The operator's platforms: added, brought up to date, listed, disabled, at any time and without restart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lti.registration import Registration, RegistrationProblems
from storage.platforms import (
    Platform,
    PlatformAddresses,
    all_platforms,
    disable_platform,
    find_platform,
    launched_platforms,
    save_platform,
)
from workflows.world import World

LONGEST_NAME = 200
_LONGEST = {
    "name": LONGEST_NAME,
    "issuer": 500,
    "client_id": 255,
    "auth_login_url": 1000,
    "auth_token_url": 1000,
    "jwks_url": 1000,
    "token_audience": 1000,
}
"""The most the database keeps of each, in characters."""
LONGEST_DEPLOYMENT = 255


@dataclass(frozen=True, kw_only=True)
class AddedPlatform:
    """What became of `platform add`: whether it is new, and whether tokens and marks travel over http."""

    platform: Platform
    is_new: bool
    uses_plain_http: bool


class PlatformProblems(Exception):
    """What was typed cannot be a platform; `problems` says what is wrong with each address."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def add_platform(
    world: World,
    *,
    name: str,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    service_origins: Collection[str] = (),
    token_audience: str | None = None,
    deployment_ids: Collection[str] = (),
) -> AddedPlatform:
    """Add a platform, or bring the one of this issuer and client up to date (and enable it).

    Raises:
        PlatformProblems: with what cannot serve.
    """
    # Spaces around what is pasted are never meant.
    addresses = PlatformAddresses(
        name=name.strip(),
        issuer=issuer.strip(),
        client_id=client_id.strip(),
        auth_login_url=auth_login_url.strip(),
        auth_token_url=auth_token_url.strip(),
        jwks_url=jwks_url.strip(),
        service_origins=tuple(each.strip() for each in service_origins),
        token_audience=(token_audience or "").strip() or None,
    )
    deployment_ids = [each.strip() for each in deployment_ids]
    registration = check_platform(addresses, deployment_ids)
    with world.database.write() as connection:
        platform_id, is_new = save_platform(connection, addresses, deployment_ids, world.now())
        platform = find_platform(connection, platform_id)
    if platform is None:
        raise LookupError(f"no platform {platform_id}")
    return AddedPlatform(platform=platform, is_new=is_new, uses_plain_http=registration.uses_plain_http)


def check_platform(addresses: PlatformAddresses, deployment_ids: Collection[str]) -> Registration:
    """The registration these values make.

    Raises:
        PlatformProblems: with everything that is wrong with them.
    """
    problems: list[str] = []
    for field, longest in _LONGEST.items():
        value: str = getattr(addresses, field) or ""
        if len(value) > longest:
            problems.append(f"{field}: longer than {longest} characters")
        elif not value.isprintable():
            problems.append(f"{field}: holds control characters")
    if not addresses.name:
        problems.append("name: must not be empty")
    if not all(each and each.isprintable() and len(each) <= LONGEST_DEPLOYMENT for each in deployment_ids):
        problems.append(
            f"deployment_ids: each has 1 to {LONGEST_DEPLOYMENT} characters, and no control characters"
        )
    try:
        registration = Registration(
            id=0,
            name=addresses.name,
            issuer=addresses.issuer,
            client_id=addresses.client_id,
            auth_login_url=addresses.auth_login_url,
            auth_token_url=addresses.auth_token_url,
            jwks_url=addresses.jwks_url,
            deployment_ids=frozenset(deployment_ids),
            service_origins=frozenset(addresses.service_origins),
            token_audience=addresses.token_audience,
        )
    except RegistrationProblems as error:
        raise PlatformProblems([*problems, *error.problems]) from error
    if problems:
        raise PlatformProblems(problems)
    return registration


def list_platforms(world: World) -> list[Platform]:
    """Every platform, the disabled ones too."""
    with world.database.read() as connection:
        return all_platforms(connection)


def list_launched(world: World) -> frozenset[int]:
    """The platforms from which somebody has launched; the others wait, for their administrator to activate the tool."""
    with world.database.read() as connection:
        return launched_platforms(connection)


def disable(world: World, platform_id: int) -> Platform:
    """Refuse a platform's launches and send it nothing more; its history stays.

    Raises:
        LookupError: there is no such platform.
    """
    with world.database.write() as connection:
        if find_platform(connection, platform_id) is None:
            raise LookupError(f"no platform {platform_id}: see `platform list`")
        disable_platform(connection, platform_id, world.now())
        return next(each for each in all_platforms(connection) if each.id == platform_id)
