"""`monitor alerts`: what was told to whom, whether it arrived, who knows of it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import complete
from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table

if TYPE_CHECKING:
    from monitor.core.types import Delivery

app = typer.Typer(help="List, show, acknowledge and retry alerts.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="alerts")


@app.command("list")
def list_alerts(
    since: Annotated[str, typer.Option(help="How far back: 6h, 7d.")] = "7d",
    receiver: Annotated[
        str | None, typer.Option(help="Only what this receiver is told.", autocompletion=complete.receivers)
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 100,
    failed: Annotated[
        bool, typer.Option("--failed", help="Dead letters instead: deliveries given up, of any age.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alerts, or what did not arrive, newest first.

    Example: monitor alerts list --since 24h
    """
    from monitor.cli.store import ago, open_store
    from monitor.core.types import DeliveryState
    from monitor.store import alerts, deliveries

    with open_store(config) as (_, db):
        if failed:
            _print_dead(deliveries.list_deliveries(db, state=DeliveryState.DEAD, limit=limit), as_json=as_json)
            return
        rows = alerts.list_alerts(db, since_at=ago(since), receiver=receiver, limit=limit)
    if as_json:
        print_json([asdict(alert) for alert in rows])
        return
    print_table(
        ["id", "created", "severity", "receiver", "hits", "told", "title"],
        [
            [one.id, one.created_at, one.severity.value, one.receiver, one.hits, one.notified_at, one.title]
            for one in rows
        ],
        empty=f"No alert in the last {since}{f' for {receiver}' if receiver else ''}.",
    )


def _print_dead(dead: "list[Delivery]", *, as_json: bool) -> None:
    """Print dead letters: what each was to tell, and why it was given up."""
    if as_json:
        print_json([asdict(one) for one in dead])
        return
    print_table(
        ["delivery", "created", "channel", "attempts", "alert", "title", "error"],
        [
            [
                one.id,
                one.created_at,
                one.channel,
                one.attempts,
                one.thread,
                one.notice["data"]["alert"]["title"] if "alert" in one.notice["data"] else one.type,
                one.error or "",
            ]
            for one in dead
        ],
        empty="Nothing was given up.",
    )


@app.command()
def show(alert_id: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one alert with its hits and deliveries. Each hit with its reason, each delivery with its attempts.

    Example: monitor alerts show alr_3kq2v7e4wz
    """
    from monitor.cli.store import open_store
    from monitor.errors import UnknownIdError
    from monitor.store import acks, alerts, deliveries

    with open_store(config) as (_, db):
        alert = alerts.find_alert(db, alert_id)
        if alert is None:
            raise UnknownIdError(f"no alert {alert_id}; see: monitor alerts list")
        hits = alerts.hits_of(db, alert_id)
        known = acks.acks_of(db, alert)
        sent = deliveries.list_deliveries(db, thread=alert_id, limit=1000)
    if as_json:
        print_json(
            {
                **asdict(alert),
                "hits": [asdict(hit) for hit in hits],
                "acknowledged": [asdict(one) for one in known],
                "deliveries": [asdict(one) for one in sent],
            }
        )
        return
    typer.echo(
        f"{alert.title}\n{alert.severity}, {alert.group}, receiver {alert.receiver}, route {alert.route or 'root'}"
    )
    for one in known:
        typer.echo(f"acknowledged by {one.who}, {one.at:%Y-%m-%d %H:%MZ}{f': {one.note}' if one.note else ''}")
    typer.echo()
    print_table(
        ["hit", "severity", "title", "feed", "why"],
        [[hit.id, hit.severity.value, hit.item.title, hit.item.feed_name, hit.why] for hit in hits],
        empty="No hits: they are past their retention.",
    )
    typer.echo()
    print_table(
        ["delivery", "channel", "state", "attempts", "sent", "next attempt", "error"],
        [
            [
                one.id,
                one.channel,
                one.state.value,
                one.attempts,
                one.sent_at,
                one.next_attempt_at if one.state == "pending" else None,
                one.error or "",
            ]
            for one in sent
        ],
        empty="Not told yet.",
    )


@app.command()
def ack(
    alert_id: str,
    who: Annotated[str, typer.Option("--by", help="Who acknowledges.")],
    note: Annotated[str, typer.Option(help="What others should know.")] = "",
    config: ConfigOption = None,
) -> None:
    """Say that you know of an alert. Nobody is told more of its story, unless it gets graver. It ends with the story.

    Example: monitor alerts ack alr_3kq2v7e4wz --by ana --note "called Khar"
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    with open_store(config) as (_, db):
        made = actions.acknowledge(db, alert_id, who=who, note=note, via="command", now=utcnow())
    typer.echo(f"acknowledged by {made.who}; only what is graver than {made.severity} is told from now on")


@app.command()
def retry(
    delivery_ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of deliveries; none means all given up.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Send deliveries again that were given up; they keep their ids. Their channels are tried at once.

    Example: monitor alerts retry
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow

    with open_store(config) as (_, db):
        count = actions.retry_deliveries(db, delivery_ids or None, now=utcnow())
    typer.echo(f"{count} deliveries are due again")
    if delivery_ids and count < len(delivery_ids):
        typer.echo("the others are not dead letters; see: monitor alerts list --failed", err=True)
        raise typer.Exit(1)
