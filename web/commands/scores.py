"""`flask --app app scores status|push`: are the gradebooks in step, and if not, why."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from web.commands.compare import compare_command
from workflows.health import worker_trouble
from workflows.scores import PlatformScores, push_now, refused_states, score_status
from workflows.world import World


def scores_commands(open_world: Callable[[], World], drain: Callable[[World, float], None]) -> click.Group:
    """The group `scores`; `drain(world, seconds)` sends what is due from this process."""
    scores = click.Group("scores", help="The marks on their way to the LMSs' gradebooks.")

    @scores.command("status")
    def status() -> None:
        """For each platform: scores in step, waiting, refused, typed by hand; paused or not; the oldest waiting.

        Says so when no worker has given a sign of life for over a minute.
        """
        world = open_world()
        standing = score_status(world)
        if not standing:
            click.echo("No platform yet.")
        for each in standing:
            click.echo(_line(each))
        trouble = worker_trouble(world)
        if trouble:
            click.echo(trouble, err=True)

    @scores.command("push")
    @click.option(
        "--platform", "platform_id", type=int, help="Only this platform (its number in `platform list`)."
    )
    @click.option("--refused", is_flag=True, help="Send the refused ones again, too.")
    @click.option("--wait", is_flag=True, help="Send from here and wait until nothing is left to send.")
    @click.option("--timeout", default=600, show_default=True, help="With --wait: seconds to wait at most.")
    def push(platform_id: int | None, refused: bool, wait: bool, timeout: int) -> None:
        """Send everything that waits now, whatever pause it was in. Exit code 1 when something still waits."""
        world = open_world()
        total = push_now(world, platform_id, again=refused_states() if refused else ())
        if not wait:
            click.echo(f"{total} score(s) will be sent by the worker")
            return
        left, until = total, time.monotonic() + timeout
        with click.progressbar(length=max(total, 1), label=f"{total} score(s)") as bar:
            while left and time.monotonic() < until:
                drain(world, min(1.0, until - time.monotonic()))
                still = _waiting(world, platform_id)
                bar.update(max(0, left - still))
                if still == left:
                    time.sleep(0.2)
                left = still
            if not total:
                bar.update(1)
        for each in score_status(world):
            click.echo(_line(each))
        if left:
            raise click.exceptions.Exit(1)

    scores.add_command(compare_command(open_world))
    return scores


def _waiting(world: World, platform_id: int | None) -> int:
    """How many scores wait to be sent; those of a disabled platform are not waited for."""
    return sum(
        each.waiting
        for each in score_status(world)
        if platform_id in (None, each.platform.id) and each.platform.enabled
    )


def _line(each: PlatformScores) -> str:
    platform = each.platform
    parts = [
        f"{platform.id} {platform.name}:",
        f"{each.in_step} in step,",
        f"{each.waiting} waiting,",
        f"{each.refused} refused,",
        f"{each.typed_by_hand} typed by hand;",
    ]
    if not platform.enabled:
        parts.append("disabled")
    elif each.paused:
        parts.append(f"paused until {platform.hold_until:%Y-%m-%d %H:%M:%S} UTC ({platform.hold_reason})")
    else:
        parts.append("not paused")
    if platform.alarm_since is not None:
        parts.append(f"ALARM since {platform.alarm_since:%Y-%m-%d %H:%M} UTC")
    if each.oldest is not None:
        parts.append(f"; oldest waiting since {each.oldest:%Y-%m-%d %H:%M:%S} UTC")
    return " ".join(parts)
