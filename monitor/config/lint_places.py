"""Where findings of a check stand in the files, and which of them their authors have silenced."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.config.source import Path_, Source
from monitor.config.watchlist_models import EntityModel, LintModel, WatchlistModel
from monitor.config.watchlists import Read
from monitor.core.findings import Finding, Subject

Found = tuple[Source, Path_, tuple[LintModel, ...]]
"""The file and the path of a subject, and what may silence findings about it: its own `lint` first."""


def placed(findings: Iterable[Finding], read: Read) -> list[Finding]:
    """Return the findings with their places, in order of files and lines, without those that are silenced.

    A silence that silences nothing is a finding itself.
    """
    subjects = dict(_subjects(read))
    told, used = [], set()
    for finding in findings:
        if finding.subject is None:
            told.append(finding)
            continue
        source, path, lints = subjects[finding.subject]
        silence = next((lint for lint in lints if finding.code in lint.ignore), None)
        if silence is not None:
            used.add((id(silence), finding.code))
        elif finding.file:
            told.append(finding)
        else:
            told.append(replace(finding, file=source.file, line=source.line(path)))
    for subject, (source, path, lints) in subjects.items():
        told += [_idle(subject, code, source, path) for code in lints[0].ignore if (id(lints[0]), code) not in used]
    return sorted(told, key=lambda one: (one.file, one.line or 0, one.level.rank, one.code))


def _idle(subject: Subject, code: str, source: Source, path: Path_) -> Finding:
    """Return the finding that a silence silences nothing."""
    what = f"lint.ignore.{code} of {subject.id} silences nothing"
    line = source.line((*path, "lint", "ignore", code))
    return Finding("idle-ignore", what, "take it away", subject, source.file, line)


def _subjects(read: Read) -> Iterator[tuple[Subject, Found]]:
    """Yield everything that a finding may be about."""
    for source, model in read:
        for number, entity in enumerate(model.entities):
            yield from _of_entity(source, ("entities", number), entity)
        yield from _of_rules(source, model)


def _of_entity(source: Source, path: Path_, entity: EntityModel) -> Iterator[tuple[Subject, Found]]:
    """Yield an entity and its aliases, which begin with its name where that is one."""
    yield Subject("entity", entity.id), (source, path, (entity.lint,))
    named = entity.name_alias and entity.name not in {alias.text for alias in entity.aliases}
    if named:
        yield Subject("entity", entity.id, 0), (source, (*path, "name"), (LintModel(), entity.lint))
    for number, alias in enumerate(entity.aliases):
        yield (
            Subject("entity", entity.id, number + named),
            (source, (*path, "aliases", number), (alias.lint, entity.lint)),
        )


def _of_rules(source: Source, model: WatchlistModel) -> Iterator[tuple[Subject, Found]]:
    """Yield the rules of a file."""
    for number, rule in enumerate(model.rules):
        yield Subject("rule", rule.id), (source, ("rules", number), (rule.lint,))
