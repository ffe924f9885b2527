"""Pix campaigns of components, and numbers of ours for people whose student number is not known

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

import storage.instants


revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.create_table(
        'campaign',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('course_id', sa.Integer(), nullable=False),
        sa.Column('unit_code', sa.String(length=40), nullable=False),
        sa.Column('academic_year', sa.String(length=20), nullable=False),
        sa.Column('component', sa.String(length=40), nullable=False),
        sa.Column('code', sa.String(length=9), nullable=False),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('external_id_label', sa.String(length=255), nullable=True),
        sa.Column('number', sa.String(length=20), nullable=True),
        sa.Column('kind', sa.String(length=30), nullable=True),
        sa.Column('set_by', sa.Integer(), nullable=False),
        sa.Column('set_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('ended_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('proof', sa.JSON(), nullable=True),
        sa.Column('proven_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_campaign_course_id')),
        sa.ForeignKeyConstraint(['set_by'], ['person.id'], name=op.f('fk_campaign_set_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    )
    op.create_index(
        'ix_campaign_course_unit', 'campaign', ['course_id', 'unit_code', 'academic_year', 'component']
    )
    op.create_index('ix_campaign_code', 'campaign', ['code'])
    op.create_table(
        'opaque_number',
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('made_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_opaque_number_person_id')),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_opaque_number')),
        sa.UniqueConstraint('number', name=op.f('uq_opaque_number_number')),
    )
