"""Watchlist files: read, checked against each other, handed down as core values."""

import gc
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.config.problems import nearest, problems_of
from monitor.config.source import Path_, Source, parse_yaml
from monitor.config.watchlist_models import EntityModel, ExamplesModel, WatchlistModel
from monitor.core import rules
from monitor.core.findings import Example
from monitor.core.rules import Reference
from monitor.core.types import Alias, Document, Entity, Kind, Rule, Watchlist
from monitor.errors import ConfigError, Problem, RuleSyntaxError

MAX_BYTES = 150_000_000
"""Largest folder that is read, some two million aliases; reading takes 25 bytes of memory for each of a file."""

MAX_VARIED = 200_000
"""Most aliases that have other spellings, too. Each takes some 50 microseconds at the start; and among more names than
that nearly any two words in capitals are another spelling of one of them."""

SHOWN_NAMES = 5
"""Names that are told where none is like the one that was written."""

_NONE = {
    "tag": "no entity has a tag",
    "theme": "no watchlist has an entity of kind theme; the shipped ones stand in themes.yaml",
    "watchlist": "no watchlist has an entity",
}
"""What to say where there is nothing of a kind."""

Read = Sequence[tuple[Source, WatchlistModel]]
"""Files as read and what they say."""


@dataclass(frozen=True, slots=True)
class LoadedWatchlists:
    """All watchlists of a folder.

    version   of their content, 12 hexadecimal digits; every hit names the one that made it
    examples  in the order of files and lines
    """

    watchlists: tuple[Watchlist, ...]
    version: str
    files: tuple[Path, ...]
    examples: tuple[Example, ...]


def load_watchlists(folder: Path) -> LoadedWatchlists:
    """Read every *.yaml of a folder.

    Raises ConfigError with every problem of every file: ids that stand twice, expressions that cannot be read or name
    what there is not.
    """
    return loaded(read_watchlists(folder))


def read_watchlists(folder: Path) -> Read:
    """Read and check every *.yaml of a folder, in order of names. Raises ConfigError as `load_watchlists` does."""
    return read_contents(contents_of(folder))


def contents_of(folder: Path) -> dict[Path, bytes]:
    """Return the content of every *.yaml of a folder, in order of names. Raises ConfigError."""
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else ()
    if not files:
        raise ConfigError.single(folder, "holds no watchlist (*.yaml); make a starter set with: monitor init")
    try:
        size = sum(file.stat().st_size for file in files)
        if size > MAX_BYTES:
            raise ConfigError.single(
                folder,
                f"its watchlists have {size / 1e6:.0f} MB, and {MAX_BYTES / 1e6:.0f} MB are what fits into memory; "
                "keep what is to be searched for, or run a second Event Monitor for a part of it",
            )
        return {file: file.read_bytes() for file in files}
    except OSError as error:
        raise ConfigError.single(error.filename or folder, f"cannot be read: {error.strerror}") from error


def read_contents(contents: Mapping[Path, bytes]) -> Read:
    """Read and check the content of files. Raises ConfigError as `load_watchlists` does."""
    problems: list[Problem] = []
    read: list[tuple[Source, WatchlistModel]] = []
    with no_collections():
        for file, content in contents.items():
            try:
                read.append(_read(str(file), content))
            except ConfigError as error:
                problems += error.problems
        if not problems:
            problems += _cross_check(read)
    if problems:
        raise ConfigError(problems)
    return read


