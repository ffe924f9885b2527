"""The levels of topics that Pix's API tells with a sending, in words: levels of topics, never of competences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grading.competences import COMPETENCES
from grading.text import Bilingual


def topics_in_words(source: Mapping[str, Any]) -> tuple[Bilingual, ...]:
    """One line a competence, in Pix's order; none where the source tells no topics."""
    topics = source.get("topics")
    if not isinstance(topics, Mapping):
        return ()
    return tuple(_line(code, *topics[code]) for code in COMPETENCES if code in topics)


def _line(code: str, number: int, lowest: int, highest: int) -> Bilingual:
    name = COMPETENCES[code].name
    fr = f"{number} sujet{'s' if number > 1 else ''}"
    en = f"{number} topic{'s' if number > 1 else ''}"
    if lowest == highest:
        return Bilingual(
            f"{code} {name.fr} : {fr}, niveau {lowest}", f"{code} {name.en}: {en}, level {lowest}"
        )
    return Bilingual(
        f"{code} {name.fr} : {fr}, du niveau {lowest} au niveau {highest}",
        f"{code} {name.en}: {en}, from level {lowest} to level {highest}",
    )
