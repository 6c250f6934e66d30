"""An upgrade keeps what was stored and goes on telling: from every schema that was ever released."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from alerts.domain.models import OutboxItem
from monitor.store.models import Change
from service.database.database import damages_of, open_database
from service.database.search_index import is_of_models
from service.demo.fakes.receivers import MailServer, WebhookServer
from service.runtime.checks import check_source
from tests.clock import FrozenClock
from tests.schemas.build import (
    FOLDER,
    add_report,
    fingerprint,
    load_dump,
    migration_files,
    opened_watch,
    small_site,
)

DUMPS = sorted(FOLDER.glob("*.sql"))
# Ids of what is promised to be the same for ever, and the columns that make it so.
KEPT = {
    "source": "key",
    "record": "key, status, fields, first_seen_at",
    "record_version": "record_id, seen_at, fields",
    "change": "kind, before, after, before_sha256, after_sha256",
    "snapshot": "url, sha256",
    "snapshot_body": "sha256, body",
    "outbox": "identity, kind, recipient, state",
    "outbox_entry": "change_id, topic, channel, recipient",
    "delivery": "outbox_id, attempt, outcome",
    "digest_run": "name, after_change_id, up_to_change_id",
}


def stored(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f'SELECT {columns} FROM "{table}" ORDER BY rowid').fetchall()
            for table, columns in KEPT.items()
        }


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_a_database_of_every_released_schema_is_kept_whole_and_tells_the_next_change_by_every_channel(
    dump: Path, tmp_path: Path, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    clock = FrozenClock()
    clock.advance(timedelta(hours=6))
    path = tmp_path / "watch.db"
    with small_site(clock) as site:
        load_dump(dump.read_text(encoding="utf-8"), path, site.url("").rstrip("/"))
        before = stored(path)
        database = open_database(f"sqlite:///{path}")
        assert stored(path) == before
        assert all(before.values())
        assert damages_of(database.url) == []
        with opened_watch(tmp_path, database, clock, (site, mail_server, webhook_server)) as watch:
            # Nothing is news only because the program is.
            assert [check_source(watch, key).change_ids for key in ("audits", "gao")] == [(), ()]
            watch.note_applied()
            watch.deliver()
            mail_server.messages.clear()
            webhook_server.posts.clear()
            add_report(site, "OIG-26-91", "Drones at Ports")
            clock.advance(timedelta(hours=2))
            assert len(check_source(watch, "audits").change_ids) == 1
            assert {done.outcome for done in watch.deliver()} == {"accepted"}
        mails = mail_server.sent_to("desk@example.org")
        assert ["OIG-26-91" in str(mail.message["Subject"]) for mail in mails] == [True]
        assert sorted(b"OIG-26-91" in post.body for post in webhook_server.accepted) == [True, True]
        assert damages_of(database.url) == []  # a new page may be the difference from one of before
        database.close()


def test_what_was_learnt_of_a_source_is_still_known_after_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    load_dump((FOLDER / "0006.sql").read_text(encoding="utf-8"), path)
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT id, usual FROM source ORDER BY id").fetchall()
    open_database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        after = connection.execute("SELECT source_id, usual FROM source_usual ORDER BY source_id").fetchall()
    assert after == before
    assert all(len(usual) > 100 for _, usual in before)


def test_what_waited_before_an_upgrade_is_sent_after_it_and_what_was_sent_is_not(
    tmp_path: Path, mail_server: MailServer, webhook_server: WebhookServer
) -> None:
    clock = FrozenClock()
    clock.advance(timedelta(hours=6))
    with small_site(clock) as site:
        load_dump(DUMPS[0].read_text(encoding="utf-8"), tmp_path / "watch.db", site.url("").rstrip("/"))
        database = open_database(f"sqlite:///{tmp_path / 'watch.db'}")
        with opened_watch(tmp_path, database, clock, (site, mail_server, webhook_server)) as watch:
            watch.note_applied()
            watch.deliver()
        with database.read() as session:
            states = states_by_kind(session)
        database.close()
    assert states == [("changes", "sent"), ("changes", "sent"), ("changes", "dead"), ("digest", "sent")]
    # The mail of the change had gone out before; now the digest and the message to Slack do.
    subjects = [str(mail.message["Subject"]) for mail in mail_server.sent_to("desk@example.org")]
    assert len(subjects) == 1
    assert "weekly" in subjects[0].lower()
    assert len(webhook_server.accepted) == 1


def states_by_kind(session: Session) -> list[tuple[str, str]]:
    return list(session.exec(select(OutboxItem.kind, OutboxItem.state).order_by(OutboxItem.id)).all())


def test_every_migration_has_a_dump_made_with_it_and_stays_as_it_was_released() -> None:
    heads = {dump.stem: dump.read_text(encoding="utf-8").partition("\n")[0] for dump in DUMPS}
    expected = {
        number: f"-- migration {number}, sha256 {fingerprint(number)}" for number in migration_files()
    }
    assert heads == expected, (
        "a released migration stays as it is: undo the edit and write a new one."
        " For the newest, unreleased one: python -m tests.schemas writes its dump"
    )


@pytest.mark.parametrize("number", sorted(migration_files()))
def test_a_dump_has_the_tables_that_its_migration_makes(number: str, tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    from service.database.database import MIGRATIONS

    load_dump((FOLDER / f"{number}.sql").read_text(encoding="utf-8"), tmp_path / "dump.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, number)
    engine.dispose()
    assert tables(tmp_path / "dump.db") == tables(tmp_path / "made.db")


def tables(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(name, " ".join(sql.split())) for name, sql in found}


def test_the_tables_in_code_are_those_the_migrations_make(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    assert Change.__tablename__ in SQLModel.metadata.tables
    url = f"sqlite:///{tmp_path / 'now.db'}"
    open_database(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        only_ours = {"include_name": is_of_models}
        found = compare_metadata(MigrationContext.configure(connection, opts=only_ours), SQLModel.metadata)
    engine.dispose()
    assert found == []
