"""Reads the bodies of Pix's API into values: whole answers of another shape are refused, single items are told.

Keys may be absent where their value is not defined, and numbers are what they say or nothing: a text, a fraction of
a pix or a negative total is not repaired.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

from grading.competences import COMPETENCES, HIGHEST_LEVEL, PIX_PER_LEVEL
from grading.text import Bilingual
from pix.maddo_errors import ApiTrouble, PixApiError
from pix.maddo_values import (
    Campaign,
    Organization,
    Participation,
    ParticipationPage,
    TopicLevels,
    Unreadable,
    levels_by_competence,
)

HIGHEST_TOTAL = len(COMPETENCES) * HIGHEST_LEVEL * PIX_PER_LEVEL
"""Pix that nobody can ever have more than, whatever the ceiling of the day."""
_LARGEST_ID = 2**63 - 1
_LONGEST_TEXT = 255


class _Bad(Exception):
    """A value that is not what its key promises."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.said = Bilingual(fr, en)


def read_json(text: str) -> Any:
    """Read a body; raises PixApiError where it is no JSON at all (a page, nothing, cut short)."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PixApiError(ApiTrouble.NOT_JSON, f"not JSON: {_outline(text)}") from error


def read_token(document: Any) -> str:
    """Return the access token of an answer; raises PixApiError where it holds none that a header can carry."""
    token = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(token, str) or not (token and token.isascii() and token.isprintable()) or " " in token:
        _other_shape("no access_token in the token's answer")
    return token


def read_organizations(document: Any) -> tuple[Organization, ...]:
    """Return the organisations; raises PixApiError where they are of another shape."""
    try:
        return tuple(
            Organization(id=_id(each, "id"), name=_text(each, "name") or "") for each in _list(document)
        )
    except _Bad as bad:
        _other_shape(f"organizations: {bad}")


def read_campaigns(document: Any) -> tuple[tuple[Campaign, ...], int]:
    """Return a page of campaigns and the number of pages; raises PixApiError where they are of another shape."""
    try:
        campaigns = tuple(
            Campaign(
                id=_id(each, "id"),
                code=(_text(each, "code") or "").upper(),
                name=_text(each, "name") or "",
                kind=_text(each, "type") or "",
                is_archived=_get(each, "archivedAt") is not None,
            )
            for each in _list(_get(document, "campaigns"))
        )
        return campaigns, _count(document)
    except _Bad as bad:
        _other_shape(f"campaigns: {bad}")


def read_participations(document: Any, number: int) -> ParticipationPage:
    """Return page `number` of participations, those that cannot be believed beside the others.

    Raises:
        PixApiError: the answer as a whole is of another shape.
    """
    try:
        items = _list(_get(document, "campaignParticipations"))
        count = _count(document)
    except _Bad as bad:
        _other_shape(f"participations: {bad}")
    read = [_participation(each) for each in items]
    return ParticipationPage(
        number=number,
        count=count,
        participations=tuple(each for each in read if isinstance(each, Participation)),
        unreadable=tuple(each for each in read if isinstance(each, Unreadable)),
    )


def error_detail(text: str) -> str:
    """Return what an error's body says, on one short line fit for a log; of any other body, only what it looks like."""
    try:
        said = "; ".join(str(each["detail"]) for each in json.loads(text)["errors"])
    except (ValueError, RecursionError, LookupError, TypeError):
        return _outline(text)
    line = " ".join(said[:800].split())
    return "".join(sign for sign in line if sign.isprintable())[:200]


def _outline(text: str) -> str:
    """What a body looks like, without its words: they might be somebody's."""
    if not text.strip():
        return "nothing"
    return f"a page of {len(text)} signs" if text.lstrip().startswith("<") else f"{len(text)} signs"


