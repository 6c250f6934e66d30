"""Views of changes, records and status histories, for programs that read the database by themselves.

A later step that makes one of their tables again drops them before it and creates them after it.
Revision 0011, follows 0010.
"""

import re

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A text in a column of JSON is written column->name here, and as each database has it when it is created.
_PART = re.compile(r"(\w+\.\w+)->(\w+)")

_CHANGES = """
CREATE VIEW v_changes AS
SELECT
    c.id AS id,
    c.seen_at AS seen_at,
    c.not_before AS not_before,
    c.kind AS kind,
    s.key AS source,
    r.id AS record_id,
    r.key AS record_key,
    r.kind AS record_kind,
    r.fields->agency AS agency,
    coalesce(r.fields->report_title, r.fields->title) AS title,
    r.fields->recommendation AS recommendation,
    r.status AS status,
    c.before->status AS status_before,
    c.after->status AS status_after,
    c.before->status_comment AS comment_before,
    c.after->status_comment AS comment_after,
    r.fields->url AS url,
    g.decision AS decision,
    g.topics AS topics,
    c.before AS before_json,
    c.after AS after_json,
    c.before_sha256 AS before_sha256,
    c.after_sha256 AS after_sha256
FROM change c
JOIN record r ON r.id = c.record_id
JOIN source s ON s.id = c.source_id
LEFT JOIN routing g ON g.change_id = c.id
"""
_RECORDS = """
CREATE VIEW v_records AS
SELECT
    r.id AS id,
    s.key AS source,
    r.kind AS kind,
    r.key AS record_key,
    r.fields->report_number AS report_number,
    coalesce(r.fields->report_title, r.fields->title) AS title,
    r.fields->recommendation AS recommendation,
    r.fields->agency AS agency,
    r.status AS status,
    r.fields->status_text AS status_text,
    r.fields->status_comment AS status_comment,
    r.fields->agreement AS agreement,
    CASE CAST(r.fields->priority AS VARCHAR) WHEN 'true' THEN 1 WHEN '1' THEN 1 ELSE 0 END AS priority,
    r.fields->issue_date AS issue_date,
    r.fields->fiscal_year AS fiscal_year,
    r.fields->topics AS topics,
    r.fields->director AS director,
    r.fields->url AS url,
    CASE WHEN r.listed THEN 1 ELSE 0 END AS listed,
    CASE WHEN r.listed AND r.status IN ('open', 'open_partially_addressed') THEN 1 ELSE 0 END AS open_now,
    r.due AS due,
    r.first_seen_at AS first_seen_at,
    r.changed_at AS changed_at,
    r.unlisted_at AS unlisted_at,
    r.snapshot_sha256 AS snapshot_sha256
FROM record r
JOIN source s ON s.id = r.source_id
"""
_STATUS_HISTORY = """
CREATE VIEW v_status_history AS
WITH versions AS (
    SELECT
        v.id AS version_id,
        v.record_id AS record_id,
        v.seen_at AS seen_at,
        v.fields->status AS status,
        v.fields->status_text AS status_text,
        v.snapshot_sha256 AS snapshot_sha256
    FROM record_version v
),
compared AS (
    SELECT
        versions.*,
        row_number() OVER (PARTITION BY record_id ORDER BY version_id) AS number,
        lag(status) OVER (PARTITION BY record_id ORDER BY version_id) AS former,
        lag(status_text) OVER (PARTITION BY record_id ORDER BY version_id) AS former_text
    FROM versions
),
moved AS (
    SELECT * FROM compared
    WHERE number = 1
        OR coalesce(status, '') <> coalesce(former, '')
        OR coalesce(status_text, '') <> coalesce(former_text, '')
)
SELECT
    r.id AS record_id,
    s.key AS source,
    r.key AS record_key,
    r.fields->agency AS agency,
    m.status AS status,
    m.status_text AS status_text,
    m.seen_at AS seen_at,
    lead(m.seen_at) OVER (PARTITION BY m.record_id ORDER BY m.version_id) AS until_at,
    m.snapshot_sha256 AS snapshot_sha256
FROM moved m
JOIN record r ON r.id = m.record_id
JOIN source s ON s.id = r.source_id
WHERE r.kind = 'recommendation'
"""


# PostgreSQL refuses to read a whole row for the character U+0000 in one of its texts: it is left out.
_TEXT_OF = r"""
CREATE FUNCTION v_text_of(of json, name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN strpos(of::text, '\u0000') = 0 THEN of ->> name
        ELSE regexp_replace(of::text, '(?<!\\)((\\\\)*)\\u0000', '\1', 'g')::json ->> name
    END
$$
"""


def upgrade() -> None:
    connection = op.get_bind()
    is_server = connection.dialect.name == "postgresql"
    form = r"v_text_of(\1, '\2')" if is_server else r"json_extract(\1, '$.\2')"
    for statement in (*((_TEXT_OF,) if is_server else ()), _CHANGES, _RECORDS, _STATUS_HISTORY):
        connection.exec_driver_sql(_PART.sub(form, statement.strip()))


def downgrade() -> None:
    for name in ("v_status_history", "v_records", "v_changes"):
        op.execute(f"DROP VIEW {name}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION v_text_of")
