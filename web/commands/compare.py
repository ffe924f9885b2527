"""`flask --app app scores compare`: after a restored backup, before a worker is started."""

from __future__ import annotations

from collections.abc import Callable

import click

from workflows.compare_scores import ColumnFindings, Finding, compare_scores
from workflows.world import World


def compare_command(open_world: Callable[[], World]) -> click.Command:
    """The command; it reads the gradebooks and sends nothing."""

    @click.command("compare")
    @click.option(
        "--platform", "platform_id", type=int, help="Only this platform (its number in `platform list`)."
    )
    def compare(platform_id: int | None) -> None:
        """Read the gradebooks back and send nothing: run it after a restore, before the worker is started.

        A mark that this database never sent, or that came after it was saved, stands in the LMS and is shown to the
        teacher as typed by hand; what the LMS has lost is sent again once a worker runs. Exit code 1 when a column
        could not be read: mend that and run it again before you start the worker.
        """
        findings = compare_scores(open_world(), platform_id)
        if not findings:
            click.echo("No column yet.")
        for each in findings:
            click.echo(_line(each))
        if any(each.trouble for each in findings):
            raise click.exceptions.Exit(1)

    return compare


def _line(each: ColumnFindings) -> str:
    if each.trouble is not None:
        return f"{each.title}: NOT COMPARED: {each.trouble}"
    count = each.counts.get
    return (
        f"{each.title}: {count(Finding.AGREES, 0)} agree, {count(Finding.WAITS, 0)} waiting as before, "
        f"{count(Finding.SENT_AGAIN, 0)} to be sent again, {count(Finding.NOT_OURS, 0)} left to the teacher"
    )
