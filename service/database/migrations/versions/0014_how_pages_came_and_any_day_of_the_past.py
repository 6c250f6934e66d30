"""The headers that each page came with and what read it; and what a day of the past is found by.

Revision 0014, follows 0013.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("snapshot", sa.Column("headers", sa.LargeBinary(), nullable=True))
    op.add_column("snapshot", sa.Column("read_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.add_column("sweep_page", sa.Column("headers", sa.LargeBinary(), nullable=True))
    op.create_index("ix_record_first_seen", "record", ["source_id", "first_seen_at"])
    op.create_index("ix_record_version_seen", "record_version", ["seen_at", "record_id"])


def downgrade() -> None:
    op.drop_index("ix_record_version_seen", "record_version")
    op.drop_index("ix_record_first_seen", "record")
    op.drop_column("sweep_page", "headers")
    op.drop_column("snapshot", "read_by")
    op.drop_column("snapshot", "headers")
