"""The roster of a course (Names and Role Provisioning): who is in it now, as the platform lists them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lti import roles as role_rules
from lti.errors import ServerTrouble
from lti.platform_calls import PlatformServices, read_json
from lti.registration import Registration

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
CONTAINER_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_LONGEST_ID = 255


@dataclass(frozen=True, kw_only=True)
class RosterMember:
    """Somebody of a course; all but `sub` may be withheld by the platform.

    `role` is what its roles let the person do here; `is_active` is false where the platform says Inactive or Deleted.
    A non-editing teacher is an Instructor in Moodle's launches and a Learner in its roster.
    """

    sub: str
    role: Literal["learner", "teacher", "reader"]
    is_active: bool
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    student_number: str | None = None


def read_roster(
    services: PlatformServices,
    registration: Registration,
    memberships_url: str,
    *,
    after_page: Callable[[int], None] = lambda _people: None,
) -> tuple[RosterMember, ...]:
    """Read every page of a course's roster, each person once (the first entry that names them).

    `after_page` is told after each page how many people are known so far.
    No `limit` is asked for: the platform decides of its pages. Raises ServiceError kinds; ServerTrouble where a page
    is no roster: half a roster is none, since whoever is missing from it would be taken for gone.
    """
    found: dict[str, RosterMember] = {}
    for answer in services.read_pages(registration, SCOPE, memberships_url, accept=CONTAINER_TYPE):
        document = read_json(answer)
        members = document.get("members") if isinstance(document, dict) else None
        if not isinstance(members, list):
            raise ServerTrouble(f"{registration.name} answers something that is not a roster", status=200)
        for entry in members:
            member = _read_member(entry) if isinstance(entry, dict) else None
            if member is None:
                raise ServerTrouble(f"{registration.name} lists somebody without an id", status=200)
            found.setdefault(member.sub, member)
        after_page(len(found))
    return tuple(found.values())


def _read_member(entry: Mapping[str, Any]) -> RosterMember | None:
    sub = _text(entry.get("user_id"))
    if sub is None or len(sub) > _LONGEST_ID:
        return None
    listed = entry.get("roles")
    roles = (
        role_rules.read_roles(each for each in listed if isinstance(each, str))
        if isinstance(listed, list)
        else frozenset()
    )
    teaches, learns = role_rules.is_teacher(roles), role_rules.is_learner(roles)
    return RosterMember(
        sub=sub,
        role="teacher" if teaches else "learner" if learns else "reader",
        is_active=(_text(entry.get("status")) or "Active").casefold() == "active",
        name=_text(entry.get("name")),
        given_name=_text(entry.get("given_name")),
        family_name=_text(entry.get("family_name")),
        email=_text(entry.get("email")),
        student_number=_text(entry.get("lis_person_sourcedid")),
    )


def _text(value: object) -> str | None:
    """Return a text without its surrounding spaces; None for an empty one, and for what is no text."""
    return value.strip() or None if isinstance(value, str) else None
