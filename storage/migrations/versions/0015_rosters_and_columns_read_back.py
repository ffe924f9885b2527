"""Who a course's roster lists, who left, and what gradebook columns showed when they were read back

Revision: 0015, after 0014
"""

from alembic import op
import sqlalchemy as sa

from storage.instants import Instant

revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    op.add_column('course', sa.Column('memberships_url', sa.String(length=1000), nullable=True))
    op.add_column('course', sa.Column('seen_at', Instant(timezone=True), nullable=True))
    for name in ('launched_at', 'listed_at', 'left_at', 'returned_at'):
        op.add_column('member', sa.Column(name, Instant(timezone=True), nullable=True))
    # Until now only launches made members.
    op.execute('UPDATE member SET launched_at = since')

    op.create_table('roster_reading',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('tried_at', Instant(timezone=True), nullable=False),
    sa.Column('read_at', Instant(timezone=True), nullable=True),
    sa.Column('listed', sa.Integer(), nullable=True),
    sa.Column('trouble', sa.String(length=40), nullable=True),
    sa.Column('doubt', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_roster_reading_course_id')),
    sa.PrimaryKeyConstraint('course_id', name=op.f('pk_roster_reading'))
    )
    op.create_table('column_reading',
    sa.Column('activity_id', sa.Integer(), nullable=False),
    sa.Column('tried_at', Instant(timezone=True), nullable=False),
    sa.Column('read_at', Instant(timezone=True), nullable=True),
    sa.Column('label', sa.String(length=1400), nullable=True),
    sa.Column('maximum', sa.String(length=40), nullable=True),
    sa.Column('shows', sa.String(length=20), nullable=True),
    sa.Column('trouble', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_column_reading_activity_id')),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_column_reading'))
    )
