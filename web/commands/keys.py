"""`flask --app app keys rotate`: the tool's signing keys."""

from __future__ import annotations

from collections.abc import Callable

import click

from lti.keys import KeyUnreadable, RotationPlan


def keys_commands(rotate: Callable[[bool], RotationPlan]) -> click.Group:
    """The group `keys`; `rotate(immediately)` moves the keys one step on."""
    keys = click.Group("keys", help="The tool's signing keys.")

    @keys.command("rotate")
    @click.option("--now", "immediately", is_flag=True, help="Use the next key at once (after a leak).")
    def rotate_them(immediately: bool) -> None:
        """Let the next key sign, keep publishing the old one, and make a new next one.

        The next key is published an hour before it signs, the old one a week after; run this as often as you like.
        """
        try:
            plan = rotate(immediately)
        except KeyUnreadable as error:
            raise click.ClickException(str(error)) from error
        if plan.promote:
            click.echo(f"key {plan.promote} signs from now on; {plan.retire} stays published for a week")
        elif plan.wait_until is not None:
            click.echo(
                f"the next key is published; it may sign from {plan.wait_until:%Y-%m-%d %H:%M} UTC: "
                "run this again then (or with --now)"
            )
        if plan.create:
            click.echo(f"{len(plan.create)} new key(s) made and published")

    return keys
