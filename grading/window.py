"""When a component may be handed in, and what is in time (rules 9 and 15). Never asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from grading.rules import CatchUp, Component


def deadline_of(component: Component, deadline: datetime | None = None) -> datetime:
    """Return the last instant in time, in UTC: the person's own (more time, rule 15), else the component's."""
    return (component.closes_at if deadline is None else deadline).astimezone(UTC)


def is_open(component: Component, now: datetime, deadline: datetime | None = None) -> bool:
    """Return whether the form takes a hand-in now; both ends are included."""
    begun = component.opens_at is None or component.opens_at <= now
    return begun and now <= deadline_of(component, deadline)


def in_time(component: Component, instant: datetime | None, deadline: datetime | None = None) -> bool:
    """Return whether a sending of this instant is in time: up to the deadline, included (rule 9).

    An unknown instant is in time. The opening never voids a sending.
    """
    return instant is None or instant <= deadline_of(component, deadline)


def in_certification_window(catch_up: CatchUp, on: date | None) -> bool:
    """Return whether a certification of that day is inside one of the unit's windows, ends included.

    One without a date cannot be shown to be inside (rule 13: many students hold one from school).
    """
    return on is not None and any(w.opens_on <= on <= w.closes_on for w in catch_up.windows)
