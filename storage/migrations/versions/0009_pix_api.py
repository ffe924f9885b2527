"""What Pix's API says of campaigns and participations

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

import storage.instants

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    op.create_table(
        'participation',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('campaign_number', sa.BigInteger(), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=False),
        sa.Column('participant', sa.String(length=255), nullable=True),
        sa.Column('first_name', sa.String(length=255), nullable=False),
        sa.Column('last_name', sa.String(length=255), nullable=False),
        sa.Column('external_id', sa.String(length=255), nullable=True),
        sa.Column('shared_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('total', sa.Integer(), nullable=True),
        sa.Column('mastery', sa.String(length=40), nullable=True),
        sa.Column('topics', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_participation')),
        sa.UniqueConstraint('campaign_number', 'number', name=op.f('uq_participation_campaign_number_number')),
    )
    op.create_table(
        'pix_campaign',
        sa.Column('code', sa.String(length=9), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=True),
        sa.Column('organization_id', sa.BigInteger(), nullable=True),
        sa.Column('organization_name', sa.String(length=255), nullable=True),
        sa.Column('name', sa.String(length=255), nullable=True),
        sa.Column('kind', sa.String(length=30), nullable=True),
        sa.Column('is_archived', sa.Boolean(), nullable=True),
        sa.Column('looked_for_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('wanted_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('begun_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('read_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('since', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('whole_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('trouble', sa.String(length=30), nullable=True),
        sa.Column('trouble_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('wait_until', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('found', sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint('code', name=op.f('pk_pix_campaign')),
    )
    op.create_table(
        'settlement',
        sa.Column('campaign_id', sa.Integer(), nullable=False),
        sa.Column('asked', sa.Integer(), server_default='0', nullable=False),
        sa.Column('answered', sa.Integer(), server_default='0', nullable=False),
        sa.Column('counts', sa.JSON(), nullable=True),
        sa.Column('at', storage.instants.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_settlement_campaign_id')),
        sa.PrimaryKeyConstraint('campaign_id', name=op.f('pk_settlement')),
    )