@contextmanager
def no_collections() -> Iterator[None]:
    """Keep the garbage collector from looking through what is made again and again: it takes longer than making it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def loaded(read: Read) -> LoadedWatchlists:
    """Return what files say as values."""
    with no_collections():
        return LoadedWatchlists(
            watchlists=tuple(_watchlist(model) for _, model in read),
            version=version_of({Path(source.file): source.digest for source, _ in read})[:12],
            files=tuple(Path(source.file) for source, _ in read),
            examples=tuple(example for source, model in read for example in _examples(source, model)),
        )


def version_of(digests: Mapping[Path, str]) -> str:
    """Return what tells the content of these files from any other, from the SHA-256 of each."""
    told = "".join(f"{file.name}\0{digest}\n" for file, digest in digests.items())
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def version_of_contents(contents: Mapping[Path, bytes]) -> str:
    """Return the version that LoadedWatchlists of these files has."""
    return version_of({file: hashlib.sha256(content).hexdigest() for file, content in contents.items()})[:12]


def _read(file: str, content: bytes) -> tuple[Source, WatchlistModel]:
    """Read one file. Raises ConfigError."""
    source = parse_yaml(file, content)
    if not isinstance(source.data, dict):
        raise ConfigError.single(file, "expected a watchlist: `watchlist:`, `title:`, `entities:`", line=1)
    try:
        model = WatchlistModel.model_validate(source.data)
    except ValidationError as error:
        raise ConfigError(problems_of(error, source, WatchlistModel)) from error
    return replace(source, data=None), model  # the model says the same; both would take twice the memory


def _watchlist(model: WatchlistModel) -> Watchlist:
    """Return a file's model as a value."""
    tags = frozenset(model.tags)
    return Watchlist(
        id=model.watchlist,
        title=model.title,
        severity=model.severity,
        tags=tags,
        entities=tuple(_entity(entity, model, tags) for entity in model.entities),
        rules=tuple(
            Rule(
                id=rule.id,
                title=rule.title,
                when=rule.when,
                watchlist=model.watchlist,
                severity=rule.severity or model.severity,
                tags=frozenset((*model.tags, *rule.tags)),
            )
            for rule in model.rules
        ),
    )


def _entity(entity: EntityModel, model: WatchlistModel, tags: frozenset[str]) -> Entity:
    """Return an entity, with the tags of its file; its name is an alias, too, unless `name_alias: false`."""
    aliases = [
        Alias(
            text=alias.text,
            lang=alias.lang,
            exact_case=alias.case == "exact",
            not_before=alias.not_before,
            not_after=alias.not_after,
            context=alias.context,
        )
        for alias in entity.aliases
    ]
    if entity.name_alias and entity.name not in {alias.text for alias in aliases}:
        aliases.insert(0, Alias(entity.name))
    return Entity(
        id=entity.id,
        kind=entity.kind,
        name=entity.name,
        watchlist=model.watchlist,
        severity=entity.severity or model.severity,
        type=entity.type,
        aliases=tuple(aliases),
        tags=tags.union(entity.tags) if entity.tags else tags,
        variants=is_varied(entity),
        context=entity.context,
        alone=entity.alone,
        notes=entity.notes,
        source=entity.source if isinstance(entity.source, str) else "; ".join(entity.source),
        location=entity.location,
    )


def _examples(source: Source, model: WatchlistModel) -> Iterator[Example]:
    """Yield the examples of a file's entities and rules."""
    for number, entity in enumerate(model.entities):
        for document, holds, line in _documents(source, ("entities", number), entity.examples):
            yield Example(None, entity.id, document, holds, source.file, line)
    for number, rule in enumerate(model.rules):
        for document, holds, line in _documents(source, ("rules", number), rule.examples):
            yield Example(rule.id, None, document, holds, source.file, line)


def _documents(source: Source, path: Path_, examples: ExamplesModel) -> Iterator[tuple[Document, bool, int | None]]:
    """Yield examples as documents, whether they must be hit, and their lines."""
    for key, each, holds in (("match", examples.match, True), ("no_match", examples.no_match, False)):
        for position, one in enumerate(each):
            document = Document("example", title=one.title, text=one.text, lang=one.lang)
            yield document, holds, source.line((*path, "examples", key, position))


def _cross_check(read: Read) -> Iterator[Problem]:
    """Yield what is wrong between files: ids that stand twice, expressions that name what there is not."""
    yield from _too_many_varied(read)
    seen: dict[tuple[str, str], tuple[Source, Path_]] = {}
    for source, model in read:
        for what, name, path in _names(model):
            first, place = seen.setdefault((what, name), (source, path))
            if (first, place) != (source, path):
                where = f"{first.file}:{first.line(place)}"
                yield source.problem(path, f"{what} {name!r} stands already in {where}; ids are unique over all files")
    selectable = _selectable(read)
    judged: dict[str, tuple[str, ...]] = {}  # the same context often stands at many aliases
    for source, model in read:
        for path, expression in _expressions(model):
            if expression not in judged:
                judged[expression] = tuple(_mistakes(expression, selectable))
            for mistake in judged[expression]:
                yield source.problem(path, mistake)


