"""Migrations lead to the tables as declared, and back to nothing."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from monitor.core.search import terms_of
from monitor.core.troubles import TroubleKind
from monitor.core.types import Course, DeliveryState, FeedSpec, Pause, RouteMatch, Severity, SilenceSpec, Terms, Tier
from monitor.errors import StoreError
from monitor.store import (
    acks,
    alerts,
    articles,
    deliveries,
    feeds,
    items,
    migrate,
    pushes,
    queue,
    silences,
    tellings,
    troubles,
)
from monitor.store.database import Database
from monitor.store.look import Search, look
from monitor.store.tables import METADATA
from tests.store.rows import (
    NOW,
    make_alert,
    make_delivery,
    make_feed,
    make_hits,
    make_item,
    make_match,
    make_outcome,
    record,
)

NEXT_RELEASE = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", {head!r}, None, None


def upgrade():
    with op.batch_alter_table("feed") as batch:
        batch.alter_column("origin", existing_type=sa.Text(), nullable=True)
    {then}
"""


@pytest.fixture
def db(own_db: Database) -> Database:
    """Return a database with all tables and no rows: each test here changes the tables."""
    return own_db


def is_declared(name: str | None, kind: str, parents: Any) -> bool:
    """Return whether SQLAlchemy can know of a table or an index: not of those for words, which each database has its own."""
    return not (name or "").startswith(("item_words_fts", "ix_item_words_found"))


def test_up_gives_the_declared_tables_and_down_leaves_nothing(empty_url: str) -> None:
    db = Database.open(empty_url)
    assert migrate.status(db)[0] is None
    migrate.upgrade(db)
    migrate.upgrade(db)
    assert migrate.status(db)[0] == migrate.status(db)[1]
    with db.read() as connection:
        options = {"compare_type": True, "include_name": is_declared}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    migrate.downgrade(db, "base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    db.close()


def test_a_database_of_a_newer_release_is_refused(db: Database) -> None:
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="made by a newer release, install that one"):
        migrate.upgrade(db)


