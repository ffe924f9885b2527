"""Results of certifications; the share of acquired items of a sending to an assessment campaign

Revision: 0006, after 0005
"""

from alembic import op
import sqlalchemy as sa

from storage.instants import Instant

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mastery', sa.Text(), nullable=True))
    op.create_table('certification',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=40), nullable=False),
    sa.Column('academic_year', sa.String(length=20), nullable=False),
    sa.Column('type', sa.String(length=255), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('global_level', sa.String(length=100), nullable=True),
    sa.Column('levels', sa.JSON(), nullable=False),
    sa.Column('date', sa.Date(), nullable=True),
    sa.Column('session', sa.String(length=255), nullable=True),
    sa.Column('centre', sa.String(length=255), nullable=True),
    sa.Column('evidence', sa.String(length=20), nullable=False),
    sa.Column('received_at', Instant(timezone=True), nullable=False),
    sa.Column('source', sa.JSON(), nullable=False),
    sa.Column('exam', sa.String(length=100), nullable=False),
    sa.Column('fingerprint', sa.String(length=100), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_certification_course_id')),
    sa.ForeignKeyConstraint(['import_id'], ['campaign_import.id'], name=op.f('fk_certification_import_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_certification_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification')),
    sa.UniqueConstraint('course_id', 'person_id', 'unit_code', 'academic_year', 'fingerprint', name=op.f('uq_certification_course_id_person_id_unit_code_academic_year_fingerprint'))
    )
    with op.batch_alter_table('certification', schema=None) as batch_op:
        batch_op.create_index('ix_certification_course_unit', ['course_id', 'unit_code', 'academic_year', 'person_id'], unique=False)

    op.create_table('certification_withdrawal',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('certification_id', sa.Integer(), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('by_person', sa.Integer(), nullable=False),
    sa.Column('at', Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_certification_withdrawal_by_person')),
    sa.ForeignKeyConstraint(['certification_id'], ['certification.id'], name=op.f('fk_certification_withdrawal_certification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_withdrawal'))
    )
    with op.batch_alter_table('certification_withdrawal', schema=None) as batch_op:
        batch_op.create_index('ix_certification_withdrawal_certification_id', ['certification_id'], unique=False)
