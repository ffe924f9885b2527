"""By which texts a kept line is found again, so that who comes later need not look at every line of their course

Lines kept before are looked at for everybody, as they were: what they bear is not read here.

Revision: 0016, after 0015
"""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'


def upgrade() -> None:
    op.create_table('row_found_by',
    sa.Column('found_by', sa.String(length=100), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['row_id'], ['imported_row.id'], name=op.f('fk_row_found_by_row_id')),
    sa.PrimaryKeyConstraint('found_by', 'row_id', name=op.f('pk_row_found_by'))
    )
    op.execute("INSERT INTO row_found_by (found_by, row_id) SELECT '*', id FROM imported_row")
