"""The same thing on several sites.

Revision 0003, follows 0002.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("issued", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("fiscal_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["record.id"],
        ),
        sa.ForeignKeyConstraint(
            ["thing_id"],
            ["record.id"],
        ),
        sa.PrimaryKeyConstraint("record_id"),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_fiscal_year"), ["fiscal_year"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_issued"), ["issued"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_link"), ["link"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_number"), ["number"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_thing_id"), ["thing_id"], unique=False)

    with op.batch_alter_table("routing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_before", sa.JSON(), nullable=True))

    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("linked_by", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("linked_by")

    with op.batch_alter_table("routing", schema=None) as batch_op:
        batch_op.drop_column("told_before")

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_thing_id"))
        batch_op.drop_index(batch_op.f("ix_link_number"))
        batch_op.drop_index(batch_op.f("ix_link_link"))
        batch_op.drop_index(batch_op.f("ix_link_issued"))
        batch_op.drop_index(batch_op.f("ix_link_fiscal_year"))

    op.drop_table("link")
