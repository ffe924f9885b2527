"""Scores of one activity by state: a launch asks for those without a column, whatever the size of the class

Revision: 0003, after 0002
"""

from alembic import op


revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    with op.batch_alter_table('desired_score', schema=None) as batch_op:
        batch_op.create_index('ix_desired_score_activity_state', ['activity_id', 'state'], unique=False)
