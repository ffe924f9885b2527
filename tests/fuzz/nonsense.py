"""What no careful program sends: texts, numbers and JSON chosen to hurt."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as some

NASTY = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e",
    "\r\nSet-Cookie: a=b",
    "%00",
    "%ff%fe",
    "../../etc/passwd",
    "'; DROP TABLE person; --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "%s%d%n",
    "=1+1",
    "-1",
    "NaN",
    "1e400",
    "9" * 40,
    "٤",
    "²",
    "é" * 300,
    "x" * 5000,
    "https://evil.example/",
)
"""Values that broke somebody's program once."""

TEXT = some.sampled_from(NASTY) | some.text(max_size=30)
"""Any text, lone surrogates included."""

ENCODABLE = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())
"""Any text that can be written in UTF-8, as a form must be."""

_SIMPLE = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.sampled_from([0, -1, 2**31, 2**63, 10**400, 1e308, -0.0, 1e-320])
    | some.floats()
    | TEXT
)

JSON_VALUES: some.SearchStrategy[Any] = some.recursive(
    _SIMPLE,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
"""Any value a JSON document may hold (NaN and infinities too, which Python writes)."""


def objects(known: dict[str, some.SearchStrategy[Any]]) -> some.SearchStrategy[dict[str, Any]]:
    """JSON objects with some of these keys, holding what they should or anything at all."""
    mixed = {key: some.one_of(values, values, JSON_VALUES) for key, values in known.items()}
    return some.fixed_dictionaries({}, optional=mixed)
