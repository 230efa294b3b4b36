"""Play the bundled day through the daemon: publish in steps, watch alerts arrive, count what came."""

import asyncio
import base64
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from monitor.clock import utcnow
from monitor.config.settings import load_settings
from monitor.config.starter import starter_watchlists
from monitor.daemon import Daemon
from monitor.demo.servers import Day, MailSink, Newsstand, WebhookSink, free_port, mailing, read_day, serving
from monitor.jobs.digest import send_so_far
from monitor.store import alerts, deliveries, feeds, items

STEP_SECONDS = 8.0
"""Pause between two parts of the day when a person watches."""

PATIENCE_SECONDS = 50.0
"""How long `--once` waits for everything to arrive; it promises to end within a minute."""

LOOK_SECONDS = 0.1
"""How often to look whether something has arrived."""

CONFIG = """
database: sqlite:///demo.db
watchlists: {watchlists}
http: {{timeout: 5s, allow_private_networks: true}}
polling: {{interval: 1s, min_interval: 1s, max_interval: 1s, first_poll_alerts: 24h}}
feeds:
{feeds}
smtp: {{host: 127.0.0.1, port: {mail}, starttls: never, from: "Event Monitor demo <monitor@demo.example>"}}
receivers:
  - name: desk
    channels:
      - webhook: {{url: "http://127.0.0.1:{hook}/hook", secret: {secret}}}
      - email: {{to: [desk@demo.example]}}
{console}
  - {{name: readers, channels: [{{email: {{to: [readers@demo.example]}}}}]}}
  - {{name: digest-only, channels: []}}
route:
  receiver: desk
  group_by: [story]
  group_wait: 1s
  group_interval: 4s
  routes:
    - {{match: {{severity: [critical, high]}}, receiver: desk, group_wait: 0s}}
    - {{match: {{severity: [low]}}, receiver: digest-only}}
digests:
  - {{name: weekly, schedule: "0 7 * * mon", timezone: Asia/Karachi, receiver: readers}}
retention: {{items: 50y, hits: 50y}}
web: {{listen: "127.0.0.1:{port}", public_url: "http://127.0.0.1:{port}"}}
"""


@dataclass
class Report:
    """What arrived, and what did not."""

    counts: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@dataclass
class _Stage:
    """Everything that plays along."""

    day: Day
    stand: Newsstand
    hook: WebhookSink
    mail: MailSink
    daemon: Daemon


