"""Platforms as the LTI library wants them: registrations, and a copy of their keys, from the database."""

from __future__ import annotations

from collections.abc import Sequence

from lti.registration import NewDeployments, Registration
from storage.database import Database
from storage.platforms import Platform, all_platforms, find_platform, find_platforms
from storage.tool_keys import find_platform_jwks, keep_platform_jwks


def registration_of(
    platform: Platform, new_deployments: NewDeployments = NewDeployments.ADOPT_FIRST
) -> Registration:
    """The registration behind a row; what becomes of unknown deployments is this installation's choice."""
    return Registration(
        id=platform.id,
        name=platform.name,
        issuer=platform.issuer,
        client_id=platform.client_id,
        auth_login_url=platform.auth_login_url,
        auth_token_url=platform.auth_token_url,
        jwks_url=platform.jwks_url,
        deployment_ids=platform.deployment_ids,
        service_origins=frozenset(platform.service_origins),
        token_audience=platform.token_audience,
        enabled=platform.enabled,
        new_deployments=new_deployments,
    )


class PlatformRegistry:
    """The registrations of the database, read afresh each time: a platform works as soon as it is added."""

    def __init__(
        self, database: Database, new_deployments: NewDeployments = NewDeployments.ADOPT_FIRST
    ) -> None:
        self._database = database
        self._new_deployments = new_deployments

    def find(self, issuer: str, client_id: str | None) -> Sequence[Registration]:
        """Those of an issuer, enabled or not."""
        with self._database.read() as connection:
            found = find_platforms(connection, issuer, client_id)
        return [registration_of(each, self._new_deployments) for each in found]

    def get(self, registration_id: int | str) -> Registration | None:
        """One by its id."""
        with self._database.read() as connection:
            found = find_platform(connection, int(registration_id))
        return registration_of(found, self._new_deployments) if found else None

    def frame_origins(self) -> list[str]:
        """The origins of every enabled platform: one of them may be the one that asks, before it is known."""
        with self._database.read() as connection:
            known = [registration_of(each) for each in all_platforms(connection) if each.enabled]
        return sorted({origin for each in known for origin in each.frame_origins})


class KeptPlatformKeys:
    """The last good key set of each platform, kept for the day its address does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, jwks_url: str) -> str | None:
        """The key set kept for this address."""
        with self._database.read() as connection:
            return find_platform_jwks(connection, jwks_url)

    def save(self, jwks_url: str, text: str) -> None:
        """Keep a good key set."""
        with self._database.write() as connection:
            keep_platform_jwks(connection, jwks_url, text)
