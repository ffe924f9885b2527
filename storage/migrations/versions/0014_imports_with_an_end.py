"""Imports of several files, with previews kept page by page, and undone as a whole

Drafts live for two hours: those of before are dropped, and their files uploaded again.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

import storage.instants


revision = '0014'
down_revision = '0013'


def upgrade() -> None:
    op.drop_table('import_draft')
    op.create_table(
        'import_draft',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('by_person', sa.Integer(), nullable=False),
        sa.Column('undoes', sa.Integer(), nullable=True),
        sa.Column('revision', sa.Integer(), server_default='1', nullable=False),
        sa.Column('shown_revision', sa.Integer(), nullable=True),
        sa.Column('summary', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('created_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('expires_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_import_draft_activity_id')),
        sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_import_draft_by_person')),
        sa.ForeignKeyConstraint(['undoes'], ['campaign_import.id'], name=op.f('fk_import_draft_undoes')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_import_draft')),
    )
    op.create_index(op.f('ix_import_draft_expires_at'), 'import_draft', ['expires_at'], unique=False)
    op.create_table(
        'draft_file',
        sa.Column('draft_id', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=True),
        sa.Column('language', sa.String(length=2), nullable=True),
        sa.Column('generation', sa.String(length=20), nullable=True),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('problems', sa.JSON(), nullable=False),
        sa.Column('notes', sa.JSON(), nullable=False),
        sa.Column('chosen', sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(['draft_id'], ['import_draft.id'], name=op.f('fk_draft_file_draft_id')),
        sa.PrimaryKeyConstraint('draft_id', 'number', name=op.f('pk_draft_file')),
    )
    op.create_table(
        'draft_page',
        sa.Column('draft_id', sa.String(length=40), nullable=False),
        sa.Column('section', sa.String(length=20), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['draft_id'], ['import_draft.id'], name=op.f('fk_draft_page_draft_id')),
        sa.PrimaryKeyConstraint('draft_id', 'section', 'number', name=op.f('pk_draft_page')),
    )
    op.add_column('campaign_import', sa.Column('draft_id', sa.String(length=40), nullable=True))
    op.create_index('uq_campaign_import_draft_id', 'campaign_import', ['draft_id'], unique=True)
    op.add_column('match_choice', sa.Column('draft_id', sa.String(length=40), nullable=True))
    for table in ('withdrawal', 'certification_withdrawal'):
        # In SQL that both databases know: SQLite would else copy the table, and drop what others refer to.
        op.execute(
            f'ALTER TABLE {table} ADD COLUMN import_id INTEGER '
            f'CONSTRAINT fk_{table}_import_id REFERENCES campaign_import (id)'
        )
    op.create_table(
        'imported_file',
        sa.Column('import_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=True),
        sa.Column('components', sa.JSON(), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('problems', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['import_id'], ['campaign_import.id'], name=op.f('fk_imported_file_import_id')),
        sa.PrimaryKeyConstraint('import_id', 'number', name=op.f('pk_imported_file')),
    )
    op.create_table(
        'row_carried',
        sa.Column('import_id', sa.Integer(), nullable=False),
        sa.Column('row_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['import_id'], ['campaign_import.id'], name=op.f('fk_row_carried_import_id')),
        sa.ForeignKeyConstraint(['row_id'], ['imported_row.id'], name=op.f('fk_row_carried_row_id')),
        sa.PrimaryKeyConstraint('import_id', 'row_id', name=op.f('pk_row_carried')),
    )
    op.create_index('ix_row_carried_row_id', 'row_carried', ['row_id'], unique=False)
    op.execute('INSERT INTO row_carried (import_id, row_id) SELECT import_id, id FROM imported_row')
    op.create_table(
        'import_undoing',
        sa.Column('import_id', sa.Integer(), nullable=False),
        sa.Column('by_person', sa.Integer(), nullable=False),
        sa.Column('at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['by_person'], ['person.id'], name=op.f('fk_import_undoing_by_person')),
        sa.ForeignKeyConstraint(['import_id'], ['campaign_import.id'], name=op.f('fk_import_undoing_import_id')),
        sa.PrimaryKeyConstraint('import_id', name=op.f('pk_import_undoing')),
    )
