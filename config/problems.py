"""The one way this folder refuses what it read: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable

from grading.soundness import Problem


class ProblemsFound(Exception):
    """What was read cannot be used. `problems` has all of them, places included."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
