"""Pages of a sweep under way, and when each host may be asked.

Revision 0002, follows 0001.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("free_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("lease", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("leased_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("away_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("day", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sweep_page",
        sa.Column("source_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("began_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("reading", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("final_url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fetched_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("charset", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("etag", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("last_modified", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("next_url", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["snapshot_body.sha256"],
        ),
        sa.PrimaryKeyConstraint("source_key", "position"),
    )
    with op.batch_alter_table("sweep_page", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sweep_page_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sweep_page", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sweep_page_sha256"))

    op.drop_table("sweep_page")
    op.drop_table("host")
