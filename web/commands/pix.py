"""`flask --app app pix sync`: read the campaigns in use from Pix's API now, and say what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import click

from workflows.sync_pix import CampaignStanding, NoAccess, standing_of_all, sync_due, sync_over
from workflows.world import World

SOME_NOT_READ = 1
"""Exit code when some campaigns could not be read."""

NOTHING_READ = 2
"""Exit code when Pix's API gave nothing at all, or there is no access to it."""


def pix_commands(open_world: Callable[[], World], drain: Callable[[World, float], None]) -> click.Group:
    """The group `pix`; `drain(world, seconds)` does the background jobs of Pix's API from this process."""
    pix = click.Group("pix", help="The campaigns read from Pix's API.")

    @pix.command("sync")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    @click.option("--timeout", default=600, show_default=True, help="Seconds to wait at most.")
    def sync(as_json: bool, timeout: int) -> None:
        """Read every campaign in use from Pix now, and settle whose each participation is.

        A reading that a worker has under way is waited for, not done twice. Exit codes, fit for a nightly job: 0 every
        campaign was read; 1 some could not be (unknown code, not open to us), or the time was over; 2 nothing could be
        read (no access in the settings, Pix down, secret refused).

        \b
        --json prints one object:
          campaigns: for each campaign in use
            code, number and organization (Pix's own ids, null: not found), name, kind, archived,
            read_at (UTC, null: never), read, sent, new, unreadable (counts of the last whole reading),
            matched, needs_decision, ignored (of the components that use it, together),
            trouble (of a closed set, null: none), message (in words, null: none)
        """
        world = open_world()
        try:
            asked_at = sync_due(world)
        except NoAccess as refused:
            click.echo(f"Error: {refused}", err=True)
            raise click.exceptions.Exit(NOTHING_READ) from refused
        until = time.monotonic() + timeout
        while not sync_over(world) and time.monotonic() < until:
            drain(world, min(5.0, max(0.0, until - time.monotonic())))
            time.sleep(0.2)
        found = standing_of_all(world, asked_at)
        if as_json:
            click.echo(json.dumps({"campaigns": [_described(each) for each in found]}, ensure_ascii=False))
        else:
            for each in found:
                click.echo(_line(each))
            if not found:
                click.echo("No component has a campaign yet.")
        failed = [each for each in found if each.trouble is not None or not each.was_read]
        if failed:
            nothing = len(failed) == len(found) and not any(each.is_its_own_trouble for each in failed)
            raise click.exceptions.Exit(NOTHING_READ if nothing else SOME_NOT_READ)

    return pix


def _described(each: CampaignStanding) -> dict[str, Any]:
    return {
        "code": each.code,
        "number": each.number,
        "organization": each.organization_id,
        "name": each.name,
        "kind": each.kind,
        "archived": each.is_archived,
        "read_at": each.read_at.isoformat().replace("+00:00", "Z") if each.read_at else None,
        **each.counts,
        "trouble": each.trouble,
        "message": each.message.en if each.message else None,
    }


def _line(each: CampaignStanding) -> str:
    counts = each.counts
    told = (
        f"{counts['read']} read, {counts['sent']} sent, {counts['new']} new, {counts['unreadable']} unreadable; "
        f"{counts['matched']} matched, {counts['needs_decision']} to decide, {counts['ignored']} ignored"
        if each.read_at
        else "never read"
    )
    archived = " (archived)" if each.is_archived else ""
    trouble = f"; {each.trouble}: {each.message.en}" if each.trouble and each.message else ""
    return f"{each.code}{archived}: {told}{trouble}"
