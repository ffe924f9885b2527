"""INSERT that gives way to a row already there, for both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, literal_column
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_if_new(
    connection: Connection, table: Table, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> int:
    """Insert one row or several, leaving alone what a unique constraint already holds; return how many were new.

    Several rows give values to the same columns.
    """
    rows = [dict(values)] if isinstance(values, Mapping) else [dict(each) for each in values]
    if not rows:
        return 0
    # Counted by what comes back: psycopg's row count of an INSERT is -1.
    return len(connection.execute(_insert(connection.dialect.name, table), rows).all())


def insert_all_if_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, leaving alone what a unique constraint already holds, without counting: much quicker."""
    if rows:
        make = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
        connection.execute(make(table).on_conflict_do_nothing(), rows)


@lru_cache(maxsize=128)
def _insert(dialect: str, table: Table) -> Executable:
    """The statement, made once a table: making it costs more than running it."""
    make = postgres_insert if dialect == "postgresql" else sqlite_insert
    return make(table).on_conflict_do_nothing().returning(literal_column("1"))
