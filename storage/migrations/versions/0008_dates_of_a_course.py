"""The dates a course has of its own, in place of those of the unit's file

Revision: 0008, after 0007
"""

from alembic import op
import sqlalchemy as sa

import storage.instants

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    op.create_table('course_date',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('academic_year', sa.String(length=20), nullable=False),
    sa.Column('component', sa.String(length=40), nullable=False),
    sa.Column('opens_at', storage.instants.Instant(timezone=True), nullable=True),
    sa.Column('closes_at', storage.instants.Instant(timezone=True), nullable=True),
    sa.Column('by_person', sa.Integer(), nullable=False),
    sa.Column('at', storage.instants.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_course_date_by_person')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_date_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_date'))
    )
    with op.batch_alter_table('course_date', schema=None) as batch_op:
        batch_op.create_index('ix_course_date_course_unit', ['course_id', 'unit_code', 'academic_year'], unique=False)
