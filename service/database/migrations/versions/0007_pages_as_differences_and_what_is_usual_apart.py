"""Pages kept as their difference from the version before; what is usual of a source in a table of its own.

Revision 0007, follows 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In words that both databases know, so that no table is written anew; what is stored stays whole.
    op.execute("ALTER TABLE snapshot_body ADD COLUMN base_sha256 VARCHAR REFERENCES snapshot_body (sha256)")
    op.execute("ALTER TABLE snapshot_body ADD COLUMN depth INTEGER DEFAULT 0 NOT NULL")
    op.create_index("ix_snapshot_body_base_sha256", "snapshot_body", ["base_sha256"])
    op.create_table(
        "source_usual",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("usual", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.PrimaryKeyConstraint("source_id"),
    )
    op.execute("INSERT INTO source_usual (source_id, usual) SELECT id, usual FROM source")
    op.execute("ALTER TABLE source DROP COLUMN usual")


def downgrade() -> None:
    op.execute("ALTER TABLE source ADD COLUMN usual JSON DEFAULT '{}' NOT NULL")
    op.execute("UPDATE source SET usual = u.usual FROM source_usual AS u WHERE u.source_id = source.id")
    op.drop_table("source_usual")
    op.drop_index("ix_snapshot_body_base_sha256", "snapshot_body")
    op.execute("ALTER TABLE snapshot_body DROP COLUMN depth")
    op.execute("ALTER TABLE snapshot_body DROP COLUMN base_sha256")
