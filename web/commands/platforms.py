"""`flask --app app platform …`: which LMSs may launch, at any time and without restart."""

from __future__ import annotations

from collections.abc import Callable

import click

from lti.registration import NewDeployments
from web.commands.invitations import add_deployment_commands, add_invitation_commands
from workflows.platforms import PlatformProblems, add_platform, disable, list_launched, list_platforms
from workflows.world import World

_UNKNOWN = {
    NewDeployments.ADOPT_FIRST: "the first that launches",
    NewDeployments.HOLD: "none yet; those that launch wait for approval",
    NewDeployments.REFUSE: "none yet; those that launch are refused",
}


def platform_commands(
    open_world: Callable[[], World],
    public_url: Callable[[], str],
    new_deployments: Callable[[], NewDeployments],
) -> click.Group:
    """The group `platform`, to be registered by the application."""
    platform = click.Group("platform", help="The LMSs (platforms) that may launch this tool.")

    @platform.command("add")
    @click.option("--name", required=True, help="What to call it on screen and in the logs.")
    @click.option("--issuer", required=True, help="Issuer (Moodle: “Platform ID”), to the letter.")
    @click.option("--client-id", required=True, help="Client ID the LMS gave this tool.")
    @click.option("--auth-login-url", required=True, help="Authentication request URL.")
    @click.option("--auth-token-url", required=True, help="Access token URL.")
    @click.option("--jwks-url", required=True, help="Public keyset URL.")
    @click.option(
        "--deployment-id",
        "deployment_ids",
        multiple=True,
        help="Deployment ID; may be repeated. Without it the first deployment that launches is adopted, no other.",
    )
    @click.option(
        "--service-origin",
        "service_origins",
        multiple=True,
        help="A further origin (https://host[:port]) of the LMS's services or pages; may be repeated.",
    )
    @click.option(
        "--token-audience",
        help="What the LMS's token address wants to be called, where it is not that address (Brightspace).",
    )
    def add(
        *,
        name: str,
        issuer: str,
        client_id: str,
        auth_login_url: str,
        auth_token_url: str,
        jwks_url: str,
        deployment_ids: tuple[str, ...],
        service_origins: tuple[str, ...],
        token_audience: str | None,
    ) -> None:
        """Register an LMS, or bring the one of this issuer and client id up to date (and enable it)."""
        try:
            added = add_platform(
                open_world(),
                name=name,
                issuer=issuer,
                client_id=client_id,
                auth_login_url=auth_login_url,
                auth_token_url=auth_token_url,
                jwks_url=jwks_url,
                deployment_ids=deployment_ids,
                service_origins=service_origins,
                token_audience=token_audience,
            )
        except PlatformProblems as refused:
            told = "\n".join(f"- {each}" for each in refused.problems)
            raise click.ClickException(f"this cannot be a platform:\n{told}") from refused
        done = "added" if added.is_new else "updated"
        click.echo(f"platform {added.platform.id} {done}: {added.platform.name}")
        if added.uses_plain_http:
            click.echo(
                "warning: an address of this platform is http: tokens and marks travel readable. "
                "Use https anywhere but on a test machine.",
                err=True,
            )
        tool = public_url()
        click.echo("In the LMS, this tool has these addresses:")
        click.echo(f"  tool and redirection URI  {tool}/lti/launch")
        click.echo(f"  initiate login            {tool}/lti/login")
        click.echo(f"  public keyset             {tool}/lti/jwks")

    @platform.command("list")
    def list_them() -> None:
        """List every platform."""
        platforms, launched = list_platforms(open_world()), list_launched(open_world())
        if not platforms:
            click.echo("No platform yet: see `flask --app app platform add --help`.")
        for each in platforms:
            deployments = ", ".join(sorted(each.deployment_ids)) or _UNKNOWN[new_deployments()]
            click.echo(f"{each.id}  {each.name}  ({'enabled' if each.enabled else 'disabled'})")
            click.echo(f"   issuer {each.issuer}  client {each.client_id}  deployments: {deployments}")
            if each.enabled and each.id not in launched:
                click.echo("   no launch yet: in Moodle, the tool waits for “Activate” on its card")
            if each.alarm_since is not None:
                click.echo(f"   ALARM since {each.alarm_since:%Y-%m-%d %H:%M} UTC: {each.hold_reason}")

    @platform.command("disable")
    @click.argument("platform_id", type=int)
    def disable_it(platform_id: int) -> None:
        """Refuse a platform's launches and send it nothing more; its history stays."""
        try:
            gone = disable(open_world(), platform_id)
        except LookupError as error:
            raise click.ClickException(str(error)) from error
        click.echo(
            f"platform {gone.id} disabled: {gone.name} (`platform add` with the same client enables it again)"
        )

    add_invitation_commands(platform, open_world, public_url)
    add_deployment_commands(platform, open_world)
    return platform
