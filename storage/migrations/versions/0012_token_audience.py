"""What an authorisation server wants to be called, where it is not the token address

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    with op.batch_alter_table('platform', schema=None) as batch_op:
        batch_op.add_column(sa.Column('token_audience', sa.String(length=1000), nullable=True))
