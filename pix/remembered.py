"""A teacher's choices, found again for an identity whichever way it comes: in a file, or by Pix's API.

A file of an organisation that has a roster says the student number beside what was typed; the API says only what was
typed. The same campaign, identifier and name are the same identity, as long as nothing tells two of them apart; a name
alone is not: it may be a namesake's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping


class Remembered:
    """The choices that hold, by `identity_key`: a person, or None for "ignore"."""

    def __init__(self, choices: Mapping[str, int | None]) -> None:
        """Index the choices by what was typed, once."""
        self._choices = choices
        self._typed: dict[tuple[str, bool], set[int | None]] = {}
        for key, person_id in choices.items():
            typed = _typed(key)
            if typed is not None:
                self._typed.setdefault(typed, set()).add(person_id)

    def is_chosen(self, key: str) -> bool:
        """Tell whether a choice was made for this very identity."""
        return key in self._choices

    def chosen(self, key: str) -> int | None:
        """Return the choice made for this very identity."""
        return self._choices[key]

    def chosen_elsewhere(self, key: str) -> set[int | None]:
        """Return what was chosen for the same identity as the other way of coming has it: one choice, none, several."""
        typed = _typed(key)
        if typed is None:
            return set()
        what, has_number = typed
        return self._typed.get((what, not has_number), set())


def are_one(key: str, other: str) -> bool:
    """Tell whether two keys are of one identity, as a file has it and as the API has it."""
    if key == other:
        return True
    one, two = _typed(key), _typed(other)
    return one is not None and two is not None and one[0] == two[0] and one[1] != two[1]


def _typed(key: str) -> tuple[str, bool] | None:
    """Return what was typed, and whether a roster's number stands beside it; None where too little was."""
    try:
        campaign, number, external_id, name = json.loads(key)
    except ValueError:
        return None
    if not external_id:
        return None
    return json.dumps([campaign, external_id, name]), number is not None
