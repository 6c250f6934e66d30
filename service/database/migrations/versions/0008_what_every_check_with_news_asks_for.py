"""Indexes for what every check with news asks for.

Revision 0008, follows 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_GATHERING = sa.text("kind = 'summary' AND state = 'pending'")


def upgrade() -> None:
    op.create_index("ix_outbox_recent", "outbox", ["created_at", "channel", "recipient"])
    op.create_index(
        "ix_outbox_gathering",
        "outbox",
        ["channel", "recipient"],
        sqlite_where=_GATHERING,
        postgresql_where=_GATHERING,
    )
    op.create_index("ix_source_linked_by", "source", ["linked_by"])


def downgrade() -> None:
    op.drop_index("ix_source_linked_by", "source")
    op.drop_index("ix_outbox_gathering", "outbox")
    op.drop_index("ix_outbox_recent", "outbox")
