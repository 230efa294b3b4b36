"""The configuration: everything validated, every mistake told with file, line, key and cure."""

import json
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pydantic import BaseModel

from monitor.config import extras, models
from monitor.config.feedlist import write_opml
from monitor.config.settings import DkimSettings, RuntimeSettings, Settings, load_settings, schema, show
from monitor.core.types import FeedSpec, QuietHours, RouteMatch, Severity, SilenceSpec, Tier
from monitor.errors import ConfigError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_b2xkIHNlY3JldCBvZiB0aGUgd2ViaG9vaw=="

FULL = f"""\
database: postgresql+psycopg://user:hush@db.example/monitor
watchlists: watchlists
http: {{timeout: 20s, max_body: 10MiB, concurrency: 64, per_host: 1, allow_private_networks: false, proxy: null}}
polling: {{interval: 15m, min_interval: 5m, max_interval: 24h, first_poll_alerts: 24h}}
feeds:
  - url: https://example.org/rss
    name: Example
    tags: [pakistan]
    interval: 10m
    full_text: false
    headers: {{Authorization: "Bearer ${{TOKEN}}"}}
  - opml: feeds.opml
smtp: {{host: mail.example.org, port: 587, starttls: required, username: u, password_file: smtp-password, from: "Event Monitor <monitor@example.org>"}}
receivers:
  - name: desk
    channels:
      - slack: {{url: "${{SLACK_URL:-https://hooks.slack.example/T0/SLACKSECRET}}"}}
      - webhook: {{url: https://hooks.example.org/in, secret: {SECRET}}}
      - webhook: {{url: https://hooks.example.org/in2}}
      - email: {{to: [desk@example.org]}}
      - console: {{}}
  - {{name: pager, channels: [{{mattermost: {{url: https://chat.example/hooks/1}}}}]}}
  - {{name: readers, channels: []}}
route:
  receiver: desk
  group_by: [story]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 0s
  routes:
    - {{match: {{severity: [critical]}}, receiver: pager, group_wait: 0s}}
    - {{match: {{watchlist: [jui-f], tags: [bajaur]}}, receiver: desk, continue: true}}
    - {{match: {{severity: [high], publishers: ">=2"}}, receiver: pager, routes: [{{match: {{lang: ur}}}}]}}
digests:
  - {{name: weekly, schedule: "0 7 * * mon", timezone: Asia/Karachi, receiver: readers}}
silences: []
web: {{listen: "127.0.0.1:8080", token: "${{MONITOR_TOKEN:-}}"}}
retention: {{items: 180d, hits: 5y, deliveries: 90d}}
log: {{level: info, format: text}}
"""

OPML = """<opml version="2.0"><body><outline text="Region"><outline text="Paper" xmlUrl="https://paper.example/rss"/>
</outline></body></opml>"""


def load(folder: Path, text: str, **environ: str) -> Settings:
    """Load a configuration that says `text`."""
    (folder / "monitor.yaml").write_text(text)
    return load_settings(folder / "monitor.yaml", environ)


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    """Return what is wrong with a configuration, without the folder's name."""
    with pytest.raises(ConfigError) as error:
        load(folder, text, **environ)
    return [str(problem).replace(f"{folder}/", "") for problem in error.value.problems]


def test_every_key_of_the_product_is_read(folder: Path) -> None:
    (folder / "feeds.opml").write_text(OPML)
    (folder / "smtp-password").write_text("mailsecret\n")
    settings = load(folder, FULL, TOKEN="feedsecret")
    assert [feed.url for feed in settings.feeds] == ["https://example.org/rss", "https://paper.example/rss"]
    assert settings.feeds[0].headers == {"Authorization": "Bearer feedsecret"}
    assert settings.feeds[0].interval == timedelta(minutes=10)
    assert settings.feeds[1].tags == ("Region",)
    assert settings.http.max_body == 10 * 2**20
    assert settings.smtp is not None
    assert settings.smtp.password is not None
    assert settings.smtp.password.get_secret_value() == "mailsecret"
    keys = [spec.key for spec in settings.receivers["desk"].channels]
    assert keys == ["desk/slack", "desk/webhook", "desk/webhook-2", "desk/email", "desk/console"]
    first, second, third = settings.route.routes
    assert (first.path, first.group_wait, first.group_interval) == ("0", timedelta(0), timedelta(minutes=5))
    assert first.match.severity == {Severity.CRITICAL}
    assert second.proceed
    assert third.match.publishers == 2
    assert (third.routes[0].path, third.routes[0].receiver) == ("2.0", "pager")
    assert settings.web.token is None
    assert settings.retention.hits == timedelta(days=5 * 365)
    assert {path.name for path in settings.files} == {"monitor.yaml", "feeds.opml", "smtp-password"}
    assert settings.warnings == ()


