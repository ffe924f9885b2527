"""Reading claims: each value has the type we expect or the launch is refused, with the claim's name and no value.

Identifiers are kept to the letter (and refused when no database could keep them); texts for people are cleaned.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from lti.errors import LaunchRefused, RefusalReason

Claims = Mapping[str, Any]

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

LONGEST_IDENTIFIER = 255  # LTI core: ids are at most 255 characters
LONGEST_TEXT = 1000
_UNEXPANDED = re.compile(r"\$[A-Za-z][\w.]*", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def invalid(name: str, why: str) -> LaunchRefused:
    """Return the refusal for a claim of a wrong type or shape."""
    return LaunchRefused(RefusalReason.INVALID_CLAIM, f"claim {name.removeprefix(LTI)}: {why}")


def object_claim(claims: Claims, name: str) -> Claims | None:
    """Read a claim that is an object; null and missing are the same. Raises LaunchRefused on another type."""
    value = claims.get(name)
    if value is not None and not isinstance(value, dict):
        raise invalid(name, "must be an object")
    return value


def string_list(claims: Claims, name: str) -> tuple[str, ...] | None:
    """Read a list of strings; null and missing are the same. Raises LaunchRefused on anything else."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(name, "must be a list of strings")
    return tuple(value)


def identifier(claims: Claims, name: str, *, longest: int = LONGEST_IDENTIFIER) -> str | None:
    """Read an identifier, kept to the letter; empty, null and missing are None.

    Raises LaunchRefused on another type, when too long, or with control characters.
    """
    value = claims.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise invalid(name, "must be a string")
    if len(value) > longest:
        raise invalid(name, f"longer than {longest} characters")
    if _UNPRINTABLE.search(value):
        raise invalid(name, "holds control characters")
    return value


def text(claims: Claims, name: str) -> str | None:
    """Read a text for people: control characters taken out, clipped, blank is None.

    Raises LaunchRefused when it is not a string.
    """
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(name, "must be a string")
    cleaned = _UNPRINTABLE.sub("", value[: LONGEST_TEXT * 2]).strip()[:LONGEST_TEXT]
    return cleaned or None


def truth(claims: Claims, name: str, *, default: bool) -> bool:
    """Read a yes or no, also written as a text ("true"); null and missing are the default.

    Raises LaunchRefused on anything else.
    """
    value = claims.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise invalid(name, "must be true or false")
    return value


def opaque(claims: Claims, name: str) -> object | None:
    """Read a value that is only ever given back, to the letter; null and missing are None.

    Raises LaunchRefused where it is no JSON (Python reads NaN and infinities too, other readers do not).
    """
    value = claims.get(name)
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise invalid(name, "is not JSON") from error
    return value


def custom_values(claims: Claims) -> dict[str, str]:
    """Read the custom parameters as texts.

    Dropped: null (a variable without value in this message), unexpanded variables (`$Like.this`) and nested
    values. Numbers and booleans become text. Raises LaunchRefused when the claim is not an object.
    """
    found: dict[str, str] = {}
    for name, value in (object_claim(claims, f"{LTI}custom") or {}).items():
        told = _as_text(value)
        if told is not None and not _UNEXPANDED.fullmatch(told):
            found[_UNPRINTABLE.sub("", name)] = _UNPRINTABLE.sub("", told)
    return found


def _as_text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else None


def student_number(claims: Claims, custom: Mapping[str, str]) -> str | None:
    """Read the student number: the platform's "ID number" (Brightspace has its own claim), else a custom parameter.

    Empty is None; a value too long or with control characters is nobody's number: None as well.
    """
    lis = object_claim(claims, f"{LTI}lis") or {}
    brightspace = claims.get("http://www.brightspace.com")
    candidates = [lis.get("person_sourcedid")]
    if isinstance(brightspace, dict):
        candidates.append(brightspace.get("org_defined_id"))
    candidates += [custom.get(name) for name in ("student_number", "person_sourcedid", "user_idnumber")]
    for value in candidates:
        if not isinstance(value, str):
            continue
        number = value.strip()
        usable = 0 < len(number) <= LONGEST_IDENTIFIER and number.isprintable()
        if usable and not _UNEXPANDED.fullmatch(number):
            return number
    return None
