"""Indexes for what a new record asks for: those without a number among all of its days.

Revision 0009, follows 0008.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_link_issued", "link")
    op.drop_index("ix_link_fiscal_year", "link")
    op.create_index("ix_link_issued", "link", ["issued", "number"])
    op.create_index("ix_link_fiscal_year", "link", ["fiscal_year", "issued", "number"])


def downgrade() -> None:
    op.drop_index("ix_link_fiscal_year", "link")
    op.drop_index("ix_link_issued", "link")
    op.create_index("ix_link_fiscal_year", "link", ["fiscal_year"])
    op.create_index("ix_link_issued", "link", ["issued"])
