"""`flask --app app platform invite|invitations|uninvite|deployments|approve`: how an LMS comes to be known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from workflows.deployments import approve, list_held
from workflows.invitations import LONGEST_DAYS, invite, list_invitations, withdraw
from workflows.platforms import PlatformProblems, list_platforms
from workflows.world import World


def add_invitation_commands(
    platform: click.Group, open_world: Callable[[], World], public_url: Callable[[], str]
) -> None:
    """Add the commands about invitations to the group `platform`."""

    @platform.command("invite")
    @click.option(
        "--name", help="What to call the LMS on screen and in the logs; without it, its own address."
    )
    @click.option(
        "--days",
        type=click.IntRange(1, LONGEST_DAYS),
        default=7,
        show_default=True,
        help="How long it is good.",
    )
    @click.option(
        "--service-origin",
        "service_origins",
        multiple=True,
        help="A further origin (https://host[:port]) the LMS answers or shows its pages from; may be repeated.",
    )
    def invite_one(name: str | None, days: int, service_origins: tuple[str, ...]) -> None:
        """Make an address for an LMS's administrator to paste there: it registers the tool, once."""
        try:
            made = invite(open_world(), name=name, days=days, service_origins=service_origins)
        except PlatformProblems as refused:
            told = "\n".join(f"- {each}" for each in refused.problems)
            raise click.ClickException(f"this cannot be an invitation:\n{told}") from refused
        click.echo(f"invitation {made.id}, good once until {_moment(made.invitation.expires_at)}:")
        click.echo(f"  {public_url()}/lti/register/{made.code}")
        click.echo(
            "Give it to the LMS's administrator by a way nobody else reads; it is not shown again. In Moodle:"
        )
        click.echo(
            "  Administration du site > Plugins > Modules d’activité > Outil externe > Gérer les outils"
        )
        click.echo("  (Site administration > Plugins > Activity modules > External tool > Manage tools),")
        click.echo("  « URL de l’outil… » (Tool URL…), « Ajouter LTI Advantage » (Add LTI Advantage).")

    @platform.command("invitations")
    def list_them() -> None:
        """List the invitations, and what has become of each."""
        world = open_world()
        found = list_invitations(world)
        if not found:
            click.echo("No invitation yet: see `flask --app app platform invite --help`.")
        for each in found:
            if each.used_at is not None:
                state = f"used {_moment(each.used_at)} for platform {each.platform_id}"
            elif each.withdrawn_at is not None:
                state = f"withdrawn {_moment(each.withdrawn_at)}"
            elif each.is_open(world.now()):
                state = f"open until {_moment(each.expires_at)}"
            else:
                state = f"expired {_moment(each.expires_at)}"
            click.echo(f"{each.id}  {each.name or '(the LMS’s own name)'}  {state}")

    @platform.command("uninvite")
    @click.argument("invitation_id", type=int)
    def uninvite(invitation_id: int) -> None:
        """Withdraw an invitation that nobody has used."""
        try:
            withdraw(open_world(), invitation_id)
        except LookupError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"invitation {invitation_id} withdrawn")


def add_deployment_commands(platform: click.Group, open_world: Callable[[], World]) -> None:
    """Add the commands about deployments to the group `platform`."""

    @platform.command("deployments")
    def list_them() -> None:
        """List the deployments: those that may launch, and those that wait for `platform approve`."""
        world = open_world()
        for registered in list_platforms(world):
            known = ", ".join(sorted(registered.deployment_ids)) or "none"
            click.echo(f"platform {registered.id}  {registered.name}: {known}")
        held = list_held(world)
        for each in held:
            click.echo(
                f"{each.id}  waits: deployment {each.deployment_id} of platform {each.platform_id} "
                f"({each.platform_name}), since {_moment(each.first_at)}, last try {_moment(each.last_at)}"
            )
        if not held:
            click.echo("No deployment waits for approval.")

    @platform.command("approve")
    @click.argument("held_id", type=int)
    def approve_it(held_id: int) -> None:
        """Let a deployment that waits launch from now on (its number is in `platform deployments`)."""
        try:
            approved = approve(open_world(), held_id)
        except LookupError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"deployment {approved.deployment_id} of platform {approved.platform_id} may launch")


def _moment(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