async def play(*, once: bool, port: int, quiet: bool) -> Report:
    """Play the day. With `once`, end when all has arrived and report; else go on until interrupted.

    port    of the dashboard, 0 for a free one
    quiet   print no alerts on the terminal
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="event-monitor-demo-")))
        day = read_day()
        secret = "whsec_" + base64.b64encode(hashlib.sha256(os.urandom(32)).digest()).decode()
        stand, hook, mail = Newsstand(day), WebhookSink(secret), MailSink()
        config = CONFIG.format(
            watchlists=starter_watchlists(),
            feeds=_feed_lines(day, await stack.enter_async_context(serving(stand.app()))),
            mail=await stack.enter_async_context(mailing(mail)),
            hook=await stack.enter_async_context(serving(hook.app())),
            secret=secret,
            console="" if quiet else "      - console: {}",
            port=port or free_port(),
        )
        path = folder / "monitor.yaml"
        path.write_text(config, encoding="utf-8")
        daemon = Daemon(load_settings(path, {}), environ={})
        running = asyncio.create_task(daemon.run(signals=True))
        ready = asyncio.create_task(daemon.ready())
        try:
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            stage = _Stage(day, stand, hook, mail, daemon)
            return await _play_once(stage) if once else await _play_on(stage, running)
        finally:
            ready.cancel()
            daemon.stop()
            await running


def _feed_lines(day: Day, port: int) -> str:
    """Return the feeds of the configuration."""
    return "\n".join(
        f'  - {{url: "http://127.0.0.1:{port}/{outlet.id}.xml", name: "{outlet.name}", tags: [demo, {outlet.lang}]}}'
        for outlet in day.outlets
    )


async def _play_on(stage: _Stage, running: asyncio.Task[None]) -> Report:
    """Publish the day step by step while a person watches, and go on until interrupted."""
    print(f"A bundled day of news plays in {stage.day.steps} steps. Dashboard: {stage.daemon.address}  (Ctrl-C ends)\n")
    for step in range(1, stage.day.steps + 1):
        await asyncio.wait({running}, timeout=STEP_SECONDS if step > 1 else 2.0)
        if running.done():
            return Report()
        stage.stand.step = step
    await asyncio.wait({running}, timeout=STEP_SECONDS)
    if not running.done():
        _send_digest(stage)
        print(
            f"\nThe day is over: {len(stage.hook.alerts())} notices reached the webhook, {len(stage.mail.mails)} mails."
        )
        print(f"The digest was mailed, too. Look around at {stage.daemon.address}, or end with Ctrl-C.")
        await asyncio.wait({running})
    return Report()


async def _play_once(stage: _Stage) -> Report:
    """Publish the whole day as fast as it is taken, wait for everything, and count."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    db = stage.daemon.status.db
    for step in range(1, stage.day.steps + 1):
        published = sum(one.step < step for one in stage.day.items)
        await _until(partial(_settled, stage, published), deadline)
        stage.stand.step = step
    await _until(lambda: _settled(stage, len(stage.day.items)) and _delivered(stage), deadline)
    _send_digest(stage)
    await _until(lambda: _delivered(stage) and bool(stage.mail.digests()), deadline)
    counts = items.counts(db)
    report = Report(
        counts={
            "feeds": sum(feed.ok_at is not None for feed in feeds.list_feeds(db)),
            "items": counts["items"],
            "hits": counts["hits"],
            "alerts": counts["alerts"],
            "delivered_webhook": len(stage.hook.alerts()),
            "delivered_email": len(stage.mail.alerts()),
            "digest": len(stage.mail.digests()),
        }
    )
    report.missing = _missing(stage, report.counts)
    return report


async def _until(condition: Callable[[], bool], deadline: float) -> None:
    """Wait until a condition holds or the time is over; what is missing then is counted in the end."""
    loop = asyncio.get_running_loop()
    while loop.time() < deadline and not await asyncio.to_thread(condition):  # noqa: ASYNC110 - rows raise no event
        await asyncio.sleep(LOOK_SECONDS)


def _settled(stage: _Stage, published: int) -> bool:
    """Return whether every feed was polled and everything published so far is stored and routed."""
    db = stage.daemon.status.db
    counts = items.counts(db)
    polled = all(feed.first_polled_at is not None for feed in feeds.list_feeds(db))
    return polled and counts["items"] >= published and not counts["unrouted"]


def _delivered(stage: _Stage) -> bool:
    """Return whether nobody waits to be told."""
    db = stage.daemon.status.db
    waiting = any(alert.notify_at is not None for alert in alerts.list_alerts(db, limit=1_000))
    return not waiting and not any(state == "pending" for _, state in deliveries.counts(db))


def _send_digest(stage: _Stage) -> None:
    """Put the digest of the day so far into the outbox."""
    send_so_far(stage.daemon.status.db, stage.daemon.settings, "weekly", now=utcnow())


def _missing(stage: _Stage, counts: dict[str, int]) -> list[str]:
    """Return what did not arrive, in words; empty when all adds up."""
    sent: Counter[str] = Counter()
    for (channel, state), count in deliveries.counts(stage.daemon.status.db).items():
        sent[f"{channel} {state}"] += count
    expected = {
        "feeds": (counts["feeds"], len(stage.day.outlets)),
        "items": (counts["items"], len(stage.day.items)),
        "webhook deliveries": (counts["delivered_webhook"], sent["desk/webhook sent"]),
        "mails": (counts["delivered_email"], sent["desk/email sent"]),
        "digests": (counts["digest"], 1),
        "bad signatures": (stage.hook.bad, 0),
        "deliveries not sent": (sum(n for name, n in sent.items() if not name.endswith(" sent")), 0),
    }
    missing = [f"{name}: {found}, expected {wanted}" for name, (found, wanted) in expected.items() if found != wanted]
    told = {hit["item"]["title"] for notice in stage.hook.alerts() for hit in notice["data"]["hits"]}
    return missing if told and counts["alerts"] else [*missing, "no alert at all"]
