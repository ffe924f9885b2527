"""Roles of a launch: what the claim's strings say, and what they let a person do here.

Only roles in the course (LTI's *membership* roles, or their short names) count. Institution and system roles
describe a person elsewhere and give no right in the course.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from pylti1p3.roles import AbstractRole, DesignerRole, TeacherRole

_ROLES_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/roles"
_ROLE = re.compile(
    r"http://purl\.imsglobal\.org/vocab/lis/v2/"
    r"(?:(?P<kind>membership)(?:/(?P<principal>\w+))?|(?P<elsewhere>institution|system)/person)"
    r"#(?P<name>\w+)",
    re.ASCII,
)
_SHORT = re.compile(r"\w{1,50}", re.ASCII)
_ADMINISTRATORS = frozenset({"Administrator", "SysAdmin"})


@dataclass(frozen=True, kw_only=True)
class Role:
    """One role: `kind` where it holds, `name` the principal role (Instructor), `sub` its refinement."""

    kind: Literal["membership", "institution", "system", "unknown"]
    name: str
    sub: str | None = None


class _Learner(AbstractRole):
    """Learner only: "User" and "Member" say that somebody exists, not that they study here."""

    _common_roles: tuple[str, ...] = ("Learner",)


_RoleCheck = Callable[[Mapping[str, list[str]]], AbstractRole]
_TEACHING: tuple[_RoleCheck, ...] = (TeacherRole, DesignerRole)
_LEARNING: _RoleCheck = _Learner


def read_role(text: str) -> Role:
    """Read one string of the roles claim: full form, sub-role or short name; else of kind unknown."""
    if match := _ROLE.fullmatch(text):
        name, principal = match["name"], match["principal"]
        if match["kind"]:
            return Role(kind="membership", name=principal or name, sub=name if principal else None)
        return Role(kind="institution" if match["elsewhere"] == "institution" else "system", name=name)
    if _SHORT.fullmatch(text):
        return Role(kind="membership", name=text)
    return Role(kind="unknown", name=text[:100])


def read_roles(texts: Iterable[str]) -> frozenset[Role]:
    """Read the roles claim; unknown roles are kept, they simply give no right."""
    return frozenset(read_role(text) for text in texts)


def is_teacher(roles: Set[Role]) -> bool:
    """Tell whether the person teaches: Instructor (any sub-role: assistants read too), ContentDeveloper or
    Administrator *of the course*."""
    claim = _in_course(roles)
    return any(check(claim).check() for check in _TEACHING)


def is_learner(roles: Set[Role]) -> bool:
    """Tell whether the person studies in the course (Learner, any sub-role)."""
    return _LEARNING(_in_course(roles)).check()


def is_administrator(roles: Set[Role]) -> bool:
    """Tell whether the person administers anything: the course, the institution or the system."""
    return any(role.kind != "unknown" and role.name in _ADMINISTRATORS for role in roles)


def _in_course(roles: Set[Role]) -> dict[str, list[str]]:
    """Return the principal course roles as the claim of short names that pylti1p3's role checks read."""
    return {_ROLES_CLAIM: [role.name for role in roles if role.kind == "membership"]}