def test_an_empty_file_is_a_configuration_that_prints_alerts_in_the_terminal(folder: Path) -> None:
    settings = load(folder, "")
    assert settings.database == f"sqlite:///{folder.resolve()}/data/monitor.db"
    assert settings.route.receiver == "console"
    assert [spec.kind for spec in settings.receivers["console"].channels] == ["console"]


def test_who_is_told_of_feeds_in_trouble_is_somebody_who_can_be(folder: Path) -> None:
    told = load(folder, "").feed_notices
    assert (told.receiver, told.after_failures, told.after) == ("console", 3, timedelta(hours=1))
    assert (told.quiet, told.missed) == (True, True)
    receivers = "receivers: [{name: digest}, {name: none}, {name: desk, channels: [{console: {}}]}]\n"
    routed = f"{receivers}route: {{receiver: digest}}\n"
    assert load(folder, routed).feed_notices.receiver == "desk"
    assert load(folder, f"{receivers}route: {{receiver: desk}}\n").feed_notices.receiver == "desk"
    own = load(
        folder, f"{routed}feed_notices: {{receiver: digest, after_failures: 5, after: 0s, quiet: false}}\n"
    ).feed_notices
    assert (own.receiver, own.after_failures, own.after, own.quiet) == ("digest", 5, timedelta(0), False)
    assert load(folder, "receivers: [{name: digest}]\n").feed_notices.receiver == "digest"


CHATS = """receivers:
  - name: desk
    channels:
      - slack: {token_file: slack-token, channel: C1}
      - discord: {url: https://discord.example/api/webhooks/1/HIDDEN1, forum: true}
      - teams: {url: "https://teams.example/workflows/HIDDEN2?sig=HIDDEN2"}
      - google_chat: {url: "https://chat.example/v1/spaces/x/messages?key=HIDDEN3"}
      - telegram: {token: "1:HIDDEN4", chat_id: -100123, topic: 7}
      - matrix: {homeserver: https://matrix.example, token: HIDDEN5, room: "!room:matrix.example"}
      - webhook: {url: https://hooks.example/in, secret_file: secrets}
"""


def test_every_chat_is_read_and_no_secret_of_one_is_shown(folder: Path) -> None:
    (folder / "slack-token").write_text("xoxb-HIDDEN6\n")
    (folder / "secrets").write_text(f"{SECRET}\n{OLD_SECRET}\n")
    settings = load(folder, CHATS)
    assert settings.warnings == ()
    assert [spec.kind for spec in settings.receivers["desk"].channels] == [
        "slack", "discord", "teams", "google_chat", "telegram", "matrix", "webhook",
    ]  # fmt: skip
    hook = settings.receivers["desk"].channels[-1].options
    assert isinstance(hook, models.WebhookModel)
    assert [one.get_secret_value() for one in hook.secret] == [SECRET, OLD_SECRET]
    shown = json.dumps(show(settings.path, {}))
    assert not any(secret in shown for secret in ("HIDDEN", SECRET, OLD_SECRET))