def _too_many_varied(read: Read) -> Iterator[Problem]:
    """Yield that too many names have other spellings, at the file that has most."""
    counts = [sum(len(one.aliases) + one.name_alias for one in model.entities if is_varied(one)) for _, model in read]
    if sum(counts) > MAX_VARIED:
        source = read[counts.index(max(counts))][0]
        yield source.problem(
            ("entities",),
            f"{sum(counts):,} aliases have `variants: true`, the default of persons; at most {MAX_VARIED:,} may. "
            "Write `variants: false` at entities that need not be found in other spellings",
        )


def is_varied(entity: EntityModel) -> bool:
    """Return whether other spellings of an entity's names match, too; by default those of persons do."""
    return entity.kind is Kind.PERSON if entity.variants is None else entity.variants


def _selectable(read: Read) -> Mapping[str, Collection[str]]:
    """Return what references of each kind may name, as `selects` of the matcher understands them."""
    found: dict[str, set[str]] = {kind: set() for kind in ("id", "tag", "theme", "watchlist", "kind")}
    for _, model in read:
        for entity in model.entities:
            found["id"].add(entity.id)
            found["tag"].update(entity.tags, model.tags)
            found["kind"].add(entity.kind.value)
            found["watchlist"].add(model.watchlist)
            if entity.kind is Kind.THEME:
                found["theme"].update((entity.id,), entity.tags, model.tags)
    return found


def _names(model: WatchlistModel) -> Iterator[tuple[str, str, Path_]]:
    """Yield what must be unique: (what it is, its id, where it stands)."""
    yield "watchlist", model.watchlist, ("watchlist",)
    for number, entity in enumerate(model.entities):
        yield "entity", entity.id, ("entities", number, "id")
    for number, rule in enumerate(model.rules):
        yield "rule", rule.id, ("rules", number, "id")


def _expressions(model: WatchlistModel) -> Iterator[tuple[Path_, str]]:
    """Yield every expression of a file and where it stands."""
    for number, entity in enumerate(model.entities):
        if entity.context is not None:
            yield ("entities", number, "context"), entity.context
        for position, alias in enumerate(entity.aliases):
            if alias.context is not None:
                yield ("entities", number, "aliases", position, "context"), alias.context
    for number, rule in enumerate(model.rules):
        yield ("rules", number, "when"), rule.when


def _mistakes(expression: str, selectable: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield what is wrong with one expression."""
    try:
        read = rules.parse(expression)
    except RuleSyntaxError as error:
        yield str(error)
        return
    for reference in rules.references(read):
        names = selectable.get(reference.kind)
        if names is not None and reference.value not in names:
            what = "entity" if reference.kind == "id" else reference.kind
            message = f"unknown {what} {reference.value!r}; {_cure(reference, names, selectable['id'])}"
            yield str(RuleSyntaxError(expression, reference.column, message))


def _cure(reference: Reference, names: Collection[str], entities: Collection[str]) -> str:
    """Return what was probably meant by a reference to what there is not.

    names      what references of its kind may name
    entities   the ids of all entities
    """
    kind, value = reference.kind, reference.value
    if kind == "kind":
        used = "no entity has it; " if value in set(Kind) else ""
        return f"{used}expected one of: {', '.join(Kind)}"
    near = nearest(value, names)
    if near:
        return f"did you mean {near[0]!r}?"
    if kind == "id":
        return "put words to search for into quotes"
    if value in entities:
        return f"it is an entity; write {value} without {kind}: before it"
    known = nearest(value, names, alike=0.0, count=SHOWN_NAMES)
    return f"the nearest known: {', '.join(known)}" if known else _NONE[kind]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a watchlist file, for editors."""
    return WatchlistModel.model_json_schema()