def rows_of(db: Database, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table as the database has them."""
    with db.read() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]


def test_hits_from_before_tiers_are_kept_and_exact(db: Database) -> None:
    hits = make_hits(db, 3)
    migrate.downgrade(db, "0001")
    old = rows_of(db, "hit")
    assert [row["id"] for row in old] == [hit.id for hit in hits]
    assert "tier" not in old[0]
    assert "held" not in old[0]
    with db.write() as connection:  # as the release before wrote them
        mentions = json.dumps([["is-k", "title", 0, 4, "IS-K", "IS-K"]])
        connection.execute(text("UPDATE hit SET mentions = :mentions"), {"mentions": mentions})
    migrate.upgrade(db)
    assert items.unrouted_hits(db, limit=10) == hits
    assert {(hit.tier, hit.held, hit.mentions[0].tier, hit.mentions[0].context) for hit in hits} == {
        (Tier.EXACT, (), Tier.EXACT, None)
    }


def test_feeds_from_before_courses_are_kept_and_nothing_is_known_of_them(db: Database) -> None:
    feed = make_feed(db)
    course = Course(moved_to="https://new.example/rss", beats=(NOW,), terms=Terms(ttl=timedelta(hours=1)))
    record(db, replace(make_outcome(feed), course=course))
    migrate.downgrade(db, "0002")
    assert not {"moved_to", "terms", "beats", "retired_at"} & set(rows_of(db, "feed")[0])
    migrate.upgrade(db)
    kept = feeds.find_feed(db, feed.url)
    assert kept is not None
    assert (kept.id, kept.etag, kept.course) == (feed.id, '"v1"', Course())


def test_items_from_before_versions_are_in_their_first_one_and_their_hits_too(db: Database) -> None:
    hits = make_hits(db, 2)
    migrate.downgrade(db, "0004")
    assert "item_version" not in inspect(db.engine).get_table_names()
    assert not {"version", "edited_at", "withdrawn_at"} & set(rows_of(db, "item")[0])
    migrate.upgrade(db)
    assert items.unrouted_hits(db, limit=10) == hits
    assert {(hit.item.version, hit.item.newest_version, hit.item.edited_at) for hit in hits} == {(1, 1, None)}


def test_feeds_from_before_subscriptions_have_none_and_lose_theirs_with_the_tables(empty_url: str) -> None:
    db = Database.open(empty_url)
    migrate.upgrade(db, "0005")
    assert not {"subscription", "push"} & set(inspect(db.engine).get_table_names())
    migrate.upgrade(db)
    feed = make_feed(db)
    assert feed.subscription is None
    record(db, replace(make_outcome(feed), offer=("https://hub.example/", feed.url)))
    kept = feeds.find_feed(db, feed.url)
    assert kept is not None
    assert kept.subscription is not None
    pushes.add_push(db, kept.subscription.id, headers={}, body=b"x", now=NOW)
    migrate.downgrade(db, "0005")
    assert not {"subscription", "push"} & set(inspect(db.engine).get_table_names())
    migrate.upgrade(db)
    assert feeds.find_feed(db, feed.url) == replace(kept, subscription=None)
    db.close()


def test_feeds_from_before_hosts_are_asked_at_the_host_they_moved_to_or_else_at_their_own(db: Database) -> None:
    urls = ["https://A.example:8080/rss", "https://moved.example/rss", "file:///box/a.xml"]
    for feed in [make_feed(db, url) for url in urls]:
        moved_to = "https://New.example/rss" if "moved" in feed.url else None
        record(db, replace(make_outcome(feed), course=Course(moved_to=moved_to)))
    migrate.downgrade(db, "0005")
    assert "host" not in inspect(db.engine).get_table_names()
    assert "host" not in rows_of(db, "feed")[0]
    with db.write() as connection:  # no address that any release took
        connection.execute(text("UPDATE feed SET url = 'http://[' WHERE url LIKE 'file:%'"))
    migrate.upgrade(db)
    assert [row["host"] for row in rows_of(db, "feed")] == ["a.example", "new.example", ""]


def test_feeds_from_before_troubles_are_kept_and_what_fails_is_there_to_be_told(db: Database) -> None:
    feed = make_feed(db)
    beats = tuple(NOW - timedelta(days=number) for number in range(6))
    record(db, replace(make_outcome(feed, error="http 503"), course=Course(beats=beats)))
    failing = feeds.list_feeds(db)
    troubles.notice(db, TroubleKind.FAILING, failing, now=NOW)
    assert [case.feed for case in troubles.untold(db)] == failing
    migrate.downgrade(db, "0005")
    assert "feed_trouble" not in inspect(db.engine).get_table_names()
    assert "quiet_at" not in rows_of(db, "feed")[0]
    assert "ix_feed_failing" not in {index["name"] for index in inspect(db.engine).get_indexes("feed")}
    migrate.upgrade(db)
    assert troubles.untold(db) == []
    assert troubles.unnoticed(db, TroubleKind.FAILING, now=NOW) == failing


def test_articles_are_kept_from_their_migration_on_and_forgotten_with_it(db: Database) -> None:
    feed = feeds.add_feed(db, FeedSpec("https://news.example/rss", full_text=True), shards=8, now=NOW)
    record(db, make_outcome(feed, make_item("a", matches=[make_match()])))
    assert len(articles.due_articles(db, now=NOW, limit=9)) == 1
    hits = items.unrouted_hits(db, limit=9)
    migrate.downgrade(db, "0005")
    assert "article" not in inspect(db.engine).get_table_names()
    migrate.upgrade(db)
    assert articles.due_articles(db, now=NOW, limit=9) == []
    assert items.unrouted_hits(db, limit=9) == hits


def test_silences_and_acknowledgements_are_forgotten_with_their_migration_and_alerts_are_not(db: Database) -> None:
    alert = make_alert(db, make_hits(db))
    spec = SilenceSpec(RouteMatch(tags=frozenset({"is-k"})), None, NOW + timedelta(hours=1), "ana", "why")
    silences.add_silence(db, spec, now=NOW)
    acks.acknowledge(db, alert, who="ana", note="", via="command", now=NOW)
    known = alerts.find_alert(db, alert.id)
    migrate.downgrade(db, "0009")
    assert not {"silence", "acknowledgement"} & set(inspect(db.engine).get_table_names())
    migrate.upgrade(db)
    assert silences.list_silences(db) == []
    assert acks.acks_of(db, alert) == []
    assert alerts.find_alert(db, alert.id) == known


def test_deliveries_from_before_receipts_are_kept_and_have_none(db: Database) -> None:
    deliveries.add(db, [make_delivery("a")])
    deliveries.mark_sent(db, "a", now=NOW, receipt="1690718400.000100")
    assert rows_of(db, "delivery")[0]["receipt"] == "1690718400.000100"
    migrate.downgrade(db, "0009")
    assert "receipt" not in rows_of(db, "delivery")[0]
    migrate.upgrade(db)
    [again] = deliveries.list_deliveries(db, limit=9)
    assert (again.id, again.state, again.receipt) == ("a", DeliveryState.SENT, None)


def test_items_from_before_decisions_keep_why_they_are_old_news_and_no_decision(db: Database) -> None:
    feed = make_feed(db)
    old = make_item("old", matches=[make_match()], old_news="9 d old")
    record(db, make_outcome(feed, old, make_item("new", matches=[make_match()])))
    assert [row["watchlist_version"] for row in rows_of(db, "item")] == ["v1", "v1"]
    migrate.downgrade(db, "0012")
    assert not {"old_news", "watchlist_version"} & set(rows_of(db, "item")[0])
    assert "decisions" not in rows_of(db, "hit")[0]
    migrate.upgrade(db)
    assert [(row["watchlist_version"], bool(row["old_news"])) for row in rows_of(db, "item")] == [
        ("", True),
        ("", False),
    ]
    assert [hit.verdict_note for hit in items.list_hits(db, items.HitFilter())] == ["", "9 d old"]


def test_deliveries_from_before_the_order_of_the_outbox_wait_as_grave_as_their_alerts(empty_url: str) -> None:
    db = Database.open(empty_url)
    migrate.upgrade(db, "0012")
    notice = json.dumps({"type": "alert.created", "data": {"alert": {"severity": "critical"}}})
    columns = "id, channel, receiver, type, notice, thread, state, attempts, created_at, next_attempt_at"
    for id_, state, said in (("a", "pending", notice), ("b", "pending", '{"data": {}}'), ("c", "sent", notice)):
        values = f"'{id_}', 'd/w', 'd', 'x', '{said}', 't', '{state}', 0, '2023-07-30 12:00:00', '2023-07-30 12:00:00'"
        with db.write() as connection:
            connection.exec_driver_sql(f"INSERT INTO delivery ({columns}) VALUES ({values})")
    migrate.upgrade(db)
    assert [row["severity"] for row in rows_of(db, "delivery")] == [3, 0, 0]
    migrate.downgrade(db, "0012")
    assert "severity" not in rows_of(db, "delivery")[0]
    assert "channel" not in inspect(db.engine).get_table_names()
    migrate.upgrade(db)
    assert [one.id for one in queue.next_due(db, "d/w", now=NOW + timedelta(hours=1), limit=9)[0]] == ["a", "b"]
    db.close()


def test_an_id_is_never_given_twice_after_a_migration_up_and_down(db: Database) -> None:
    last = make_hits(db, 3)[-1].id
    migrate.downgrade(db, "0001")
    migrate.upgrade(db)
    with db.write() as connection:
        connection.execute(text("DELETE FROM hit"))
    assert [hit.id for hit in make_hits(db, 1, "https://other.example/rss")] == [last + 1]


def test_entries_are_known_from_the_third_migration_on_and_forgotten_with_it(empty_url: str) -> None:
    db = Database.open(empty_url)
    migrate.upgrade(db, "0002")
    assert "seen_entry" not in inspect(db.engine).get_table_names()
    migrate.upgrade(db)
    feed = make_feed(db)
    record(db, make_outcome(feed, make_item("a"), shown=frozenset({1, 2})))
    if db.dialect == "sqlite":
        with db.read() as connection, pytest.raises(OperationalError, match="no such column"):
            connection.execute(text("SELECT rowid FROM seen_entry"))
    migrate.downgrade(db, "0002")
    assert "seen_entry" not in inspect(db.engine).get_table_names()
    migrate.upgrade(db)
    assert items.known_hashes(db, feed.id) == frozenset()
    assert items.known_guids(db, feed.id, ["a"]) == {"a"}
    record(db, make_outcome(feed, shown=frozenset({1})))
    with db.write() as connection:
        connection.execute(text("DELETE FROM item"))
        connection.execute(text("DELETE FROM feed"))
    assert items.known_hashes(db, feed.id) == frozenset()
    db.close()


def migrate_to_next_release(db: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, *, then: str = "") -> None:
    """Run, after those there are, a migration that changes the table `feed`, on SQLite by copying it."""
    config = migrate._config()  # the migrations of this release, wherever they are installed
    shutil.copytree(str(config.get_main_option("script_location")), folder)
    head = migrate.status(db)[1]
    (folder / "versions" / "9999_next.py").write_text(NEXT_RELEASE.format(head=head, then=then))
    config.set_main_option("script_location", str(folder))
    monkeypatch.setattr(migrate, "_config", lambda: config)
    migrate.upgrade(db)


def test_changing_a_table_keeps_the_rows_that_refer_to_it(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = make_hits(db, 3)
    migrate_to_next_release(db, tmp_path / "alembic", monkeypatch)
    assert migrate.status(db) == ("9999", "9999")
    assert items.unrouted_hits(db, limit=10) == hits
    if db.dialect == "sqlite":
        with db.write() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_migration_that_would_orphan_rows_is_undone(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.dialect != "sqlite":
        pytest.skip("PostgreSQL checks references while it migrates")
    hits = make_hits(db, 3)
    before = migrate.status(db)[0]
    with pytest.raises(StoreError, match="would orphan rows; undone"):
        migrate_to_next_release(db, tmp_path / "alembic", monkeypatch, then='op.execute("DELETE FROM item")')
    assert migrate.status(db)[0] == before
    assert items.unrouted_hits(db, limit=10) == hits


def test_tables_that_are_up_to_date_wait_for_no_writer(url: str) -> None:
    db, other = Database.open(url), Database.open(url)
    with db.write() as connection:
        connection.execute(text("UPDATE feed SET active = active"))
        migrate.upgrade(other)
    db.close()
    other.close()


def test_stories_from_before_reports_are_kept_and_take_no_more(db: Database) -> None:
    hits = make_hits(db, 2)
    migrate.downgrade(db, "0012")
    assert not {"report", "sketch", "story_key"} & set(inspect(db.engine).get_table_names())
    assert rows_of(db, "story")[0]["words"] in ("[]", [])
    migrate.upgrade(db)
    assert "words" not in rows_of(db, "story")[0]
    assert items.unrouted_hits(db, limit=9) == hits
    assert items.publishers(db, {hit.item.story_id or 0 for hit in hits}) == {}
    record(db, make_outcome(make_feed(db, "https://b.example/rss"), make_item("b", "IS-K 0", matches=[make_match()])))
    assert items.unrouted_hits(db, limit=9)[-1].item.story_id not in {hit.item.story_id for hit in hits}


def test_spellings_from_before_they_were_kept_are_taken_from_the_hits_and_are_not_new(db: Database) -> None:
    make_hits(db, 3)
    query = text("SELECT entity, folded, surface, item_id, first_at FROM spelling ORDER BY folded")
    with db.read() as connection:
        kept = [tuple(row) for row in connection.execute(query)]
    assert [row[:4] for row in kept] == [("is-k", kept[0][1], "IS-K", kept[0][3])]
    migrate.downgrade(db, "0015")
    assert "spelling" not in inspect(db.engine).get_table_names()
    migrate.upgrade(db)
    with db.read() as connection:
        assert [tuple(row) for row in connection.execute(query)] == kept


def test_hits_from_before_they_could_be_looked_for_are_found(db: Database) -> None:
    record(db, make_outcome(make_feed(db), make_item("a", "Blast in Bajaur", matches=[make_match()])))
    record(db, make_outcome(make_feed(db), make_item("b", "Nothing to see in Bajaur")))
    everything = Search(terms=tuple(terms_of("bajaur")), feed_id=1, lang="en")
    [hit] = look(db, everything, limit=9).hits
    [story] = tellings.list_stories(db, limit=9)
    assert story.severity is Severity.HIGH
    migrate.downgrade(db, "0015")
    assert not any(name.startswith("item_words") for name in inspect(db.engine).get_table_names())
    assert not {"feed_id", "lang"} & set(rows_of(db, "hit")[0])
    migrate.upgrade(db)
    assert look(db, everything, limit=9).hits == [hit]
    assert tellings.list_stories(db, limit=9) == [story]
    with db.write() as connection:
        connection.execute(text("DELETE FROM item"))
    assert look(db, everything, limit=9).hits == []
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM item_words")).scalar_one() == 0


def test_feeds_from_before_pauses_are_not_paused_and_go_on_when_the_column_goes(db: Database) -> None:
    feed = make_feed(db)
    feeds.pause(db, feed.id, Pause(NOW, "ana", "their site is rebuilt"))
    migrate.downgrade(db, "0015")
    assert not {"paused_at", "paused_by", "paused_why"} & set(rows_of(db, "feed")[0])
    migrate.upgrade(db)
    assert feeds.find_feed(db, feed.url) == feed


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_of_many_that_start_at_once_one_makes_the_tables_and_the_others_wait_for_it(empty_url: str) -> None:
    nodes = [Database.open(empty_url) for _ in range(3)]
    with ThreadPoolExecutor(len(nodes)) as threads:
        assert list(threads.map(migrate.upgrade, nodes)) == [None] * len(nodes)
    assert migrate.status(nodes[0])[0] == migrate.status(nodes[0])[1]
    for node in nodes:
        node.close()


@pytest.mark.parametrize("own_db", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_change_of_tables_that_others_hold_lets_them_work_and_is_tried_again(
    own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, url = own_db, own_db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(migrate, "TRIES", 2)
    migrate.downgrade(db, "0019")
    with Database.open(url).load() as holder, holder.begin():
        holder.execute(text("SELECT count(*) FROM feed"))
        with pytest.raises(StoreError, match="others hold them; stop what keeps a transaction open"):
            migrate.downgrade(db, "0018")
        assert migrate.status(db)[0] == "0019"
        monkeypatch.setattr(migrate, "TRIES", 200)
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(migrate.downgrade, db, "0018")
            time.sleep(0.3)
            holder.execute(text("SELECT count(*) FROM feed"))
            assert not waiting.done()
            holder.rollback()
            waiting.result(timeout=60)
    assert migrate.status(db)[0] == "0018"
