"""JSON on its way into a column: values are written as ever, and what is written already is left alone.

Writing the same sixteen competences a hundred thousand times is most of what an import's transaction does.
"""

from __future__ import annotations

import json
from typing import Any


class JsonText(str):
    """A text that is JSON already."""

    __slots__ = ()


def write_json(value: Any) -> str:
    """Write a value, as the database's JSON columns hold it."""
    return value if type(value) is JsonText else json.dumps(value)
