"""Whose each import says its lines are, so that undoing another leaves what the imports that stand have said

Lines carried before are those of whom they count for.

Revision: 0017, after 0016
"""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0016'

HELD = """
SELECT r.id AS row_id, k.person_id AS person_id
FROM imported_row r
JOIN {table} k ON k.fingerprint = r.fingerprint AND k.course_id = r.course_id
  AND k.unit_code = r.unit_code AND k.academic_year = r.academic_year {alike}
WHERE k.id NOT IN (
  SELECT w.{of} FROM {words} w
  WHERE w.withdrawn AND w.id IN (SELECT max(id) FROM {words} GROUP BY {of})
)
"""


def upgrade() -> None:
    op.add_column(
        'row_carried', sa.Column('is_settled', sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    # In SQL that both databases know: SQLite would else copy the table.
    op.execute(
        'ALTER TABLE row_carried ADD COLUMN person_id INTEGER '
        'CONSTRAINT fk_row_carried_person_id REFERENCES person (id)'
    )
    connection = op.get_bind()
    for table, words, of, alike in (
        ('submission', 'withdrawal', 'submission_id', 'AND k.component = r.component'),
        ('certification', 'certification_withdrawal', 'certification_id', ''),
    ):
        held = connection.execute(sa.text(HELD.format(table=table, words=words, of=of, alike=alike))).all()
        if held:
            connection.execute(
                sa.text('UPDATE row_carried SET is_settled = true, person_id = :person_id WHERE row_id = :row_id'),
                [{'row_id': row.row_id, 'person_id': row.person_id} for row in held],
            )
