"""Corrections, documents, links and sources are sealed too.

Revision 0020, follows 0019. No table changes: what is there already is sealed when the database is opened.
"""

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
