"""`monitor token`: who may ask the API and open the pages, beside whoever knows the token of the configuration."""

from typing import Annotated

import typer

from monitor.cli.common import ConfigOption, JsonOption, print_json, print_table

app = typer.Typer(help="Give, list and take back tokens for the pages and the API.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Hang the group on `root`."""
    root.add_typer(app, name="token")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who or what it is for; stands beside what is done with it.")],
    scope: Annotated[str, typer.Option(help="read, act (acknowledge, mark, silence, retry) or admin.")] = "read",
    span: Annotated[
        str | None, typer.Option("--for", help="How long it is good: 12h, 90d. Else until revoked.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a token. It is shown once, only its fingerprint is kept.

    Example: monitor token add wall-screen --scope read --for 90d
    """
    from monitor import actions
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.config.units import parse_duration
    from monitor.core.access import Scope

    if scope not in list(Scope):
        raise typer.BadParameter(f"{scope!r} is none of {', '.join(Scope)}", param_hint="--scope")
    now = utcnow()
    try:
        expires_at = None if span is None else now + parse_duration(span)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    with open_store(config) as (_, db):
        made, token = actions.add_token(db, name, Scope(scope), expires_at=expires_at, now=now)
    if as_json:
        print_json({"name": made.name, "scope": made.scope, "expires_at": made.expires_at, "token": token})
        return
    until = f"until {made.expires_at:%Y-%m-%d %H:%MZ}" if made.expires_at else f"until: monitor token revoke {name}"
    typer.echo(f"token {name!r} for scope {scope}, {until}; it is not shown again:", err=True)
    typer.echo(token)


@app.command("list")
def list_tokens(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are good for nothing any more.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tokens that were given, without the tokens themselves.

    Example: monitor token list
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.store import tokens

    now = utcnow()
    with open_store(config) as (_, db):
        found = [one for one in tokens.list_tokens(db) if everything or one.is_good(now=now)]
    if as_json:
        from dataclasses import asdict

        print_json([asdict(one) | {"good": one.is_good(now=now)} for one in found])
        return
    print_table(
        ["name", "scope", "given", "used", "good until"],
        [
            [
                one.name,
                one.scope.value,
                one.created_at,
                one.used_at,
                "was revoked" if one.revoked_at else one.expires_at or "it is revoked",
            ]
            for one in found
        ],
        empty="No token was given; web.token of the configuration is good for all.",
    )


@app.command()
def revoke(name: str, config: ConfigOption = None) -> None:
    """Take a token back. From now on it opens nothing, nor does a session that began with it.

    Example: monitor token revoke wall-screen
    """
    from monitor.cli.store import open_store
    from monitor.clock import utcnow
    from monitor.store import tokens

    with open_store(config) as (_, db):
        tokens.revoke_token(db, name, now=utcnow())
    typer.echo(f"token {name!r} is revoked")
