"""`flask --app app activities list`: every activity with its number, for other commands."""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from workflows.find_activity import list_activities
from workflows.world import World


def activities_commands(open_world: Callable[[], World]) -> click.Group:
    """The group `activities`."""
    activities = click.Group("activities", help="The activities of every course, and what they stand for.")

    @activities.command("list")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each activity.")
    def list_them(as_json: bool) -> None:
        """One line an activity: its number, unit, year, component, course, title and platform."""
        found = list_activities(open_world())
        if not found and not as_json:
            click.echo("No activity yet: one appears when it is first opened from the LMS.")
        for each in found:
            stands_for = (each.unit_code, each.academic_year, each.component)
            if as_json:
                told = {
                    "id": each.id,
                    "unit": each.unit_code,
                    "year": each.academic_year,
                    "component": each.component,
                    "course": each.context_id,
                    "course_label": each.course_label,
                    "course_title": each.course_title,
                    "title": each.title,
                    "platform": each.platform,
                }
                click.echo(json.dumps(told, ensure_ascii=False))
            else:
                what = " ".join(part for part in stands_for if part) or "not set up"
                course = each.course_label or each.course_title or each.context_id
                click.echo(f"{each.id:>5}  {what}  {course}: {each.title or '-'}  ({each.platform})")

    return activities
