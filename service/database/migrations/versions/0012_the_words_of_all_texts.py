"""The words of all texts, for searching; on SQLite see service.database.search_index.

Revision 0012, follows 0011.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SEARCHED = (
    *("title", "report_title", "abstract", "recommendation", "status_comment", "status_text"),
    *("report_number", "agency", "director", "topics"),
)
# Words are letters and digits only, as on SQLite: to the server OIG-24-01 would have negative numbers.
_MARKS = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~‐‑‒–—―‘’“”§•…\u00a0'"
_LONGEST = 100_000  # characters; a longer text would not fit


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    # The function of 0011 leaves out U+0000, which would keep a record from being written.
    texts = " || ' ' || ".join(f"coalesce(v_text_of(fields, '{name}'), '')" for name in _SEARCHED)
    marks, spaces = _MARKS.replace("'", "''"), " " * len(_MARKS)
    words = f"to_tsvector('simple', translate(left({texts}, {_LONGEST}), '{marks}', '{spaces}'))"
    column = f"words tsvector GENERATED ALWAYS AS ({words}) STORED"
    op.get_bind().exec_driver_sql(f"ALTER TABLE record_version ADD COLUMN {column}".replace("%", "%%"))
    op.execute("CREATE INDEX ix_record_version_words ON record_version USING gin (words)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("record_version", "words")
