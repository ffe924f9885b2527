"""Files of rules made from a shipped one, with something changed."""

from pathlib import Path

UNITS = Path(__file__).parents[2] / "config" / "units"
SHIPPED = (UNITS / "2026-2027" / "HA1G10H.toml").read_text("utf-8")

BASIS = 'basis = "certification_score"'
SCALE = 'scale = { shape = "linear", anchors = [ { at = 0, mark = 0 }, { at = 768, mark = 20 } ] }'
HOUSE = """
code            = "HA1G10H"
academic_year   = "2026-2027"
title           = { fr = "Culture générale", en = "General culture" }
contact         = "…"
timezone        = "Europe/Paris"
source          = "page de la faculté"
confirmed_by    = ""
eligible_if_any = [ { level_at_least_everywhere = 4 }, { pix_above = 400 } ]
certification   = { opens_on = 2027-01-11, closes_on = 2027-01-29, replaces = "unit", rule = "better", SCORE }

[[components]]
key = "cc1"
competences = ["1.3", "2.3", "3.1"]
basis = "level_mean"
cap = 6
scale = { shape = "linear", anchors = [ { at = 0, mark = 0 }, { at = 6, mark = 20 } ] }
opens_at = 2026-09-14T08:00:00
closes_at = 2026-10-30T23:59:59
resend = "allowed"
counts = "best"
publish = "when_declared"
absent_as = "zero"
weight = 0.25

[[components]]
key = "exam"
competences = ["1.1"]
basis = "level_mean"
scale = { shape = "linear", anchors = [ { at = 0, mark = 0 }, { at = 6, mark = 20 } ] }
closes_at = 2027-01-08T23:59:59Z
weight = 0.75
""".replace("SCORE", f"{BASIS}, {SCALE}")
"""The shortest file: what may be left out is."""


def changed(*changes: tuple[str, str], text: str = SHIPPED) -> str:
    """The text with each first occurrence replaced; every change must find its place."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
