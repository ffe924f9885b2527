"""Pages that one person may ask for only so often: asked more often, they answer 429 and when to come back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from web.site import site
from web.visit import current_visit
from workflows.rate_limits import RateLimit, spend

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


def limited(limit: RateLimit) -> Callable[[Callable[_Arguments, _Answer]], Callable[_Arguments, _Answer]]:
    """Let the person of this visit ask for a page no more often than that (never by address: a campus has one)."""

    def decorate(page: Callable[_Arguments, _Answer]) -> Callable[_Arguments, _Answer]:
        @wraps(page)
        def wrapped(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Answer:
            spend(site().world, limit, current_visit().person_id)
            return page(*args, **kwargs)

        return wrapped

    return decorate
