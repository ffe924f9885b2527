"""Background jobs

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

import storage.instants


revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    active = sa.text("state IN ('waiting', 'running')")
    op.create_table(
        'job',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('payload', sa.JSON(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('done', sa.Integer(), server_default='0', nullable=False),
        sa.Column('total', sa.Integer(), nullable=True),
        sa.Column('message', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('by_person', sa.Integer(), nullable=True),
        sa.Column('activity_id', sa.Integer(), nullable=True),
        sa.Column('created_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('not_before', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
        sa.Column('lease_until', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('lease_token', sa.String(length=40), nullable=True),
        sa.Column('finished_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_job_activity_id')),
        sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_job_by_person')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    )
    op.create_index(
        'uq_job_active', 'job', ['kind', 'key'], unique=True, sqlite_where=active, postgresql_where=active
    )
    op.create_index('ix_job_state_not_before', 'job', ['state', 'not_before'], unique=False)
    op.create_index('ix_job_kind_key_created_at', 'job', ['kind', 'key', 'created_at'], unique=False)
    op.create_index('ix_job_finished_at', 'job', ['finished_at'], unique=False)
