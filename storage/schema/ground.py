"""What every table is made with: the shared metadata, and the columns that recur."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[int]:
    """A row's own number."""
    return Column("id", Integer, primary_key=True, autoincrement=True)


def to(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    """A reference to another table's row."""
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable)


def unit_year() -> list[Column[str]]:
    """Which unit of which academic year a row belongs to."""
    return [
        Column("unit_code", String(40), nullable=False),
        Column("academic_year", String(20), nullable=False),
    ]
