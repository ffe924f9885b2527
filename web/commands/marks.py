"""`flask --app app marks recompute`: after a unit's file changed, what its rules make of what was already sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import click

from workflows.recompute import recompute, what_would_change
from workflows.world import World


def marks_commands(open_world: Callable[[], World]) -> click.Group:
    """The group `marks`, to be registered by the application."""
    marks = click.Group("marks", help="The marks on record.")

    @marks.command("recompute")
    @click.option("--unit", "code", help="Only this unit.")
    @click.option("--apply", "apply_them", is_flag=True, help="Keep the new marks and send them to the LMSs.")
    def recompute_them(code: str | None, apply_them: bool) -> None:
        """Show which marks today's rules change; with --apply, keep them and let the gradebooks follow.

        The old marks stay on record with the rules that made them.
        """
        world = open_world()
        changes = what_would_change(world, code)
        for each in changes:
            where = f"{each.scope.unit_code} {each.scope.academic_year} (course {each.scope.course_id})"
            click.echo(f"{where} {each.component}: {_mark(each.before)} → {_mark(each.after)}  {each.name}")
        if not apply_them:
            click.echo(f"{len(changes)} mark(s) would change; nothing was changed (--apply does it)")
            return
        click.echo(f"{recompute(world, code)} grade(s) kept; they are on their way to the gradebooks")

    return marks


def _mark(mark: Decimal | None) -> str:
    return "none" if mark is None else f"{mark:.2f}"
