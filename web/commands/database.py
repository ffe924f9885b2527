"""`flask --app app db upgrade|check`: the tables and the code agree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import click


class Tables(Protocol):
    """The database, as far as these commands look."""

    def upgrade(self) -> None:
        """Bring the tables to this release."""

    def check(self) -> None:
        """Refuse tables of another release."""

    def differences(self) -> list[object]:
        """What the models say and the tables do not."""


OpenTables = Callable[[], AbstractContextManager[Tables]]


def database_commands(open_tables: OpenTables, scratch: OpenTables) -> click.Group:
    """The group `db`. `open_tables` opens the installation's database, `scratch` an empty one to try migrations on."""
    database = click.Group("db", help="The database's tables.")

    @database.command("upgrade")
    def upgrade() -> None:
        """Bring the tables to this release (make a backup first)."""
        with open_tables() as tables:
            tables.upgrade()
        click.echo("the database is up to date")

    @database.command("check")
    def check() -> None:
        """Check, on an empty database, that the migrations make exactly the tables the code describes."""
        with scratch() as tables:
            tables.upgrade()
            found = tables.differences()
        if found:
            raise click.ClickException(
                "migrations and models differ:\n" + "\n".join(str(each) for each in found)
            )
        click.echo("migrations and models agree")

    return database