@pytest.mark.parametrize(
    ("channel", "problem"),
    [
        ("slack: {channel: C1}", "expected either url: (an incoming webhook) or token: and channel: (an app)"),
        ("slack: {url: https://x.example/HIDDEN, token: HIDDEN, channel: C1}", "expected either url:"),
        ("slack: {token: HIDDEN}", "expected either url:"),
        ("matrix: {homeserver: https://m.example, token: HIDDEN, room: '#news:m.example'}", "begins with !"),
        ("telegram: {token: HIDDEN}", "chat_id: is missing"),
        (f"webhook: {{url: https://x.example, secret: [{OLD_SECRET}, HIDDEN]}}", "secret: expected whsec_ and base64"),
        ("nats: {servers: https://HIDDEN@n.example}", "expected an address that begins with nats:// or tls://"),
        ("webhook: {url: https://x.example, rate: 30}", "expected how many in which span, such as 30/1m"),
        ("nats: {servers: []}", "servers: expected at least one address"),
        ("nats: {servers: nats://n.example, subject: 'news.>'}", "subject"),
        ("nats: {servers: nats://n.example, username: u}", "username and password (or password_file) come together"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_without_its_secret(folder: Path, channel: str, problem: str) -> None:
    (said,) = problems(folder, f"receivers: [{{name: desk, channels: [{{{channel}}}]}}]\n")
    assert problem in said
    assert said.startswith("monitor.yaml:1: receivers[0].channels[0].")
    assert "HIDDEN" not in said


@pytest.mark.parametrize(
    ("module", "channel"),
    [("nats", "nats: {servers: nats://n.example}"), ("apprise", "apprise: {url: ntfy://topic}")],
)
def test_a_channel_whose_part_is_not_installed_says_how_to_install_it(
    folder: Path, module: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == module else object())
    (said,) = problems(folder, f"receivers: [{{name: desk, channels: [{{{channel}}}]}}]\n")
    assert said == (
        f"monitor.yaml:1: receivers[0].channels[0].{module}: {module} needs a part that is not installed: "
        f"pip install 'event-monitor[{module}]'"
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_address_that_apprise_does_not_know_is_refused(folder: Path) -> None:
    pytest.importorskip("apprise", reason="apprise is not installed: the extra event-monitor[apprise]")
    (said,) = problems(folder, "receivers: [{name: desk, channels: [{apprise: {url: 'nosuch://HIDDEN'}}]}]\n")
    assert "apprise knows no such address" in said
    assert "HIDDEN" not in said
    assert load(folder, "receivers: [{name: desk, channels: [{apprise: {url: 'json://x.example'}}]}]\n").warnings == ()


def test_a_heartbeat_is_read_and_its_address_is_a_secret(folder: Path) -> None:
    settings = load(folder, "heartbeat: {url: 'https://hc.example/ping/HIDDEN'}\n")
    assert settings.heartbeat is not None
    assert settings.heartbeat.every == timedelta(minutes=1)
    assert "HIDDEN" not in json.dumps(show(settings.path, {}))
    (said,) = problems(folder, "heartbeat: {url: 'https://hc.example/ping/HIDDEN', every: 1s}\n")
    assert "every: expected at least 10s" in said
    assert "HIDDEN" not in said


DKIM = """smtp:
  host: mail.example.org
  from: "Monitor <monitor@alerts.example.org>"
  dkim:
    domain: {domain}
    selector: news
    key_file: dkim.pem
"""


def make_key(bits: int = 1_024, *, phrase: bytes | None = None) -> bytes:
    """Return a private key in PEM."""
    locked = BestAvailableEncryption(phrase) if phrase else NoEncryption()
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, locked)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("domain", ["alerts.example.org", "Example.org"])
def test_a_key_that_signs_mails_is_read(folder: Path, domain: str, line_end: bytes) -> None:
    key = make_key()
    (folder / "dkim.pem").write_bytes(key.replace(b"\n", line_end))
    settings = load(folder, DKIM.format(domain=domain))
    assert settings.dkim == DkimSettings(domain.lower(), "news", key)
    assert folder / "dkim.pem" in settings.files, "a new key is taken without a restart"
    assert settings.warnings == ()
    assert "PRIVATE" not in repr(settings) + json.dumps(show(settings.path, {}))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "cannot be read (No such file or directory); check its path, owner and mode"),
        (b"\xff", "cannot be read (it is not text); check its path, owner and mode"),
        (b"", "this is no private RSA key in PEM; make one with: openssl genrsa -out dkim.pem 2048"),
        (b"-----BEGIN PUBLIC KEY-----\nMFww\n-----END PUBLIC KEY-----\n", "this is no private RSA key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n", "no private RSA key"),
        (make_key(phrase=b"p"), "the key has a passphrase, and nobody is there to type it; make one with"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_its_file_and_the_cure(
    folder: Path, key: bytes | None, said: str
) -> None:
    if key is not None:
        (folder / "dkim.pem").write_bytes(key)
    (problem,) = problems(folder, DKIM.format(domain="example.org"))
    assert problem.startswith("monitor.yaml:7: smtp.dkim.key_file: dkim.pem")
    assert said in problem


def test_a_key_too_short_for_receivers_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "DKIM_BITS", 1_025)
    (folder / "dkim.pem").write_bytes(make_key())
    (problem,) = problems(folder, DKIM.format(domain="example.org"))
    assert "the key has 1024 bits, and receivers take none below 1025; make one with" in problem


def test_signing_says_how_to_install_what_it_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    (problem,) = problems(folder, DKIM.format(domain="example.org"))
    assert problem.startswith("monitor.yaml:4: smtp.dkim: signing mails needs a part that is not installed")
    assert "pip install 'event-monitor[dkim]'" in problem


def test_a_signature_for_another_domain_than_that_of_the_sender_is_a_warning(folder: Path) -> None:
    (folder / "dkim.pem").write_bytes(make_key())
    (warning,) = load(folder, DKIM.format(domain="mailer.example")).warnings
    assert "monitor.yaml:5: smtp.dkim.domain: mailer.example has nothing to do with alerts.example.org" in warning


@pytest.mark.parametrize(
    "keys",
    [
        "from: a@e.example, reply_to: desk",
        "from: 'Monitor, Event <a@e.example>'",
        "from: 'a@e.example, b@e.example'",
        "from: a@e.example, dkim: {domain: 'a b', selector: s, key_file: k}",
    ],
)
def test_addresses_and_domains_of_mails_are_checked(folder: Path, keys: str) -> None:
    (problem,) = problems(folder, f"smtp: {{host: h.example, {keys}}}\n")
    assert "expected a" in problem


def test_no_secret_is_shown(folder: Path) -> None:
    (folder / "feeds.opml").write_text(OPML)
    (folder / "smtp-password").write_text("mailsecret\n")
    (folder / "monitor.yaml").write_text(FULL)
    shown = json.dumps(show(folder / "monitor.yaml", {"TOKEN": "feedsecret", "MONITOR_TOKEN": "websecret"}))
    for secret in ("hush", "feedsecret", "mailsecret", "SLACKSECRET", SECRET, "websecret"):
        assert secret not in shown
    assert "user:***@db.example" in shown


def test_files_are_feeds_below_opened_folders_whose_absence_is_a_warning(folder: Path) -> None:
    (folder / "box").mkdir()
    url = (folder / "box" / "x.xml").as_uri()
    (folder / "f.opml").write_text(f'<opml><body><outline text="X" xmlUrl="{url}"/></body></opml>')
    settings = load(folder, f"feed_folders: [box, away]\nfeeds: [{{opml: f.opml}}, {{url: '{url}2'}}]\n")
    assert [feed.url for feed in settings.feeds] == [url, f"{url}2"]
    assert settings.feed_folders == ((folder / "box").resolve(), (folder / "away").resolve())
    [warning] = settings.warnings
    assert "feed_folders[1]: there is no folder" in warning


def test_a_list_of_feeds_keeps_what_it_says_unless_the_configuration_says_otherwise(folder: Path) -> None:
    specs = [FeedSpec("https://a.example/", "A", ("x",), timedelta(minutes=10), full_text=True)]
    (folder / "f.opml").write_text(write_opml(specs))
    [kept] = load(folder, "feeds: [{opml: f.opml, tags: [y]}]\n").feeds
    assert (kept.tags, kept.interval, kept.full_text) == (("x", "y"), timedelta(minutes=10), True)
    [said] = load(folder, "feeds: [{opml: f.opml, interval: 1h}]\n").feeds
    assert said.interval == timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "feeds:\n  - url: https://example.org/rss\n    intervall: 10m\n",
            r"monitor.yaml:3: feeds\[0\].intervall: unknown key; did you mean 'interval'\? expected one of: .*",
        ),
        ("polling:\n  interval: soon\n", r"monitor.yaml:2: polling.interval: expected a span such as 90s, .*'soon'"),
        ("http: {max_body: big}\n", r"monitor.yaml:1: http.max_body: expected a size such as 10MiB .*"),
        ("route: {receiver: nobody}\n", r"monitor.yaml:1: route.receiver: no receiver 'nobody'; defined are: console"),
        (
            'digests:\n  - {name: weekly, schedule: "0 7 * *", receiver: console}\n',
            r"monitor.yaml:2: digests\[0\].schedule: '0 7 \* \*' is no cron line .*expected such as .*",
        ),
        (
            'digests:\n  - {name: weekly, schedule: "0 7 * * mon", timezone: Asia/Karatschi, receiver: console}\n',
            r"monitor.yaml:2: digests\[0\].timezone: 'Asia/Karatschi' is no time zone; .*",
        ),
        ("watchlists: nowhere\n", r"monitor.yaml:1: watchlists: there is no folder nowhere; make it.*"),
        (
            "web:\n  listen: 127.0.0.1:8080\n  token_file: missing\n",
            r"monitor.yaml:1: web: token_file: missing cannot be read \(No such file or directory\); check its path.*",
        ),
        ("web: {listen: 0.0.0.0:8080}\n", r"monitor.yaml:1: web.listen: 0.0.0.0 can be reached .*set web.token.*"),
        ("web: {listen: nowhere}\n", r"monitor.yaml:1: web.listen: expected host:port such as .*"),
        ("database: mysql://x/y\n", r"monitor.yaml:1: database: expected sqlite:///.* or postgresql\+psycopg://.*"),
        ("feeds:\n  - url: ftp://x/y\n", r"monitor.yaml:2: feeds\[0\].url: expected an address that begins with http.*"),
        ("feeds:\n  - {name: x}\n", r"monitor.yaml:2: feeds\[0\]: expected either url: .* or opml: .*"),
        (
            "feeds:\n  - url: https://a.example/\n  - url: https://a.example/\n",
            r"monitor.yaml:3: feeds\[1\].url: https://a.example/ stands here a second time; keep one",
        ),
        ("feeds:\n  - url: file:///etc/passwd\n", r"monitor.yaml:2: feeds\[0\].url: it lies in no folder .*`feed_folders:`.*"),
        ("feed_folders: [.]\nfeeds: [{url: file:feeds/x.xml}]\n", r"monitor.yaml:2: feeds\[0\].url: expected file:// and .*"),
        ("feeds:\n  - opml: none.opml\n", r"none.opml: cannot be read: No such file or directory"),
        (
            "receivers:\n  - name: desk\n    channels:\n      - email: {to: [a@example.org]}\n",
            r"monitor.yaml:4: receivers\[0\].channels\[0\].email: needs `smtp:` .*",
        ),
        (
            "receivers:\n  - name: desk\n    channels:\n      - {console: {}, slack: {url: https://x.example}}\n",
            r"monitor.yaml:4: receivers\[0\].channels\[0\]: expected exactly one kind of channel .*",
        ),
        (
            "receivers:\n  - {name: a, channels: []}\n  - {name: a, channels: []}\n",
            r"monitor.yaml:3: receivers\[1\].name: there is a receiver 'a' already; .*",
        ),
        (
            "receivers: [{name: a, channels: [{webhook: {url: https://x.example, secret: short}}]}]\n",
            r"monitor.yaml:1: receivers\[0\].channels\[0\].webhook: secret: expected whsec_ and base64 .*make one with.*",
        ),
        ("polling: {interval: 1m}\n", r"monitor.yaml:1: polling: expected 0s < min_interval <= interval <= max_interval"),
        ("route: {receiver: console, match: {severity: [high]}}\n", r"monitor.yaml:1: route.match: the root takes every .*"),
        ("route: {receiver: console, routes: [{match: {severity: [grave]}}]}\n", r"monitor.yaml:1: .*'low', 'medium', .*"),
        ('log: {level: "${LEVEL}"}\n', r"monitor.yaml:1: log.level: the environment has no LEVEL; set it, or give a default.*"),
        ("http:\n\ttimeout: 2s\n", r"monitor.yaml:2: is not YAML: found a tab; indent with spaces.*"),
        (
            "feed_notices: {receiver: consol}\n",
            r"monitor.yaml:1: feed_notices.receiver: no receiver 'consol'; did you mean 'console'\? .*",
        ),
        ("feed_notices: {after_failures: 0}\n", r"monitor.yaml:1: feed_notices.after_failures: expected at least 1; .*"),
        ("http: {per_host: 0}\n", r"monitor.yaml:1: http.per_host: expected at least 1; found 0"),
        ("http: {per_host: many}\n", r"monitor.yaml:1: http.per_host: expected a whole number; found 'many'"),
        (
            "http: {exempt_hosts: [a.example, 'https://b.example/']}\n",
            r"monitor.yaml:1: http.exempt_hosts\[1\]: expected the name of a host alone, such as news.google.com; .*",
        ),
        ("http:\n", r"monitor.yaml:1: http: is empty; expected keys and values"),
        ("receivers: [{name: a, channels: [{email: {to: []}}]}]\n", r"monitor.yaml:1: .*\.to: expected at least 1 in the list"),
        ("feeds: [", r"monitor.yaml:2: is not YAML: did not find expected node content.*"),
        ("log: {}\nlog: {}\n", r"monitor.yaml:2: log: stands here a second time, first in line 1; keep one"),
        ("- a\n", r"monitor.yaml:1: expected keys and values, such as `feeds:`; see: monitor init"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_problem_with_its_place_and_its_cure(folder: Path, text: str, expected: str) -> None:
    found = problems(folder, text)
    assert len(found) == 1, found
    assert re.fullmatch(expected, found[0].replace(str(folder.resolve()) + "/", "")), found[0]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(folder: Path) -> None:
    found = problems(folder, "http: {timeout: x}\npolling: {interval: y}\nlog: {level: z}\n")
    assert [line.split(": ")[0] for line in found] == ["monitor.yaml:1", "monitor.yaml:2", "monitor.yaml:3"]


def test_quiet_hours_and_limits_are_inherited(folder: Path) -> None:
    text = """\
route:
  receiver: console
  mute: {times: "22:00-07:00", timezone: Asia/Karachi}
  max_per_hour: 20
  repeat_interval: 4h
  routes: [{match: {severity: critical}, mute: {times: []}, max_per_hour: 0}, {match: {tags: a}, mute: {times: ["20:00-24:00"]}}]
inhibit: [{source: {severity: critical}, target: {severity: [low, medium]}}]
"""
    loaded = load(folder, text)
    night = QuietHours(((time(22), time(7)),), ZoneInfo("Asia/Karachi"))
    urgent, other = loaded.route.routes
    assert (loaded.route.mute, loaded.route.max_per_hour, loaded.route.repeat_interval) == (
        night,
        20,
        timedelta(hours=4),
    )
    assert (urgent.mute, urgent.max_per_hour) == (QuietHours((), ZoneInfo("UTC")), 0)
    assert (other.mute.times, other.max_per_hour) == (((time(20), time(0)),), 20)
    assert [one.source.severity for one in loaded.inhibit] == [{Severity.CRITICAL}]
    assert loaded.warnings == ()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mute: {times: 22-7}", 'expected a span of the day such as "22:00-07:00"'),
        ("mute: {times: '25:00-07:00'}", 'expected a span of the day such as "22:00-07:00"'),
        ("mute: {times: ['00:00-12:00', '12:00-24:00']}", "they leave no minute of the day"),
        ("mute: {times: '22:00-07:00', timezone: Mars}", "'Mars' is no time zone"),
        ("max_per_hour: -1", "expected at least 0"),
    ],
)
def test_quiet_hours_that_mean_nothing_are_told(folder: Path, key: str, expected: str) -> None:
    [problem] = problems(folder, f"route: {{receiver: console, {key}}}\n")
    assert expected in problem


