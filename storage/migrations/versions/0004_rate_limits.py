"""Rate limits that all processes share

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table(
        'rate_limit',
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('used_until', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_rate_limit')),
    )
