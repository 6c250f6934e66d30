"""The files that reports link to, as they were found last.

Revision 0018, follows 0017.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TIMES = ("asked_at", "seen_at", "read_at")
_TEXTS = ("etag", "last_modified", "sha256", "text_sha256", "unread", "doubt", "trouble")


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("url", text(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        *(sa.Column(name, sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True) for name in _TIMES),
        *(sa.Column(name, text(), nullable=True) for name in _TEXTS),
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"]),
        sa.ForeignKeyConstraint(["sha256"], ["snapshot_body.sha256"]),
        sa.ForeignKeyConstraint(["text_sha256"], ["snapshot_body.sha256"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id", "url"),
    )
    op.create_index("ix_document_due", "document", ["source_id", "due_at"], unique=False)
    for name in ("sha256", "text_sha256"):
        op.create_index(op.f(f"ix_document_{name}"), "document", [name], unique=False)


def downgrade() -> None:
    op.drop_table("document")
