"""Since when something else is in a file's place, and whether reading its text was tried.

Revision 0019, follows 0018.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_document = sa.table("document", sa.column("unread", sa.Text()), sa.column("tried", sa.Boolean()))
_NOT_TRIED = "the extra 'documents' is not installed%"


def upgrade() -> None:
    op.add_column("document", sa.Column("tried", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("document", sa.Column("other_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute(_document.update().where(_document.c.unread.like(_NOT_TRIED)).values(tried=False))


def downgrade() -> None:
    for column in ("other_since", "tried"):
        op.drop_column("document", column)
