"""Absence from a component, an entry made by a person (rule 10)."""

from __future__ import annotations

from enum import StrEnum


class Absence(StrEnum):
    """`ABI`: unjustified absence. `ABJ`: justified absence, always set by a person."""

    ABI = "ABI"
    ABJ = "ABJ"
