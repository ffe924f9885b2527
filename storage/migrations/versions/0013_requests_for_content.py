"""What was chosen for a course, requests for what may be, and the years that copied activities serve

Revision: 0013, after 0012
"""

from alembic import op
import sqlalchemy as sa

import storage.instants

revision = '0013'
down_revision = '0012'


def upgrade() -> None:
    op.create_table('chosen_component',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('academic_year', sa.String(length=20), nullable=False),
    sa.Column('component', sa.String(length=40), nullable=False),
    sa.Column('by_person', sa.Integer(), nullable=False),
    sa.Column('at', storage.instants.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_chosen_component_by_person')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_chosen_component_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chosen_component'))
    )
    with op.batch_alter_table('chosen_component', schema=None) as batch_op:
        batch_op.create_index('ix_chosen_component_course_id', ['course_id'], unique=False)

    op.create_table('deep_linking_request',
    sa.Column('visit_id', sa.String(length=120), nullable=False),
    sa.Column('deployment_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=True),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('nonce', sa.String(length=40), nullable=False),
    sa.Column('expires_at', storage.instants.Instant(timezone=True), nullable=False),
    sa.Column('content_items', sa.JSON(), nullable=True),
    sa.Column('answered_at', storage.instants.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_deep_linking_request_course_id')),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployment.id'], name=op.f('fk_deep_linking_request_deployment_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_deep_linking_request_person_id')),
    sa.PrimaryKeyConstraint('visit_id', name=op.f('pk_deep_linking_request'))
    )
    with op.batch_alter_table('deep_linking_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deep_linking_request_expires_at'), ['expires_at'], unique=False)

    op.create_table('served_year',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('told_year', sa.String(length=20), nullable=False),
    sa.Column('academic_year', sa.String(length=20), nullable=False),
    sa.Column('by_person', sa.Integer(), nullable=False),
    sa.Column('at', storage.instants.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_served_year_by_person')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_served_year_course_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_served_year'))
    )
    with op.batch_alter_table('served_year', schema=None) as batch_op:
        batch_op.create_index('ix_served_year_course_id', ['course_id'], unique=False)

    op.add_column('activity', sa.Column('told', sa.JSON(), nullable=True))
