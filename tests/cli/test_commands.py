"""The commands, as a person and as a program calls them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.__main__ import main
from monitor.app import utcnow
from monitor.cli.main import app
from monitor.core.channel_rest import ChannelRest
from monitor.core.types import (
    ArticleCourse,
    ArticleLook,
    ArticleState,
    Course,
    EditedItem,
    FeedSpec,
    HostRest,
    HubMode,
    Mention,
    Terms,
    Tier,
)
from monitor.errors import MonitorError, UnknownIdError
from monitor.store import articles, channels, deliveries, meta, subscriptions, versions
from monitor.store.database import Database
from monitor.store.feeds import add_feed, list_feeds
from monitor.store.hosts import keep_rests
from monitor.store.subscriptions import HubRequest
from tests.store.rows import (
    ENTITIES,
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

CONFIG = """\
watchlists: watchlists
database: sqlite:///monitor.db
feeds: [{url: https://news.example/rss, name: Paper}]
digests: [{name: weekly, schedule: "0 7 * * mon", receiver: console}]
"""
LIST = """\
watchlist: test
title: Test
entities: [{id: is-k, kind: organisation, name: IS-K}, {id: bajaur, kind: place, name: Bajaur}]
rules:
  - id: both
    title: Both
    when: is-k AND bajaur
    severity: critical
    examples: {match: [IS-K in Bajaur], no_match: [IS-K in Kabul]}
"""


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path) -> Path:
    """Return a folder with a configuration and a database with two hits, an alert and its deliveries."""
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "test.yaml").write_text(LIST)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    (tmp_path / "monitor.db").write_bytes(migrated_file.read_bytes())
    db = Database.open(f"sqlite:///{tmp_path}/monitor.db")
    make_alert(db, make_hits(db, 2))
    deliveries.add(db, [make_delivery("dlv_dead"), make_delivery("dlv_sent")])
    deliveries.mark_failed(db, "dlv_dead", error="gone", next_attempt_at=None)
    db.close()
    return tmp_path


def call(house: Path, *words: str, stdin: str | None = None) -> tuple[int, str]:
    """Return exit code and output of a command; an error of the package is raised as main() would tell it."""
    result = CliRunner().invoke(app, [*words, "--config", str(house / "monitor.yaml")], input=stdin)
    if isinstance(result.exception, MonitorError):
        raise result.exception
    return result.exit_code, result.output


def ask(house: Path, *words: str) -> Any:
    """Return what a command says as JSON."""
    code, output = call(house, *words, "--json")
    assert code == 0, output
    return json.loads(output)


def test_a_feed_is_paused_with_a_reason_and_resumed(house: Path) -> None:
    [url] = [one["url"] for one in ask(house, "feeds", "list")]
    with pytest.raises(MonitorError, match="say who pauses the feed, and why"):
        call(house, "feeds", "pause", url, "--by", "ana")
    code, said = call(house, "feeds", "pause", url, "--by", "ana", "--reason", "their site is rebuilt")
    assert (code, said) == (0, f"paused; go on with: monitor feeds resume {url}\n")
    [row] = ask(house, "feeds", "list", "--state", "paused")
    assert (row["paused"]["who"], row["paused"]["why"]) == ("ana", "their site is rebuilt")
    assert "paused by ana: their site is rebuilt" in call(house, "feeds", "list")[1]
    assert call(house, "feeds", "resume", url) == (0, f"resumed {url}\n")
    with pytest.raises(MonitorError, match="is not paused"):
        call(house, "feeds", "resume", url)
    with pytest.raises(UnknownIdError, match=r"no feed https://none\.example/ is polled"):
        call(house, "feeds", "pause", "https://none.example/", "--by", "ana", "--reason", "x")


@pytest.mark.parametrize(
    "words",
    [
        ["feeds", "list"], ["hits", "list", "--since", "10y"], ["hits", "show", "1"], ["alerts", "list", "--since", "10y"],
        ["alerts", "show", "alr_1"], ["watchlists", "show"], ["watchlists", "show", "--entity", "is-k"], ["status"],
        ["db", "status"],
    ],
)  # fmt: skip
def test_listings_are_tables_for_people_and_json_for_programs(house: Path, words: Sequence[str]) -> None:
    code, output = call(house, *words)
    assert (code, "{" in output) == (0, False), output
    assert ask(house, *words)


def test_hits_say_why_and_can_be_a_spreadsheet(house: Path) -> None:
    [newest, _] = json.loads(call(house, "hits", "list", "--since", "10y", "--json")[1])
    assert (newest["rule"], newest["why"], newest["verdict"]) == ("entity:is-k", "the reason", "alerted")
    code, output = call(house, "hits", "list", "--since", "10y", "--format", "csv")
    assert code == 0
    assert output.splitlines()[0].startswith("id,created_at,severity,rule")
    assert len(output.splitlines()) == 3
    assert call(house, "hits", "list", "--severity", "grave")[0] == 2
    assert call(house, "hits", "list", "--since", "yesterday")[0] == 2
    with pytest.raises(UnknownIdError, match="no hit 99; see: monitor hits list"):
        call(house, "hits", "show", "99")


def test_a_hit_says_how_sure_it_is_and_which_words_made_it(house: Path) -> None:
    mention = Mention("bajaur", "title", 8, 15, "Bajaure", "Bajaur", Tier.SPELLING, "is-k OR kabul")
    held = ("is-k: “IS-K”", "bajaur: “Bajaure”")
    match = replace(make_match("both", "bajaur"), mentions=(mention,), held=held, tier=Tier.SPELLING)
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        record(db, make_outcome(make_feed(db, "https://other.example/rss"), make_item("new", matches=[match])))
    newest = json.loads(call(house, "hits", "list", "--since", "10y", "--json")[1])[0]
    assert (newest["tier"], newest["held"]) == ("spelling", list(held))
    [told] = newest["mentions"]
    assert (told["alias"], told["tier"], told["context"]) == ("Bajaur", "spelling", "is-k OR kabul")
    shown = " ".join(call(house, "hits", "show", str(newest["id"]))[1].split())
    assert "held is-k: “IS-K” bajaur: “Bajaure” words" in shown
    assert "'Bajaure' in title at 8: alias 'Bajaur' of bajaur, spelling, beside is-k OR kabul tier spelling" in shown
    assert ask(house, "hits", "show", str(newest["id"]))["held"] == list(held)


def test_a_hit_of_an_edited_item_says_so_and_shows_what_it_said_before(house: Path) -> None:
    edit = EditedItem(1, "IS-K denies it", "other words, " * 50)
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        assert ask(house, "hits", "show", "1")["versions"] == [
            {"number": 1, "title": "IS-K 0", "text": "text", "seen_at": "2023-07-30T12:00:00Z"}
        ]
        record(db, replace(make_outcome(list_feeds(db)[0]), edits=(edit,)), now=NOW + timedelta(hours=1))
        with db.write() as connection:
            versions.withdraw(connection, [1], now=NOW + timedelta(hours=2))
    shown = " ".join(call(house, "hits", "show", "1")[1].split())
    for words in (
        "title IS-K 0", "version 1 of 2", "edited 2023-07-30 13:00Z", "headline now IS-K denies it",
        "withdrawn 2023-07-30 14:00Z", "1 (this hit) 2023-07-30 12:00Z IS-K 0 text", "2 2023-07-30 13:00Z IS-K denies it",
    ):  # fmt: skip
        assert words in shown
    told = ask(house, "hits", "show", "1")
    assert [one["title"] for one in told["versions"]] == ["IS-K 0", "IS-K denies it"]
    assert (told["item"]["headline"], told["item"]["withdrawn_at"]) == ("IS-K denies it", "2023-07-30T14:00:00Z")


def test_dead_letters_are_sent_again_by_command(house: Path) -> None:
    assert call(house, "alerts", "retry") == (0, "1 deliveries are due again\n")
    assert call(house, "alerts", "retry", "dlv_sent")[0] == 1
    with pytest.raises(UnknownIdError, match="no alert x"):
        call(house, "alerts", "show", "x")


def test_dead_letters_are_listed_with_their_reasons_and_status_says_how_old_they_are(house: Path) -> None:
    code, said = call(house, "alerts", "list", "--failed")
    assert (code, "dlv_dead" in said, "gone" in said, "dlv_sent" in said) == (0, True, True, False)
    [dead] = ask(house, "alerts", "list", "--failed")
    assert (dead["id"], dead["channel"], dead["attempts"], dead["error"]) == ("dlv_dead", "desk/webhook", 1, "gone")
    assert "monitor alerts retry" in call(house, "status")[1]
    told = {one["state"]: one["oldest_at"] for one in ask(house, "status")["deliveries"]}
    assert told["dead"].startswith("2023-07-30T12:00:00")
    call(house, "alerts", "retry")
    assert call(house, "alerts", "list", "--failed") == (0, "Nothing was given up.\n")


def test_status_says_which_channel_does_not_work_since_when_and_why(house: Path) -> None:
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db, db.write() as connection:
        channels.keep_rest(connection, "desk/webhook", ChannelRest(3, NOW, NOW, "answered 401: check its token", True))
        channels.keep_rest(connection, "desk/slack", ChannelRest(1, NOW, NOW, "answered 500"))
    said = call(house, "status")[1]
    words = "channel desk/webhook has not worked since 2023-07-30 12:00Z: answered 401: check its token"
    assert f"warning {words} -> monitor check --send-test" in " ".join(said.split())
    assert "desk/slack has not worked" not in said
    [resting] = ask(house, "status")["channels_resting"]
    assert (resting["channel"], resting["failures"], resting["refused"]) == ("desk/webhook", 3, True)


def test_a_feed_says_how_it_is_doing_and_when_it_is_asked_next_and_why(house: Path) -> None:
    db = Database.open(f"sqlite:///{house}/monitor.db")
    feed = list_feeds(db)[0]
    course = Course(
        moved_to="https://new.example/rss",
        patience=timedelta(hours=1),
        terms=Terms(timedelta(hours=2), timedelta(hours=1), frozenset({3, 4}), frozenset({6})),
        beats=(NOW, NOW - timedelta(hours=1)),
    )
    record(db, replace(make_outcome(feed), course=course))
    db.close()
    code, said = call(house, "feeds", "show", feed.url)
    assert code == 0
    for words in (
        "healthy", "200", "2023-07-30 12:15Z", "every 15m", "news every", "the last 2 counted", "https://new.example/rss",
        "max-age or Expires 2h; ttl 1h; skip hours 3 4 UTC; skip Sun", '"v1", Sun, 30 Jul 2023',
    ):  # fmt: skip
        assert words in said
    shown = ask(house, "feeds", "show", feed.url)
    assert (shown["state"], shown["course"]["moved_to"], shown["next_poll_at"]) == (
        "healthy",
        "https://new.example/rss",
        "2023-07-30T12:15:00Z",
    )
    assert ask(house, "feeds", "list")[0]["state"] == "healthy"
    with pytest.raises(UnknownIdError, match="there is no feed"):
        call(house, "feeds", "show", "https://other.example/")


def test_a_feed_is_shown_by_its_address_without_the_password_as_notices_write_it(house: Path) -> None:
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        make_feed(db, "https://reader:s3cret@paid.example/rss")
    code, said = call(house, "feeds", "show", "https://paid.example/rss")
    assert code == 0
    assert "https://paid.example/rss" in said
    assert "s3cret" not in said


def test_a_feed_tells_of_its_hub_and_keeps_its_secrets(house: Path) -> None:
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        feed = make_feed(db, "https://hubbed.example/rss")
        record(db, replace(make_outcome(feed), offer=("https://hub.example/", feed.url)))
        [due] = subscriptions.due_subscriptions(db, base="https://x/", now=NOW, limit=9)
        request = HubRequest(HubMode.SUBSCRIBE, "hush-token", "hush-secret", "https://x/hush-token")
        subscriptions.ask(db, due.subscription.id, request, attempts=1, next_attempt_at=NOW)
        end_at = utcnow() + timedelta(days=9)
        subscriptions.verify(db, due.subscription.id, lease_until_at=end_at, next_attempt_at=end_at, now=NOW)
    code, output = call(house, "feeds", "show", feed.url)
    assert code == 0
    shown = " ".join(output.split())
    assert "https://hub.example/" in shown
    assert "active; no hub is asked, see web.public_url and polling.websub" in shown
    assert f"lease ends {end_at:%Y-%m-%d}" in shown
    plain = ask(house, "feeds", "show", feed.url)
    assert plain["subscription"]["hub"] == "https://hub.example/"
    assert "hush" not in output + json.dumps(plain)


def test_feeds_of_a_host_that_rests_say_until_when_and_why(house: Path) -> None:
    db = Database.open(f"sqlite:///{house}/monitor.db")
    rest = HostRest(datetime(9999, 1, 1, tzinfo=UTC), "the publisher asks for patience (429)", 2)
    with db.write() as connection:
        keep_rests(connection, {"news.example": rest})
    db.close()
    [listed] = ask(house, "feeds", "list")
    assert (listed["state"], listed["rest"]["until_at"], listed["rest"]["reason"]) == (
        "resting",
        "9999-01-01T00:00:00Z",
        rest.reason,
    )
    for command in (["list"], ["show", "https://news.example/rss"]):
        code, said = call(house, "feeds", *command)
        assert code == 0
        words = " ".join(said.split())
        assert "resting" in words
        assert "9999-01-01" in words
    assert "host news.example rests until 9999-01-01 00:00 UTC: the publisher asks for patience (429)" in words


def test_status_says_on_one_screen_what_is_heard_what_fails_and_what_was_refused(house: Path) -> None:
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        feed = list_feeds(db)[0]
        record(db, make_outcome(feed, error="not a feed: <h1>\x1b[31mMoved</h1>", at=utcnow()))
        for number in range(15):
            one = add_feed(db, FeedSpec(f"https://{number}.example/", f"Radio {number:02}"), shards=8, now=NOW)
            record(db, make_outcome(one, error="timeout: x", at=utcnow()))
        meta.put(db, meta.CONFIG_REFUSED, "monitor.yaml:3: feeds: wrong")
        code, said = call(house, "status")
        assert code == 0
        for words in (
            "0 of 16 feeds heard; 15 failing: Radio 00, Radio 01, Radio 02 and 12 more",
            "1 not a feed: Paper", "warning a change of the configuration was refused: monitor.yaml:3: feeds: wrong -> monitor config check",
            "warning none of the 16 feeds is heard", "timeout: x", "and 4 more of 16 feeds",
            "warning 1 delivery was given up -> monitor alerts list --failed", "weekly next Mon",
        ):  # fmt: skip
            assert words in " ".join(said.split())
        assert "\x1b" not in said
        assert said.index("a change of") < said.index("none of the 16") < said.index("was given up")
        told = ask(house, "status")
        assert (told["coverage"]["watched"], told["coverage"]["heard"], told["coverage"]["states"]["failing"]) == (
            16,
            0,
            15,
        )
        assert told["coverage"]["reasons"] == {"not a feed": 1, "timeout": 15}
        assert len(told["warnings"]) == 4
        assert {one["cure"].split(";")[0] for one in told["cures"]} == {
            "monitor config check",
            "monitor feeds list",
            "monitor alerts list --failed",
        }
        assert told["daemon"]["state"] in ("not running", "ready", "not ready")
        assert len(told["failing_feeds"]) == 16
        meta.put(db, meta.CONFIG_REFUSED, None)
        assert "refused" not in call(house, "status")[1]


def test_feeds_come_and_go_by_command(house: Path) -> None:
    assert call(house, "feeds", "add", "https://new.example/rss", "--tag", "x", "--no-check")[0] == 0
    assert [feed["url"] for feed in ask(house, "feeds", "list")] == [
        "https://new.example/rss",
        "https://news.example/rss",
    ]
    code, opml = call(house, "feeds", "export")
    (house / "more.opml").write_text(opml.replace("new.example", "newer.example"))
    assert (code, call(house, "feeds", "import", str(house / "more.opml"))) == (
        0,
        (0, "added 1 of 2 feeds; the others were there already\n"),
    )
    assert call(house, "feeds", "remove", "https://new.example/rss")[0] == 0
    with pytest.raises(UnknownIdError, match=r"no feed https://new.example/rss is polled"):
        call(house, "feeds", "remove", "https://new.example/rss")
    with pytest.raises(MonitorError, match="expected http:// or https://"):
        call(house, "feeds", "add", "ftp://x")


def test_a_digest_can_be_looked_at_and_sent(house: Path) -> None:
    code, _ = call(house, "digest", "preview", "weekly", "--out", str(house / "out"))
    assert code == 0
    assert "<html" in (house / "out" / "weekly.html").read_text()
    assert (house / "out" / "weekly.txt").read_text().startswith("Weekly digest")
    code, output = call(house, "digest", "send", "weekly")
    assert code == 0
    assert "Weekly digest" in output, "there is no daemon, so it is sent from here: to the console"
    assert output.rstrip().split()[-2:] == ["console/console", "sent"]
    with closing(Database.open(f"sqlite:///{house}/monitor.db", exclusive=True)):  # a daemon runs
        code, output = call(house, "digest", "send", "weekly")
    assert (code, output) == (0, "due for console/console; the daemon sends it\n")
    with pytest.raises(UnknownIdError, match=r"no digest 'daily' .*configured are: weekly"):
        call(house, "digest", "preview", "daily")


def test_the_configuration_is_checked_shown_and_described(house: Path) -> None:
    code, output = call(house, "check")
    assert (code, "1 feed, 1 watchlist, 2 entities, 1 rule, 1 receiver" in output) == (0, True)
    assert call(house, "config", "check")[0] == 0
    assert json.loads(call(house, "config", "show")[1])["polling"]["interval"] == "PT15M"
    schema = CliRunner().invoke(app, ["config", "schema"])
    assert "properties" in json.loads(schema.output)
    code, output = call(house, "check", "--send-test")
    assert (code, "console/console" in output) == (0, True)


def test_an_entity_where_a_folder_is_expected_is_told_how_to_be_shown(house: Path) -> None:
    with pytest.raises(UnknownIdError, match="there is no folder bajaur; an entity is shown with: --entity bajaur"):
        call(house, "watchlists", "show", "bajaur")
    assert "Bajaur (bajaur), place" in call(house, "watchlists", "show", "--entity", "bajaur")[1]


def test_check_warns_of_a_route_that_no_hit_will_take(house: Path) -> None:
    routes = "route: {receiver: console, routes: [{match: {watchlist: tset}}]}\n"
    (house / "monitor.yaml").write_text(CONFIG + routes)
    code, output = call(house, "check")
    warning = "monitor.yaml:5: route.routes[0].match.watchlist: no watchlist 'tset'; did you mean 'test'?"
    assert (code, "warning: " in output, warning in output) == (0, True, True)


def test_a_backup_and_an_upgrade(house: Path) -> None:
    assert call(house, "db", "upgrade")[0] == 0
    assert call(house, "db", "backup", str(house / "copy.db"))[0] == 0
    assert (house / "copy.db").stat().st_size > 0


def test_a_starter_configuration_is_written_once_and_is_valid(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["init", str(tmp_path / "mine")])
    assert made.exit_code == 0
    code, output = call(tmp_path / "mine", "config", "check")
    assert (code, "ok: " in output) == (0, True)
    again = CliRunner().invoke(app, ["init", str(tmp_path / "mine")])
    assert isinstance(again.exception, MonitorError)
    assert "is there already; nothing was written" in str(again.exception)


def test_match_answers_each_line_in_order_and_reports_bad_ones_in_place(house: Path) -> None:
    lines = [
        {"id": "a", "title": "IS-K", "text": "in Bajaur"},
        {"id": "b", "title": "nothing", "lang": None},
        {"title": "no id"},
        {"id": "d"},
        {"id": "e", "text": 5},
    ]
    text = "\n".join([json.dumps(lines[0]), "not json {", *(json.dumps(line) for line in lines[1:])])
    code, output = call(house, "match", "-", "--json", stdin=text)
    answers = [json.loads(line) for line in output.splitlines()]
    assert code == 1
    assert [answer["id"] for answer in answers] == ["a", None, "b", None, None, None]
    assert [answer.get("line") for answer in answers] == [None, 2, None, 4, 5, 6]
    assert answers[0]["mentions"][0] == {
        "entity": "is-k",
        "field": "title",
        "start": 0,
        "end": 4,
        "surface": "IS-K",
        "alias": "IS-K",
        "tier": "exact",
        "context": None,
    }
    assert answers[0]["hits"][0] == {
        "rule": "both", "watchlist": "test", "severity": "critical", "entities": ["is-k", "bajaur"],
        "why": 'rule both: "IS-K" (is-k, title), "Bajaur" (bajaur, text)', "tier": "exact",
        "held": ['is-k: "IS-K" (title 0)', 'bajaur: "Bajaur" (text 3)'],
    }  # fmt: skip
    assert answers[2] == {"id": "b", "mentions": [], "hits": []}


def test_match_takes_a_file_as_one_text_and_explains(house: Path) -> None:
    (house / "article.txt").write_text("IS-K\nBajaur, and is-k in lower case")
    code, output = call(house, "match", str(house / "article.txt"), "--json", "--explain")
    [answer] = [json.loads(line) for line in output.splitlines()]
    assert (code, answer["id"], len(answer["mentions"])) == (0, "article.txt", 2)
    assert [(one["surface"], one["reason"]) for one in answer["rejected"]] == [("is-k", "case: IS-K has capitals")]
    code, output = call(house, "match", str(house / "article.txt"))
    assert (code, "critical rule both: " in output) == (0, True)
    assert call(house, "match", str(house / "none.txt"))[0] == 2


def commands(words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return every command below `words`."""
    import typer

    group = typer.main.get_command(app)
    for word in words:
        group = group.commands[word]  # type: ignore[attr-defined]  # a group
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]  # a group
        found += commands((*words, name)) if hasattr(command, "commands") else [(*words, name)]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, monitor.cli.main; print(sorted({'sqlalchemy', 'numpy', 'feedparser', 'pydantic', 'starlette', 'aiohttp', 'yaml', 'asyncio'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_error_is_one_text_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["monitor", "status", "--config", "none.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (
        2,
        "none.yaml: there is no such file; make a starter one with: monitor init\n",
    )


def test_feeds_are_listed_by_their_state(house: Path) -> None:
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        record(db, make_outcome(make_feed(db, "https://other.example/rss"), error="http 503: Service Unavailable"))
        record(db, make_outcome(make_feed(db, "https://shop.example/"), error="not a feed: the answer is empty"))
    assert [one["url"] for one in ask(house, "feeds", "list", "--state", "failing")] == ["https://other.example/rss"]
    both = ask(house, "feeds", "list", "--state", "failing", "--state", "not a feed")
    assert {one["state"] for one in both} == {"failing", "not a feed"}
    assert call(house, "feeds", "list", "--state", "retired") == (0, "No feed is retired.\n")
    assert call(house, "feeds", "list", "--state", "broken")[0] == 2


def test_what_was_found_on_a_page_is_told_apart_and_counted(house: Path) -> None:
    with closing(Database.open(f"sqlite:///{house}/monitor.db")) as db:
        spec = FeedSpec("https://pages.example/rss", "Pages", full_text=True)
        feed = add_feed(db, spec, shards=8, now=NOW)
        record(db, make_outcome(feed, make_item("a", "A blast"), make_item("b", "Another")))
        [row] = articles.due_articles(db, now=NOW, limit=1)
        mention = Mention("is-k", "text", 6, 10, "IS-K", "IS-K")
        match = replace(make_match(), mentions=(mention, replace(mention, start=0, end=4)))
        edit = EditedItem(row.item_id, "A blast", "text\n\nIS-K did it.", own_chars=4, matches=(match,))
        read = ArticleCourse(ArticleState.READ, headline="A blast")
        look = ArticleLook(row.item_id, NOW, read, edit=edit)
        articles.record_looks(db, [look], patience={}, watchlist_version="v1", entities=ENTITIES, now=NOW)
    assert ask(house, "feeds", "show", feed.url)["articles"] == {"read": 1, "waiting": 1}
    shown = " ".join(call(house, "feeds", "show", feed.url)[1].split())
    assert "articles 1 waiting, 1 read" in shown
    assert "articles" not in call(house, "feeds", "show", "https://news.example/rss")[1]
    hit_id = str(ask(house, "hits", "list", "--since", "10y")[0]["id"])
    assert ask(house, "hits", "show", hit_id)["item"]["own_chars"] == 4
    shown = " ".join(call(house, "hits", "show", hit_id)[1].split())
    assert "'IS-K' in text at 6, on the page: alias" in shown
    assert "'IS-K' in text at 0: alias" in shown
    assert "article read; its text begins at 4" in shown


def test_an_acknowledgement_is_kept_and_shown(house: Path) -> None:
    code, said = call(house, "alerts", "ack", "alr_1", "--by", "ana", "--note", "called Khar")
    assert (code, said) == (0, "acknowledged by ana; only what is graver than high is told from now on\n")
    assert ": called Khar" in call(house, "alerts", "show", "alr_1")[1]
    [ack] = ask(house, "alerts", "show", "alr_1")["acknowledged"]
    assert (ack["who"], ack["via"], ack["severity"]) == ("ana", "command", "high")
    with pytest.raises(UnknownIdError, match="no alert alr_2"):
        call(house, "alerts", "ack", "alr_2", "--by", "ana")
    with pytest.raises(MonitorError, match="say who"):
        call(house, "alerts", "ack", "alr_1", "--by", " ")


def test_marks_of_hits_are_counted_with_the_watchlists(house: Path) -> None:
    [row] = ask(house, "watchlists", "show")
    assert row["marks"] == {"right": 0, "wrong": 0, "precision": None}
    assert call(house, "hits", "mark", "1", "right", "--by", "ana") == (0, "hit 1: right\n")
    assert call(house, "hits", "mark", "2", "wrong", "--by", "ana")[0] == 0
    assert "right by ana" in call(house, "hits", "show", "1")[1]
    assert [one["mark"] for one in ask(house, "hits", "list", "--since", "10y")] == ["wrong", "right"]
    shown = ask(house, "watchlists", "show", "--entity", "is-k")
    assert shown["marks"] == {"IS-K": {"right": 1, "wrong": 1, "precision": 0.5}}
    assert "50%" in call(house, "watchlists", "show", "--entity", "is-k")[1]
    table = call(house, "watchlists", "show")[1]
    for words in ("entity:is-k", "Paper", "50%"):
        assert words in table
    assert call(house, "hits", "mark", "2", "none")[0] == 0
    assert ask(house, "watchlists", "show", "--entity", "is-k")["marks"]["IS-K"]["precision"] == 1.0
    with pytest.raises(UnknownIdError, match="no hit 9"):
        call(house, "hits", "mark", "9", "right")
    assert call(house, "hits", "mark", "1", "perhaps")[0] == 2


def test_showing_watchlists_makes_no_database(house: Path) -> None:
    (house / "monitor.db").unlink()
    assert ask(house, "watchlists", "show")
    assert not (house / "monitor.db").exists()


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (["--role", "poll,cook"], "no role 'cook'; there are: poll, alert, deliver, web"),
        (["--role", "poll", "--role", "web"], "with engine: embedded nobody would do the rest"),
    ],
)
def test_a_node_cannot_run_roles_that_there_are_not_or_leave_work_undone(
    house: Path, roles: list[str], said: str
) -> None:
    code, output = call(house, "run", *roles)
    assert code == 2
    assert said in " ".join(output.replace("\u2502", " ").split())


def test_one_process_has_nothing_to_publish(house: Path) -> None:
    with pytest.raises(MonitorError, match="are in force themselves, there is nothing to do"):
        call(house, "watchlists", "publish", "--by", "amina")
