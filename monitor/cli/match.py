"""`monitor match`: text in, mentions and hits out, with the reason for each."""

import json
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from monitor.cli.common import ConfigOption

if TYPE_CHECKING:
    from monitor.core.matcher import Matcher
    from monitor.core.types import Document, MatchResult, Mention

AROUND = 40
"""Characters shown before and after a mention."""

LOOKED_AT = 20
"""Lines among which one that begins with { shows that the input is JSON lines."""

JSON_LINES = (".jsonl", ".ndjson")
"""How files of JSON lines are called."""


def register(app: typer.Typer) -> None:
    """Hang the command on `app`."""
    app.command("match")(match)


def match(
    file: Annotated[str, typer.Argument(help="A file of JSON lines or one text; - is standard input.")] = "-",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each input.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say what held, and what nearly counted.")] = False,
    watchlists: Annotated[Path | None, typer.Option(help="A folder of watchlists; else the configuration's.")] = None,
    config: ConfigOption = None,
) -> None:
    """Match text against the watchlists.

    Input is JSON lines {"id", "title", "text", "lang"}, or anything else as one text. A line that is not valid is
    reported in its place and the rest go on; the exit code is then 1.

    Example: echo "IS-K claims blast in Bajaur" | monitor match
    """
    from monitor.core.matched import as_json as as_row

    matcher = _matcher(watchlists, config)
    failed = False
    with _open(file) as stream:
        for number, document in _documents(stream, "text" if file == "-" else Path(file).name):
            if isinstance(document, str):
                failed = True
                _write({"id": None, "error": document, "line": number})
                continue
            result = matcher.match(document, explain=explain)
            if as_json:
                _write(as_row(document, result, explain=explain))
            else:
                _show(document, result, explain=explain)
    if failed:
        raise typer.Exit(1)


def _matcher(folder: Path | None, config: Path | None) -> "Matcher":
    """Return the matcher of a folder, of the configuration, or of the watchlists that come with the program."""
    import os

    from monitor.config.cache import cache_folder, load_cached
    from monitor.config.settings import find_config, load_settings
    from monitor.config.starter import starter_watchlists
    from monitor.config.watchlists import no_collections
    from monitor.core.matcher import compile_matcher
    from monitor.errors import ConfigError

    database = ""
    if folder is None:
        try:
            path = find_config(config, os.environ)
        except ConfigError:
            if config is not None or os.environ.get("MONITOR_CONFIG"):
                raise
            folder = starter_watchlists()
        else:
            settings = load_settings(path, os.environ)
            folder, database = settings.watchlists, settings.database
    with no_collections():
        lists = load_cached(folder, cache_folder(database, os.environ))
        return compile_matcher(lists.watchlists, version=lists.version)


def _open(file: str) -> TextIO:
    """Return the input; bytes that are no UTF-8 become U+FFFD."""
    if file == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="")  # type: ignore[union-attr]  # it is a TextIOWrapper
        return sys.stdin
    try:
        return Path(file).open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from error


def _documents(stream: TextIO, name: str) -> "Iterator[tuple[int, Document | str]]":
    """Yield (line number, document or what is wrong), one line at a time; other input is one text.

    JSON lines are told by the file's name, or by a { at the beginning of one of the first lines: a bad one may come
    before it.
    """
    from monitor.core.types import Document

    first: list[str] = []
    for line in islice(stream, LOOKED_AT):
        first.append(line)
        if line.lstrip().startswith("{"):
            break  # answered at once: who writes it may wait for the answer
    begun = bool(first) and first[-1].lstrip().startswith("{")
    if not begun and not name.endswith(JSON_LINES):
        text = "".join(first) + stream.read()
        if text.strip():
            yield 1, Document(id=name, text=text)
        return
    for number, line in enumerate(chain(first, stream), 1):
        if line.strip():
            yield number, _document(line)


def _document(line: str) -> "Document | str":
    """Return the document of one JSON line, or what is wrong with it."""
    from monitor.core.types import Document

    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    if not isinstance(data, dict):
        return "expected a JSON object with id and title or text"
    identity = data.get("id")
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        return "id: expected a text"
    for key in ("title", "text", "lang"):
        if not isinstance(data.get(key), str | None):
            return f"{key}: expected a text"
    if data.get("title") is None and data.get("text") is None:
        return "expected title or text"
    return Document(
        id=str(identity), title=data.get("title") or "", text=data.get("text") or "", lang=data.get("lang") or None
    )


def _write(value: dict[str, Any]) -> None:
    """Write one JSON line."""
    text = json.dumps(value, ensure_ascii=False)
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()  # who writes a line waits for its answer


def _show(document: "Document", result: "MatchResult", *, explain: bool) -> None:
    """Print what was found for a person."""
    typer.echo(f"{document.id}: {len(result.mentions)} mentions, {len(result.matches)} hits")
    for hit in result.matches:
        typer.echo(f"  {hit.severity.value:8} {hit.why}")
        for part in hit.held if explain else ():
            typer.echo(f"           held: {part}")
    for mention in result.mentions:
        tier = "" if mention.tier.rank == 0 else f"  ({mention.tier.value} of {mention.alias})"
        held = f"  (context: {mention.context})" if explain and mention.context else ""
        typer.echo(f"  {mention.entity:24} {_around(document, mention)}{tier}{held}")
    if result.unread:
        typer.echo(f"  not looked at: the last {result.unread:,} characters; it names more than any news does")
    for one in result.rejections:
        typer.echo(f"  not {one.mention.entity:20} {_around(document, one.mention)}  ({one.reason})")
    for miss in result.misses:
        typer.echo(f"  no hit  rule {miss.rule}: {miss.reason}")


def _around(document: "Document", mention: "Mention") -> str:
    """Return a mention in brackets among the words around it."""
    text: str = getattr(document, mention.field)
    start, end = mention.start, mention.end
    shown = f"{text[max(0, start - AROUND) : start]}[{text[start:end]}]{text[end : end + AROUND]}"
    return f"{mention.field}: {' '.join(shown.split())}"
