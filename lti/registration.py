"""A platform as it was registered here: who it is, where it answers, what it may point us to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from lti.origins import origin_of


class RegistrationProblems(ValueError):
    """What was given cannot be a registration; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class NewDeployments(StrEnum):
    """What becomes of a launch from a deployment that is not known (closed set).

    ADOPT_FIRST: where none is known yet, the first that launches is adopted; others are refused. HOLD: every one is
    refused until somebody approves it. REFUSE: every one is refused.
    """

    ADOPT_FIRST = "adopt_first"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One client of one platform (LTI 1.3 calls the pair issuer + client id a registration).

    `deployment_ids` are the known ones; `new_deployments` tells what becomes of another (one to adopt is left to the
    caller: `Launch.deployment_is_new`). `service_origins` are further origins (`https://host[:port]`) the platform's
    service addresses may have. `token_audience` is what we call the token address when we ask it for a token, where
    the platform wants another name than that address.
    Raises RegistrationProblems (a ValueError), with every problem, when an address is not a plain http(s) one.
    """

    id: int | str
    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    deployment_ids: frozenset[str] = frozenset()
    service_origins: frozenset[str] = frozenset()
    enabled: bool = True
    new_deployments: NewDeployments = NewDeployments.ADOPT_FIRST
    token_audience: str | None = None

    def __post_init__(self) -> None:
        problems = [
            f"{field}: must not be empty" for field in ("issuer", "client_id") if not getattr(self, field)
        ]
        for field in ("auth_login_url", "auth_token_url", "jwks_url"):
            if origin_of(getattr(self, field)) is None:
                problems.append(
                    f"{field}: {getattr(self, field)!r} must be a plain http:// or https:// address"
                )
        problems += [
            f"service_origins: {origin!r} must be like https://host or https://host:port"
            for origin in sorted(self.service_origins)
            if origin_of(origin) is None
        ]
        if problems:
            raise RegistrationProblems(problems)

    @cached_property
    def allowed_origins(self) -> frozenset[str]:
        """Return the origins we may call: issuer, the three addresses, the declared service origins."""
        own = (self.issuer, self.auth_login_url, self.auth_token_url, self.jwks_url)
        addresses = (*own, *self.service_origins)
        return frozenset(origin for address in addresses if (origin := origin_of(address)))

    @cached_property
    def frame_origins(self) -> tuple[str, ...]:
        """Return the origins that may frame our pages: the issuer's, the login address's, the declared ones; sorted."""
        found = {origin_of(each) for each in (self.issuer, self.auth_login_url, *self.service_origins)}
        return tuple(sorted(origin for origin in found if origin))

    @property
    def uses_plain_http(self) -> bool:
        """Tell whether any address is http: tokens and marks would travel readable (a reason to warn)."""
        return any(origin.startswith("http://") for origin in self.allowed_origins)

    def allows(self, url: str) -> bool:
        """Tell whether an address found in a claim or an answer belongs to this platform."""
        return origin_of(url) in self.allowed_origins


class Registrations(Protocol):
    """Where registrations are kept."""

    def find(self, issuer: str, client_id: str | None) -> Sequence[Registration]:
        """Return those of an issuer, enabled or not; only the client's when `client_id` is given."""

    def get(self, registration_id: int | str) -> Registration | None:
        """Return one by its id, or None when it is not there any more."""