def test_an_inhibition_needs_both_sides(folder: Path) -> None:
    [problem] = problems(folder, "inhibit: [{source: {severity: critical}, target: {}}]\n")
    assert "at least one condition each" in problem


def test_a_silence_is_read_with_its_instants(folder: Path) -> None:
    text = """\
silences:
  - {match: {severity: low, tier: [spelling]}, start: 2026-12-24, end: "2027-01-01T05:00+05:00", author: Ana, reason: holidays}
  - {match: {publishers: ">=2"}, end: 2027-01-01 00:00, reason: test}
"""
    loaded = load(folder, text)
    assert loaded.warnings == ()
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    low = RouteMatch(severity=frozenset({Severity.LOW}), tier=frozenset({Tier.SPELLING}))
    assert loaded.silences == (
        SilenceSpec(low, datetime(2026, 12, 24, tzinfo=UTC), new_year, "Ana", "holidays"),
        SilenceSpec(RouteMatch(publishers=2), None, new_year, "", "test"),
    )


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        ("match: {}, end: 2027-01-01, reason: r", "match: expected at least one condition"),
        ("match: {severity: low}, start: 2027-01-02, end: 2027-01-01, reason: r", "expected a start before the end"),
        ("match: {severity: low}, end: tomorrow, reason: r", "expected an instant such as 2026-12-05"),
        ("match: {severity: low}, end: 2027-01-01, reason: ''", "reason"),
        ("match: {severity: low}, end: 2027-01-01", "reason: is missing"),
    ],
)
def test_a_silence_needs_a_condition_an_end_and_a_reason(folder: Path, silence: str, expected: str) -> None:
    [problem] = problems(folder, f"silences: [{{{silence}}}]\n")
    assert expected in problem


