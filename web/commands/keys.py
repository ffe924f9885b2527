"""`flask --app app keys rotate`: the tool's signing keys."""

from __future__ import annotations

from collections.abc import Callable

import click

from lti.keys import KeyUnreadable, RotationPlan


def keys_commands(rotate: Callable[[bool, bool], RotationPlan]) -> click.Group:
    """The group `keys`; `rotate(immediately, leaked)` moves the keys one step on."""
    keys = click.Group("keys", help="The tool's signing keys.")

    @keys.command("rotate")
    @click.option("--now", "immediately", is_flag=True, help="Use the next key at once.")
    @click.option(
        "--leaked", is_flag=True, help="Withdraw every key and make new ones: somebody else has them."
    )
    def rotate_them(immediately: bool, leaked: bool) -> None:
        """Let the next key sign, keep publishing the old one, and make a new next one.

        The next key is published an hour before it signs, the old one a week after; run this as often as you like.
        """
        try:
            plan = rotate(immediately, leaked)
        except KeyUnreadable as error:
            raise click.ClickException(str(error)) from error
        if leaked:
            click.echo(
                f"{len(plan.remove)} key(s) withdrawn: no LMS accepts what they sign once it reads the keys again"
            )
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
