"""Certificates that students give by their code, and what Pix last said of a code

Revision: 0011, after 0010
"""

from alembic import op
import sqlalchemy as sa

import storage.instants

revision = '0011'
down_revision = '0010'


def upgrade() -> None:
    op.create_table('certificate_answer',
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('name_digest', sa.String(length=64), nullable=True),
    sa.Column('expires_at', storage.instants.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('code_digest', name=op.f('pk_certificate_answer'))
    )
    with op.batch_alter_table('certificate_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_answer_expires_at'), ['expires_at'], unique=False)

    op.create_table('pix_pause',
    sa.Column('address', sa.String(length=1000), nullable=False),
    sa.Column('until', storage.instants.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_pix_pause'))
    )
    op.create_table('certificate',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('academic_year', sa.String(length=20), nullable=False),
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('consent', sa.String(length=20), nullable=False),
    sa.Column('given_at', storage.instants.Instant(timezone=True), nullable=False),
    sa.Column('type', sa.String(length=255), nullable=True),
    sa.Column('status', sa.String(length=20), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('global_level', sa.String(length=100), nullable=True),
    sa.Column('levels', sa.JSON(), nullable=False),
    sa.Column('date', sa.Date(), nullable=True),
    sa.Column('centre', sa.String(length=255), nullable=True),
    sa.Column('exam', sa.String(length=100), nullable=True),
    sa.Column('doubts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_certificate_course_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_certificate_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate'))
    )
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_code_digest'), ['code_digest'], unique=False)
        batch_op.create_index('ix_certificate_course_unit', ['course_id', 'unit_code', 'academic_year', 'person_id'], unique=False)

    op.create_table('certificate_holder',
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('since', storage.instants.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_certificate_holder_person_id')),
    sa.PrimaryKeyConstraint('code_digest', name=op.f('pk_certificate_holder'))
    )
    op.create_table('certificate_name',
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.String(length=255), nullable=False),
    sa.Column('last', sa.String(length=255), nullable=False),
    sa.Column('since', storage.instants.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_certificate_name_certificate_id')),
    sa.PrimaryKeyConstraint('certificate_id', name=op.f('pk_certificate_name'))
    )
    op.create_table('certificate_word',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('session', sa.String(length=255), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('by_person', sa.Integer(), nullable=True),
    sa.Column('at', storage.instants.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_certificate_word_by_person')),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_certificate_word_certificate_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_word'))
    )
    with op.batch_alter_table('certificate_word', schema=None) as batch_op:
        batch_op.create_index('ix_certificate_word_certificate_id', ['certificate_id'], unique=False)
