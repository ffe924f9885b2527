"""What a dynamic registration is made of: what the LMS asks, what its administrator sees, why it stops, how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lti.dynamic_registration import Wishes
from lti.platform_configuration import PlatformConfiguration
from storage.platforms import Platform
from workflows.invitations import digest_of


class RegistrationRefusal(StrEnum):
    """Why a registration stops (closed set, each with its own page)."""

    INVITATION_UNKNOWN = "invitation_unknown"
    INVITATION_USED = "invitation_used"
    INVITATION_EXPIRED = "invitation_expired"
    ASKED_WRONGLY = "asked_wrongly"
    ADDRESS_FORBIDDEN = "address_forbidden"
    UNREACHABLE = "unreachable"
    CONFIGURATION_UNUSABLE = "configuration_unusable"
    FORM_FOREIGN = "form_foreign"
    CHANGED_MEANWHILE = "changed_meanwhile"
    UNDER_WAY = "under_way"
    LMS_REFUSED = "lms_refused"
    ANSWER_UNREADABLE = "answer_unreadable"
    NOT_KEPT = "not_kept"


class RegistrationRefused(Exception):
    """The registration stops; nothing is kept here. `told`: technical lines for the administrator, and for the log."""

    def __init__(self, reason: RegistrationRefusal, *told: str) -> None:
        super().__init__(f"{reason}: {'; '.join(told)}")
        self.reason = reason
        self.told = told


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an LMS sends with its administrator: the address of its configuration, and a token to register with."""

    configuration_url: str
    token: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What is kept of it, to recognise the same request."""
        return digest_of(f"{self.configuration_url}\n{self.token}")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the administrator is shown. `known`: the platform this brings up to date, where the LMS tells which.

    `seen` stands for everything on the page that the LMS said: agreed to is what was shown.
    """

    configuration: PlatformConfiguration
    wishes: Wishes
    service_origins: tuple[str, ...]
    is_update: bool
    known: Platform | None
    seen: str


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A platform that is kept. `others`: further registrations of the same LMS, which may be left from before."""

    platform: Platform
    is_new: bool
    others: tuple[Platform, ...]

    @property
    def is_moodle(self) -> bool:
        """Whether it is a Moodle, told by its addresses: what it fixes and forgets is known."""
        return self.platform.jwks_url.endswith("/mod/lti/certs.php")
