"""What the receiver of an alert knows of it, and how many tell its story."""

from dataclasses import replace
from datetime import timedelta

from monitor.core.types import Alert, Change, Severity
from monitor.store import alerts, items
from monitor.store.alerts import AlertLink, HitVerdict, NewAlert, RoutingBatch
from monitor.store.database import Database
from monitor.store.told import standing
from monitor.store.versions import tell_again
from tests.store.rows import NOW, make_alert, make_feed, make_item, make_match, make_outcome, record

TITLE = "IS-K bomber strikes convention in Khar bazaar"


def two_reports(db: Database) -> Alert:
    """Store one story told by two publishers, with an alert over all its hits, and return it."""
    first = make_item(
        "a", TITLE, matches=[make_match(), make_match("both", "is-k", "bajaur", severity=Severity.CRITICAL)]
    )
    record(db, make_outcome(make_feed(db), first))
    other = make_item("b", "Convention in Khar bazaar struck by IS-K bomber, say police", matches=[make_match()])
    other = replace(other, entry=replace(other.entry, url="https://other.example/b"))
    record(db, make_outcome(make_feed(db, "https://other.example/rss"), other))
    return make_alert(db, items.unrouted_hits(db, limit=9))


def test_nothing_is_known_before_it_was_told(db: Database) -> None:
    known = standing(db, two_reports(db))
    assert (known.reports, known.publishers, known.severity, known.entities) == (2, 2, None, frozenset())


def test_what_was_told_is_known_by_its_severity_and_entities(db: Database) -> None:
    alert = two_reports(db)
    hits = {hit.rule: hit for hit in alerts.hits_of(db, alert.id)}
    alerts.notify(db, alert.id, hits=[hits["entity:is-k"]], deliveries=[], now=NOW)
    known = standing(db, alert)
    assert (known.severity, known.entities) == (Severity.HIGH, frozenset({"is-k"}))
    alerts.notify(db, alert.id, hits=[hits["both"]], deliveries=[], now=NOW + timedelta(hours=1))
    known = standing(db, alert)
    assert (known.severity, known.entities) == (Severity.CRITICAL, frozenset({"is-k", "bajaur"}))


def test_what_is_to_be_told_again_was_told(db: Database) -> None:
    alert = two_reports(db)
    alerts.notify(db, alert.id, hits=alerts.hits_of(db, alert.id), deliveries=[], now=NOW)
    with db.write() as connection:
        connection.exec_driver_sql("UPDATE feed SET full_text = TRUE")
        assert tell_again(connection, [1], Change.HEADLINE) == 2
    assert standing(db, alert).severity is Severity.CRITICAL


def test_an_alert_of_no_story_counts_its_own_reports(db: Database) -> None:
    hits = alerts.hits_of(db, two_reports(db).id)
    alert = Alert("alr_2", "desk", "0", "rule", "IS-K", Severity.HIGH, None, NOW, NOW, NOW, None)
    links = tuple(AlertLink("alr_2", hit.id) for hit in hits if hit.rule == "both")
    verdicts: tuple[HitVerdict, ...] = ()
    alerts.apply_routing(db, RoutingBatch(verdicts, (NewAlert(alert, "r"),), links), now=NOW)
    assert (standing(db, alert).reports, standing(db, alert).publishers) == (1, 1)
