"""Signs of life of the workers

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

import storage.instants


revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table(
        'heartbeat',
        sa.Column('process', sa.String(length=100), nullable=False),
        sa.Column('started_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('seen_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('process', name=op.f('pk_heartbeat')),
    )
