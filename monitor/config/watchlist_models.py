"""What may stand in a watchlist file."""

from difflib import get_close_matches
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from monitor.core import rules
from monitor.core.findings import IGNORABLE
from monitor.core.types import Kind, Severity

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Truth = Annotated[bool, Field(strict=True)]
"""true or false; to pydantic `no` and `off` are truths as well, to YAML 1.2 and to us they are words."""


def _texts(value: object) -> object:
    """Let a number stand for the word it is written as."""
    return [str(one) if isinstance(one, int | float) else one for one in value] if isinstance(value, list) else value


Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]


class Model(BaseModel):
    """What all parts of a watchlist file share."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LintModel(Model):
    """What the author has looked at and wants no more to be told of: code to reason."""

    ignore: dict[Literal[*sorted(IGNORABLE)], Text] = Field(default_factory=dict)  # type: ignore[valid-type]  # from one table


@cache
def _no_lint() -> LintModel:
    """Return the one that silences nothing; as a plain default it would be copied for every alias."""
    return LintModel()


class AliasModel(Model):
    """One way to write an entity."""

    text: Text
    lang: str | None = None
    case: Literal["fold", "exact"] = "fold"
    not_before: Texts = ()
    not_after: Texts = ()
    context: str | None = None
    lint: LintModel = Field(default_factory=_no_lint)


def _alias(value: object) -> object:
    """Let a text stand for an alias without options."""
    _refuse_colon(value, AliasModel, "the alias")
    return {"text": str(value)} if isinstance(value, str | int | float) else value


def _refuse_colon(value: object, model: type[Model], what: str) -> None:
    """Refuse a text that YAML takes for a key and its value, because a colon stands in it."""
    if isinstance(value, dict) and len(value) == 1:
        [(key, rest)] = value.items()
        meant = key in model.model_fields or get_close_matches(key.lower(), model.model_fields, n=1)
        if isinstance(rest, str | int | float) and not meant:
            shown = f"{key}: {rest}".replace("'", "''")
            raise ValueError(f"a colon makes a key of {key!r}; put {what} into quotes: '{shown}'")


class ExampleModel(Model):
    """A piece of news."""

    title: Annotated[str, Field(max_length=1_000)] = ""
    text: Annotated[str, Field(max_length=20_000)] = ""
    lang: str | None = None

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if not (self.title.strip() or self.text.strip()):
            raise ValueError("expected a sentence, or title or text")
        return self


def _example(value: object) -> object:
    """Let a text stand for a headline."""
    _refuse_colon(value, ExampleModel, "the headline")
    return {"title": str(value)} if isinstance(value, str | int | float) else value


Examples = tuple[Annotated[ExampleModel, BeforeValidator(_example)], ...]


class ExamplesModel(Model):
    """News that a rule must hit, or in which an entity must be mentioned; and news where it must not."""

    match: Examples = ()
    no_match: Examples = ()


@cache
def _no_examples() -> ExamplesModel:
    """Return the one without examples; as a plain default it would be copied for every entity."""
    return ExamplesModel()


class EntityModel(Model):
    """A person, organisation, place, event or theme."""

    id: Id
    kind: Kind
    name: Text
    type: str | None = None
    aliases: tuple[Annotated[AliasModel, BeforeValidator(_alias)], ...] = ()
    name_alias: Truth = True
    tags: Texts = ()
    severity: Severity | None = None
    variants: Truth | None = None
    context: str | None = None
    alone: Truth = True
    location: Annotated[tuple[Latitude, Longitude], Field(description="Degrees north and east.")] | None = None
    notes: str = ""
    source: str | tuple[str, ...] = ""
    examples: ExamplesModel = Field(default_factory=_no_examples)
    lint: LintModel = Field(default_factory=_no_lint)


class RuleModel(Model):
    """A condition on one item."""

    id: Id
    title: Text
    when: Annotated[str, Field(min_length=1, max_length=rules.MAX_CHARS)]
    severity: Severity | None = None
    tags: Texts = ()
    notes: str = ""
    examples: ExamplesModel = Field(default_factory=_no_examples)
    lint: LintModel = Field(default_factory=_no_lint)


class WatchlistModel(Model):
    """One file."""

    watchlist: Id
    title: Text
    severity: Severity = Severity.MEDIUM
    tags: Texts = ()
    notes: str = ""
    source: str | tuple[str, ...] = ""
    entities: tuple[EntityModel, ...] = ()
    rules: tuple[RuleModel, ...] = ()
