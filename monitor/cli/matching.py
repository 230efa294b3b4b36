"""The options by which a command says which hits it means: the keys of `match` in the configuration."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import complete

if TYPE_CHECKING:
    from monitor.core.types import RouteMatch

Many = list[str] | None

SeverityOption = Annotated[
    Many,
    typer.Option(
        "--severity", help="low, medium, high, critical; several: repeat it.", autocompletion=complete.severities
    ),
]
WatchlistOption = Annotated[
    Many, typer.Option("--watchlist", help="Id of a watchlist.", autocompletion=complete.watchlists)
]
RuleOption = Annotated[
    Many, typer.Option("--rule", help="Id of a rule, or entity:<id>.", autocompletion=complete.rules)
]
EntityOption = Annotated[
    Many, typer.Option("--entity", help="Id of an entity that the hit names.", autocompletion=complete.entities)
]
KindOption = Annotated[Many, typer.Option("--kind", help="person, organisation, place, event or theme.")]
TagOption = Annotated[Many, typer.Option("--tag", help="Tag of the rule or the entity.")]
FeedOption = Annotated[
    Many, typer.Option("--feed", help="Name, address or tag of a feed.", autocompletion=complete.feeds)
]
LangOption = Annotated[Many, typer.Option("--lang", help="Language of the item, such as ur or fa-AF.")]
TierOption = Annotated[Many, typer.Option("--tier", help="exact, inflected or spelling.")]


def conditions(*, publishers: str | None = None, **given: Sequence[str] | None) -> "RouteMatch":
    """Return the conditions that options name; raises typer.BadParameter for a value that is none."""
    from pydantic import ValidationError

    from monitor.config.models import MatchModel

    values = {name: list(words) for name, words in given.items() if words}
    try:
        return MatchModel.model_validate(values | ({"publishers": publishers} if publishers else {})).conditions()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).removesuffix("s") if first["loc"][0] == "tags" else str(first["loc"][0])
        raise typer.BadParameter(f"{first['input']!r}: {first['msg']}", param_hint=f"--{name}") from error
