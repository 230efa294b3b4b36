"""How many examples a property is tried with: those of the profile, which is "quick" in `make test` (conftest.py)."""

from hypothesis import settings


def times(factor: int) -> int:
    """Return so many times as many examples as a property usually has, 100 where no profile says otherwise."""
    return factor * settings().max_examples