def _participation(item: Any) -> Participation | Unreadable:
    number: int | None = None
    try:
        number = _id(item, "id")
        status = _text(item, "status")
        shared_at = _instant(item, "sharedAt")
        if (status == "SHARED") != (shared_at is not None):
            raise _Bad(
                f"son état ({status}) et sa date d’envoi se contredisent",
                f"its status ({status}) and its date of sending contradict each other",
            )
        created_at = _instant(item, "createdAt")
        if created_at is None:
            raise _Bad("« createdAt » manque", "createdAt is missing")
        return Participation(
            id=number,
            campaign_id=_id(item, "campaignId"),
            participant_id=_participant(item),
            first_name=_text(item, "participantFirstName") or "",
            last_name=_text(item, "participantLastName") or "",
            external_id=_text(item, "participantExternalId"),
            created_at=created_at,
            shared_at=shared_at,
            total=_total(item),
            mastery=_mastery(item),
            topics=_topics(item),
        )
    except _Bad as bad:
        named = Bilingual(*(["sans numéro", "without number"] if number is None else [f"n° {number}"] * 2))
        return Unreadable(
            id=number,
            problem=Bilingual(
                f"Participation {named.fr} : {bad.said.fr}. Elle n’est pas prise en compte ; "
                "si elle est dans l’export de Pix Orga, importez-le.",
                f"Participation {named.en}: {bad.said.en}. It is not taken in; "
                "where Pix Orga's export has it, import that.",
            ),
        )


def _topics(item: Any) -> tuple[TopicLevels, ...]:
    tubes = _get(item, "tubes")
    if tubes is None:
        return ()
    reached = []
    for tube in _list(tubes):
        level = _whole(tube, "reachedLevel")
        if level is None or not 0 <= level <= HIGHEST_LEVEL:
            raise _Bad("un de ses sujets a un niveau impossible", "one of its topics has an impossible level")
        reached.append((_text(tube, "competenceId") or "", level))
    return levels_by_competence(reached)


def _participant(item: Any) -> str | None:
    """Who it is of, for Pix: a text (its schema says a number)."""
    value = _get(item, "participantId")
    return (
        str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(item, "participantId")
    )


def _total(item: Any) -> int | None:
    total = _whole(item, "pixScore")
    if total is not None and not 0 <= total <= HIGHEST_TOTAL:
        raise _Bad(f"un total de {total} pix est impossible", f"a total of {total} pix is impossible")
    return total


def _mastery(item: Any) -> Decimal | None:
    value = _get(item, "masteryRate")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= 1:
        raise _Bad("son taux de maîtrise n’est pas entre 0 et 1", "its mastery rate is not between 0 and 1")
    return Decimal(value)


def _count(document: Any) -> int:
    count = _whole(_get(document, "page"), "count")
    if count is None or count < 0:
        raise _Bad("« page.count » manque", "page.count is missing")
    return count


def _get(item: Any, key: str) -> Any:
    if not isinstance(item, Mapping):
        raise _Bad("ce n’est pas un objet", "not an object")
    return item.get(key)


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise _Bad("ce n’est pas une liste", "not a list")
    return value


def _id(item: Any, key: str) -> int:
    value = _whole(item, key)
    if value is None or not 0 < value <= _LARGEST_ID:
        raise _Bad(f"« {key} » n’est pas un numéro", f"{key} is not a number of its own")
    return value


def _whole(item: Any, key: str) -> int | None:
    value = _get(item, key)
    if value is None:
        return None
    if isinstance(value, Decimal) and value.is_finite() and abs(value) < _LARGEST_ID and value == int(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Bad(f"« {key} » n’est pas un nombre entier", f"{key} is not a whole number")
    return value


def _text(item: Any, key: str) -> str | None:
    """A text as it can be kept: no NUL, no half of a character (a database takes neither), of bearable length."""
    value = _get(item, key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Bad(f"« {key} » n’est pas un texte", f"{key} is not a text")
    return value.replace("\0", "").encode("utf-8", "replace").decode().strip()[:_LONGEST_TEXT] or None


def _instant(item: Any, key: str) -> datetime | None:
    value = _text(item, key)
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
        if instant.utcoffset() is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _Bad(f"« {key} » n’est pas un instant", f"{key} is not an instant")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _other_shape(what: str) -> NoReturn:
    raise PixApiError(ApiTrouble.OTHER_SHAPE, what)
