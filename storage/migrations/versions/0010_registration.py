"""Invitations to register a platform, and deployments that wait for approval

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

import storage.instants


revision = '0010'
down_revision = '0009'


def upgrade() -> None:
    op.create_table(
        'invitation',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=True),
        sa.Column('service_origins', sa.JSON(), nullable=False),
        sa.Column('created_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('expires_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('withdrawn_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('claim', sa.String(length=32), nullable=True),
        sa.Column('claimed_until', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('used_at', storage.instants.Instant(timezone=True), nullable=True),
        sa.Column('used_for', sa.String(length=64), nullable=True),
        sa.Column('platform_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['platform_id'], ['platform.id'], name=op.f('fk_invitation_platform_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
        sa.UniqueConstraint('digest', name=op.f('uq_invitation_digest')),
    )
    op.create_table(
        'held_deployment',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('platform_id', sa.Integer(), nullable=False),
        sa.Column('deployment_id', sa.String(length=255), nullable=False),
        sa.Column('first_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.Column('last_at', storage.instants.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['platform_id'], ['platform.id'], name=op.f('fk_held_deployment_platform_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_held_deployment')),
        sa.UniqueConstraint(
            'platform_id', 'deployment_id', name=op.f('uq_held_deployment_platform_id_deployment_id')
        ),
    )
