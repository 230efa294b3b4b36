"""The configuration: read once, checked whole, handed down as one frozen value."""

import difflib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import SecretStr, ValidationError

from monitor.config import models
from monitor.config.extras import NO_CLUSTER, NO_DKIM, cluster_installed, dkim_installed, dkim_problem, extra_problems
from monitor.config.feedlist import read_list
from monitor.config.problems import place_of, problems_of
from monitor.config.source import Path_, Source, read_yaml
from monitor.core.types import DigestSpec, FeedSpec, Inhibition, Route, SilenceSpec
from monitor.errors import ConfigError, Problem
from monitor.sources import feed_address

DEFAULT_PATHS = (Path("monitor.yaml"), Path("/etc/monitor/monitor.yaml"))
"""Where a configuration is looked for when neither --config nor $MONITOR_CONFIG names one."""

CRON_FIELDS = 5
"""Minute, hour, day, month, weekday; cronsim would also read seconds."""

DATABASES = "sqlite:///data/monitor.db or postgresql+psycopg://user@host/name"

NO_ARTICLES = "reading articles needs a part that is not installed: pip install 'event-monitor[article]'"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel as configured. `key` names it everywhere: "desk/slack", the second of its kind "desk/slack-2"."""

    kind: str
    key: str
    options: models.WayModel


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told, and through which channels."""

    name: str
    channels: tuple[ChannelSpec, ...]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the dashboard listens; `public_url` is its address as readers of alerts reach it, or None."""

    host: str
    port: int
    token: SecretStr | None
    public_url: str | None


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """What signs mails; the key is RSA, in PEM."""

    domain: str
    selector: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FeedNotices:
    """Who is told of feeds in trouble, and when; see models.FeedNoticesModel."""

    receiver: str
    after_failures: int
    after: timedelta
    quiet: bool
    missed: bool


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    """What does the work, and into how many parts it is divided; see models.RuntimeModel.

    shards   of the feeds, by host; lanes   of the channels
    """

    engine: str
    shards: int
    lanes: int

    @property
    def shared(self) -> bool:
        """Return whether several processes share the work, and what one of them knows may be news to the others."""
        return self.engine == "cluster"


POLL_SHARDS = 8
"""Shards of feeds in one process, by host: few enough that an idle second costs eight small queries."""

DELIVER_LANES = 4
"""Lanes of channels in one process; within a lane every channel has its own queue."""

PARTS = {"embedded": (POLL_SHARDS, DELIVER_LANES), "cluster": (256, 64)}
"""Shards and lanes of each engine. Machines share them out: in a cluster of fifty there are five shards and a lane for
each, and to look which of them have something due is one query."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator decided, complete and consistent.

    path       the configuration file
    files      every file that was read for it; a change of one calls for a reload
    source     where each key stands in the file but those of feeds, without what it says
    warnings   what was set without effect, each with file and line
    feeds      those of the file and of its OPML files, by address
    feed_folders   resolved; only files below them may be feeds
    receivers  by name
    """

    path: Path
    files: tuple[Path, ...]
    source: Source
    warnings: tuple[str, ...]
    database: str
    watchlists: Path
    http: models.HttpModel
    polling: models.PollingModel
    feeds: tuple[FeedSpec, ...]
    feed_folders: tuple[Path, ...]
    smtp: models.SmtpModel | None
    dkim: DkimSettings | None
    receivers: Mapping[str, Receiver]
    route: Route
    feed_notices: FeedNotices
    inhibit: tuple[Inhibition, ...]
    digests: tuple[DigestSpec, ...]
    silences: tuple[SilenceSpec, ...]
    web: WebSettings
    heartbeat: models.HeartbeatModel | None
    retention: models.RetentionModel
    runtime: RuntimeSettings
    log: models.LogModel


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read and check the configuration at `path`, else where it is looked for by default.

    Raises ConfigError with every problem that was found, each with file, line and key.
    """
    return _read(path, environ)[0]