def test_full_text_needs_the_extra_and_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "list.opml").write_text(write_opml([FeedSpec("https://a.example/", full_text=True)]))
    own, listed = "feeds: [{url: https://a.example/, full_text: true}]\n", "feeds:\n  - opml: list.opml\n"
    for text in (own, listed):
        [spec] = load(folder, text).feeds
        assert spec.full_text
    (folder / "plain.opml").write_text(write_opml([FeedSpec("https://b.example/")]))
    [spec] = load(folder, "feeds: [{opml: plain.opml, full_text: true}]\n").feeds
    assert spec.full_text
    monkeypatch.setattr("monitor.config.settings.find_spec", lambda name: None)
    cure = "a part that is not installed: pip install 'event-monitor[article]'"
    [problem] = problems(folder, own)
    assert problem.endswith(f"monitor.yaml:1: feeds[0].full_text: reading articles needs {cure}")
    [problem] = problems(folder, listed)
    assert problem.endswith(
        f"monitor.yaml:2: feeds[0].opml: feeds in it ask for full_text; reading articles needs {cure}"
    )
    assert load(folder, "feeds: [{url: https://a.example/}]\n").feeds


@pytest.mark.parametrize(
    "options", ["{url: 'hooks.slack.example/SECRETPART'}", "https://hooks.slack.example/SECRETPART"]
)
def test_a_secret_value_is_never_part_of_a_problem(folder: Path, options: str) -> None:
    text = f"receivers: [{{name: a, channels: [{{slack: {options}}}]}}]\n"
    assert "SECRETPART" not in str(problems(folder, text))


