"""A chain of hashes over all that checks record, so that a later edit of it shows.

Revision 0015, follows 0014. What is there already is sealed when the database is opened.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("check_to", "snapshot_to", "version_to", "change_to")
        ),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("entry", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("seal")