def _read(path: Path | None, environ: Mapping[str, str]) -> tuple[Settings, models.FileModel]:
    """Return the settings, and the file's model, which takes 12 MB where there are 10,000 feeds."""
    file = find_config(path, environ)
    source = read_yaml(file, environ=environ)
    if source.data is not None and not isinstance(source.data, dict):
        raise ConfigError.single(file, "expected keys and values, such as `feeds:`; see: monitor init", line=1)
    read: list[Path] = []
    context = {"folder": file.parent, "files": read}
    try:
        model = models.FileModel.model_validate(source.data or {}, context=context)
    except ValidationError as error:
        raise ConfigError(problems_of(error, source, models.FileModel)) from error
    return _Resolver(file, source, model, read).settings(), model


def find_config(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the file to read. Raises ConfigError when there is none."""
    named = path or (Path(environ["MONITOR_CONFIG"]) if environ.get("MONITOR_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError.single(named, "there is no such file; make a starter one with: monitor init")
        return named
    for candidate in DEFAULT_PATHS:
        if candidate.is_file():
            return candidate
    tried = ", ".join(map(str, DEFAULT_PATHS))
    raise ConfigError.single(
        "monitor", f"no configuration: neither --config nor $MONITOR_CONFIG is given, and there is no {tried}; "
        "make a starter one with: monitor init"
    )  # fmt: skip


_NONE: Mapping[str, str] = {}
"""The headers of all feeds that have none."""


class _Resolver:
    """Turns the file's model into Settings, collecting what does not fit together."""

    def __init__(self, file: Path, source: Source, model: models.FileModel, read: Sequence[Path]) -> None:
        self.file = file
        self.source = source
        self.model = model
        self.files = [file, *read]
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def settings(self) -> Settings:
        """Return the settings, or raise ConfigError with every problem."""
        model = self.model
        receivers = self._receivers()
        folders = self._feed_folders()
        route = self._root(receivers)
        settings = Settings(
            path=self.file,
            files=(),
            source=self.source.without("feeds"),
            warnings=(),
            database=self._database(model.database),
            watchlists=self._watchlists(model.watchlists),
            http=model.http,
            polling=model.polling,
            feeds=self._feeds(folders),
            feed_folders=folders,
            smtp=model.smtp,
            dkim=self._dkim(model.smtp),
            receivers=receivers,
            route=route,
            feed_notices=self._feed_notices(route, receivers),
            digests=self._digests(receivers),
            inhibit=tuple(Inhibition(one.source.conditions(), one.target.conditions()) for one in model.inhibit),
            silences=tuple(silence.spec() for silence in model.silences),
            web=self._web(),
            heartbeat=model.heartbeat,
            retention=model.retention,
            runtime=self._runtime(model.runtime, model.database),
            log=model.log,
        )
        if self.problems:
            raise ConfigError(sorted(self.problems, key=place_of))
        warnings = tuple(str(warning) for warning in sorted(self.warnings, key=place_of))
        return replace(settings, files=tuple(self.files), warnings=warnings)

    def _complain(self, path: Path_, message: str) -> None:
        self.problems.append(self.source.problem(path, message))

    def _warn(self, path: Path_, message: str) -> None:
        self.warnings.append(self.source.problem(path, message))

    def _runtime(self, runtime: models.RuntimeModel, database: str) -> RuntimeSettings:
        """Return what does the work; several machines need a database that all of them reach."""
        if runtime.engine == "cluster":
            if not database.startswith("postgresql+psycopg://"):
                self._complain(
                    ("runtime", "engine"),
                    "cluster needs a database that all machines reach: set "
                    "`database: postgresql+psycopg://user@host/name`, or take engine: embedded",
                )
            elif not cluster_installed():
                self._complain(("runtime", "engine"), NO_CLUSTER)
        shards, lanes = PARTS[runtime.engine]
        return RuntimeSettings(runtime.engine, runtime.shards or shards, runtime.lanes or lanes)

    def _database(self, url: str) -> str:
        """Return the address with the path of a SQLite file made absolute."""
        if url.startswith("sqlite:///"):
            name = url.removeprefix("sqlite:///")
            if name and name != ":memory:":
                return f"sqlite:///{(self.file.parent / name).resolve()}"
        elif url.startswith("postgresql+psycopg://"):
            return url
        self._complain(("database",), f"expected {DATABASES}")
        return url

    def _watchlists(self, name: str) -> Path:
        """Return the folder of the watchlists."""
        folder = self.file.parent / name
        if not folder.is_dir():
            self._complain(
                ("watchlists",), f"there is no folder {folder}; make it, or point to the one that holds them"
            )
        elif not any(folder.glob("*.yaml")):
            self._complain(("watchlists",), f"the folder {folder} holds no *.yaml; see: monitor init")
        return folder

    def _feed_folders(self) -> tuple[Path, ...]:
        """Return the folders whose files may be feeds, every link in their paths followed."""
        folders = [(self.file.parent / name).resolve() for name in self.model.feed_folders]
        for number, folder in enumerate(folders):
            if not folder.is_dir():
                # no error: the daemon must start while a network drive is away
                self._warn(
                    ("feed_folders", number), f"there is no folder {folder} now; feeds below it fail until there is"
                )
        return tuple(folders)

    def _feeds(self, folders: Sequence[Path]) -> tuple[FeedSpec, ...]:
        """Return all feeds; the same address twice is a problem within the file, and once within an OPML file."""
        feeds: dict[str, FeedSpec] = {}
        for number, feed in enumerate(self.model.feeds):
            path: Path_ = ("feeds", number)
            if feed.full_text and not articles_readable():
                self._complain((*path, "full_text"), NO_ARTICLES)
            if feed.opml is not None:
                listed = [_with_own(spec, feed) for spec in self._listed(self.file.parent / feed.opml, folders)]
                if not feed.full_text and any(spec.full_text for spec in listed) and not articles_readable():
                    self._complain((*path, "opml"), f"feeds in it ask for full_text; {NO_ARTICLES}")
                for spec in listed:
                    feeds.setdefault(spec.url, spec)
                continue
            assert feed.url is not None
            try:
                feed_address(feed.url, folders)
            except ValueError as error:
                self._complain((*path, "url"), str(error))
            if feed.url in feeds:
                self._complain((*path, "url"), f"{feed.url} stands here a second time; keep one")
            headers = {name: value.get_secret_value() for name, value in feed.headers.items()} or _NONE
            feeds[feed.url] = FeedSpec(feed.url, feed.name, feed.tags, feed.interval, feed.full_text, headers)
        return tuple(feeds.values())

    def _listed(self, file: Path, folders: Sequence[Path]) -> list[FeedSpec]:
        """Return the feeds of a list, in which every line must be right."""
        self.files.append(file)
        try:
            found = read_list(file, folders)
        except ConfigError as error:
            self.problems += error.problems
            return []
        self.problems += found.refused
        self.warnings += found.warnings
        return [listed.spec for listed in found.feeds]

    def _dkim(self, smtp: models.SmtpModel | None) -> DkimSettings | None:
        """Return what signs mails, its key looked at; warn where receivers would give nothing for it."""
        if smtp is None or smtp.dkim is None:
            return None
        if not dkim_installed():
            self._complain(("smtp", "dkim"), NO_DKIM)
            return None
        path, file = ("smtp", "dkim", "key_file"), self.file.parent / smtp.dkim.key_file
        try:
            key = file.read_text(encoding="ascii").encode()
            self.files.append(file)
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "it is not text"
            self._complain(path, f"{file} cannot be read ({said}); check its path, owner and mode")
            return None
        if problem := dkim_problem(key):
            self._complain(path, f"{file}: {problem}")
        domain, signs = smtp.from_.rstrip(">").rpartition("@")[2].lower(), smtp.dkim.domain
        aligned = f".{domain}".endswith(f".{signs}") or f".{signs}".endswith(f".{domain}")
        if domain.isascii() and not aligned:
            self._warn(
                ("smtp", "dkim", "domain"),
                f"{signs} has nothing to do with {domain} of `from`: for DMARC (RFC 7489, 3.1) "
                "such a signature counts for nothing; sign for the domain of `from`",
            )
        return DkimSettings(signs, smtp.dkim.selector, key)

    def _receivers(self) -> dict[str, Receiver]:
        """Return the receivers by name, their channels with keys."""
        receivers: dict[str, Receiver] = {}
        for number, receiver in enumerate(self.model.receivers):
            path: Path_ = ("receivers", number)
            if receiver.name in receivers:
                self._complain((*path, "name"), f"there is a receiver {receiver.name!r} already; names are unique")
            channels: dict[str, ChannelSpec] = {}
            for position, channel in enumerate(receiver.channels):
                kind, options = channel.kind, channel.options
                assert options is not None
                place = (*path, "channels", position, kind)
                for problem in extra_problems(options):
                    self._complain(place, problem)
                if kind == "email" and self.model.smtp is None:
                    self._complain(place, "needs `smtp:` with the server that takes the mails")
                count = sum(spec.kind == kind for spec in channels.values()) + 1
                key = f"{receiver.name}/{kind}" + (f"-{count}" if count > 1 else "")
                channels[key] = ChannelSpec(kind, key, options)
            receivers[receiver.name] = Receiver(receiver.name, tuple(channels.values()))
        return receivers

    def _known_receiver(self, name: str, path: Path_, receivers: Mapping[str, Receiver]) -> None:
        """Complain of a receiver that is not defined."""
        if name not in receivers:
            near = difflib.get_close_matches(name, receivers, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            self._complain(path, f"no receiver {name!r}; {hint}defined are: {', '.join(receivers) or 'none'}")

    def _root(self, receivers: Mapping[str, Receiver]) -> Route:
        """Return the routing tree; without one, the first receiver is told of everything."""
        model = self.model.route or models.RouteModel(receiver=next(iter(receivers), None))
        if model.receiver is None:
            self._complain(("route",), "receiver is missing; the root of the tree needs one")
            return Route("", "")
        if model.match != models.MatchModel():
            self._complain(("route", "match"), "the root takes every hit; put conditions into `routes:` below it")
        return self._route(model, Route("", model.receiver), ("route",), receivers)

    def _route(self, model: models.RouteModel, parent: Route, path: Path_, receivers: Mapping[str, Receiver]) -> Route:
        """Return one node with what it inherits filled in, and its children."""
        if model.receiver is not None:
            self._known_receiver(model.receiver, (*path, "receiver"), receivers)
        node = Route(
            path=".".join(str(step) for step in path if isinstance(step, int)),
            receiver=model.receiver or parent.receiver,
            group_by=model.group_by if model.group_by is not None else parent.group_by,
            group_wait=model.group_wait if model.group_wait is not None else parent.group_wait,
            group_interval=model.group_interval if model.group_interval is not None else parent.group_interval,
            repeat_interval=model.repeat_interval if model.repeat_interval is not None else parent.repeat_interval,
            mute=model.mute.hours() if model.mute is not None else parent.mute,
            max_per_hour=model.max_per_hour if model.max_per_hour is not None else parent.max_per_hour,
            match=model.match.conditions(),
            proceed=model.continue_,
        )
        children = (
            self._route(child, node, (*path, "routes", number), receivers) for number, child in enumerate(model.routes)
        )
        return replace(node, routes=tuple(children))

    def _feed_notices(self, root: Route, receivers: Mapping[str, Receiver]) -> FeedNotices:
        """Return who is told of feeds in trouble: where nobody is named, one who can be told."""
        wanted = self.model.feed_notices
        if wanted.receiver is not None:
            self._known_receiver(wanted.receiver, ("feed_notices", "receiver"), receivers)
        able = [name for name, one in receivers.items() if one.channels]
        default = root.receiver if root.receiver in able or not able else able[0]
        receiver = default if wanted.receiver is None else wanted.receiver
        return FeedNotices(receiver, wanted.after_failures, wanted.after, wanted.quiet, wanted.missed)

    def _digests(self, receivers: Mapping[str, Receiver]) -> tuple[DigestSpec, ...]:
        """Return the digests; schedule and time zone must mean something."""
        found: dict[str, DigestSpec] = {}
        for number, digest in enumerate(self.model.digests):
            path: Path_ = ("digests", number)
            self._known_receiver(digest.receiver, (*path, "receiver"), receivers)
            if digest.name in found:
                self._complain((*path, "name"), f"there is a digest {digest.name!r} already; names are unique")
            for message, key in _schedule_problems(digest):
                self._complain((*path, key), message)
            found[digest.name] = DigestSpec(digest.name, digest.schedule, digest.timezone, digest.receiver)
        return tuple(found.values())

    def _web(self) -> WebSettings:
        """Return where to listen; beyond loopback a token is needed."""
        web = self.model.web
        token = web.token if web.token and web.token.get_secret_value() else None
        host, _, port = web.listen.rpartition(":")
        host = host.strip("[]")
        if not port.isdigit() or not host or not 0 <= int(port) <= 65_535:
            self._complain(("web", "listen"), f"expected host:port such as 127.0.0.1:8080; found {web.listen!r}")
            return WebSettings("", 0, token, web.public_url)
        if token is None and not _is_loopback(host):
            self._complain(
                ("web", "listen"), f"{host} can be reached from other machines: set web.token, or listen on 127.0.0.1"
            )
        return WebSettings(host, int(port), token, web.public_url)


def _schedule_problems(digest: models.DigestModel) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a digest's schedule and time zone: (message, key)."""
    from datetime import UTC, datetime

    fields = len(digest.schedule.split())
    try:
        next(CronSim(digest.schedule, datetime(2026, 1, 1, tzinfo=UTC)))
        said = "" if fields == CRON_FIELDS else f"{fields} fields"
    except (CronSimError, StopIteration) as error:
        said = str(error) or "it never comes"
    if said:
        yield f'{digest.schedule!r} is no cron line ({said}); expected such as "0 7 * * mon"', "schedule"
    try:
        ZoneInfo(digest.timezone)
    except (KeyError, ValueError, OSError):
        yield f"{digest.timezone!r} is no time zone; expected a name such as Asia/Karachi or UTC", "timezone"


def _is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors; `*_file` twins of secrets included."""
    found = models.FileModel.model_json_schema(by_alias=True)
    found["title"] = "Event Monitor configuration"
    for node in (found, *found["$defs"].values()):
        for name, key in list(node.get("properties", {}).items()):
            text = json.dumps(key)
            if '"format": "password"' in text and not name.endswith("_file"):
                node["properties"][f"{name}_file"] = {"type": "string", "title": f"File that holds {name}"}
                if name in node.get("required", ()):
                    node["required"].remove(name)
    return found


def show(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration that `load_settings` reads, defaults included, every secret masked.

    Raises ConfigError.
    """
    settings, model = _read(path, environ)
    data = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    masked: dict[str, Any] = _mask(data)
    masked["database"] = _mask_address(settings.database)
    masked["watchlists"] = str(settings.watchlists)
    return masked


def _mask(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value in which pydantic's own stars for secrets are three."""
    if isinstance(value, dict):
        return {key: _mask(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_mask(one) for one in value]
    return "***" if value == "**********" else value


def _mask_address(url: str) -> str:
    """Return a database's address without its password, before the host or among the parameters."""
    url = re.sub(r"([?&]password=)[^&]*", r"\1***", url)
    head, at, tail = url.rpartition("@")
    scheme, slashes, user = head.partition("://")
    return f"{scheme}{slashes}{user.split(':')[0]}:***@{tail}" if at and ":" in user else url


def articles_readable() -> bool:
    """Return whether the extra is installed that reads the pages behind items, without loading it."""
    return find_spec("trafilatura") is not None


def _with_own(spec: FeedSpec, own: models.FeedModel) -> FeedSpec:
    """Return a feed of a list with what the configuration says of all feeds in it."""
    return replace(
        spec,
        tags=tuple(dict.fromkeys((*spec.tags, *own.tags))),
        interval=own.interval or spec.interval,
        full_text=own.full_text or spec.full_text,
    )