def test_a_password_among_the_parameters_of_the_database_is_masked(folder: Path) -> None:
    text = "database: postgresql+psycopg://db.example/monitor?user=u&password=hush&sslmode=require"
    (folder / "monitor.yaml").write_text(text)
    shown = show(folder / "monitor.yaml", {})
    assert shown["database"] == "postgresql+psycopg://db.example/monitor?user=u&password=***&sslmode=require"


def test_without_any_file_the_places_that_were_tried_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"there is no monitor.yaml, .*monitor init"):
        load_settings(None, {})


def test_the_environment_names_the_file(folder: Path) -> None:
    (folder / "other.yaml").write_text("log: {level: debug}")
    assert load_settings(None, {"MONITOR_CONFIG": str(folder / "other.yaml")}).log.level == "debug"


def test_the_schema_knows_the_twins_of_secrets() -> None:
    found = schema()
    assert "token_file" in found["$defs"]["WebModel"]["properties"]
    assert found["additionalProperties"] is False


def test_every_key_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    known = {
        field.alias or name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    }
    missing = sorted(key for key in known if not re.search(rf"\b{re.escape(key)}\b", text))
    assert missing == []


def test_one_process_does_the_work_unless_a_cluster_is_asked_for(folder: Path) -> None:
    assert load(folder, "").runtime == RuntimeSettings("embedded", 8, 4)
    rows = "database: postgresql+psycopg://u@db/monitor\n"
    assert load(folder, f"{rows}runtime: {{engine: cluster}}\n").runtime == RuntimeSettings("cluster", 256, 64)
    parts = load(folder, f"{rows}runtime: {{engine: cluster, shards: 32, lanes: 2}}\n").runtime
    assert (parts, parts.shared) == (RuntimeSettings("cluster", 32, 2), True)


def test_a_cluster_needs_a_database_that_all_reach(folder: Path) -> None:
    [problem] = problems(folder, "runtime:\n  engine: cluster\n")
    assert "monitor.yaml:2: runtime.engine: cluster needs a database that all machines reach" in problem
    assert "take engine: embedded" in problem


def test_a_cluster_says_how_to_install_what_it_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    [problem] = problems(folder, "database: postgresql+psycopg://u@db/monitor\nruntime: {engine: cluster}\n")
    assert "monitor.yaml:2: runtime.engine: a cluster needs a part that is not installed" in problem
    assert "pip install 'event-monitor[cluster]'" in problem
