"""How much is tried: as the profile says, which is "quick" in `make test` and "whole" elsewhere (conftest.py)."""

from hypothesis import settings


def times(factor: int) -> int:
    """Return so many times as many examples as a property usually has, 100 where no profile says otherwise."""
    return factor * settings().max_examples


def sized(whole: int, *, quick: int) -> int:
    """Return how large a monster is: a smaller one shows the same law in `make test`."""
    return quick if settings.get_current_profile_name() == "quick" else whole
