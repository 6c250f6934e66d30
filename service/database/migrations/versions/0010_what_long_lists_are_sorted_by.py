"""What long lists are sorted and filtered by, beside the fields it is taken from.

Revision 0010, follows 0009.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from monitor.commitments.listing import dated, sorted_by

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = "coalesce(status, '') IN ('open', 'open_partially_addressed') AND listed"
_FILTERED = ("agency", "source_id", "status", "priority", "due")
_BATCH = 2_000


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.add_column("record", sa.Column("agency", text, nullable=False, server_default=""))
    op.add_column("record", sa.Column("dated", text, nullable=False, server_default=""))
    op.add_column("record", sa.Column("due", text, nullable=True))
    op.add_column("record", sa.Column("priority", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()
    for name in ("changed_at", "dated", "agency"):
        op.create_index(f"ix_record_{name.removesuffix('_at')}", "record", [name, "id"])
    for name in ("dated", "agency"):
        columns = [name, "id", *(one for one in _FILTERED if one != name)]
        where = sa.text(_OPEN)
        op.create_index(
            f"ix_record_open_{name}", "record", columns, sqlite_where=where, postgresql_where=where
        )
    where = sa.text("due IS NOT NULL")
    op.create_index("ix_record_due", "record", ["due", "id"], sqlite_where=where, postgresql_where=where)


def _fill() -> None:
    connection = op.get_bind()
    record = sa.table(
        "record",
        *(sa.column(name) for name in ("id", "agency", "dated", "due", "priority")),
        sa.column("fields", sa.JSON()),
        sa.column("first_seen_at", sqlmodel.sql.sqltypes.UTCDateTime()),
    )
    columns = (record.c.id, record.c.fields, record.c.first_seen_at)
    after = 0
    while rows := connection.execute(
        sa.select(*columns).where(record.c.id > after).order_by(record.c.id).limit(_BATCH)
    ).all():
        after = rows[-1].id
        values = [
            {
                "record_id": row.id,
                **sorted_by(row.fields),
                "dated": dated(row.fields) or row.first_seen_at.date().isoformat(),
            }
            for row in rows
        ]
        connection.execute(sa.update(record).where(record.c.id == sa.bindparam("record_id")), values)


def downgrade() -> None:
    for name in ("due", "open_agency", "open_dated", "agency", "dated", "changed"):
        op.drop_index(f"ix_record_{name}", "record")
    for name in ("priority", "due", "dated", "agency"):
        op.drop_column("record", name)
