"""Which checks and changes were imported from an archive.

Revision 0017, follows 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("check", "change"):
        op.add_column(table, sa.Column("imported", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table in ("change", "check"):
        op.drop_column(table, "imported")
