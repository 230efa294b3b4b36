"""Where the starter configuration and watchlists lie: in an installed package inside it, in a checkout at its root."""

from pathlib import Path

from monitor.errors import MonitorError

PACKAGE = Path(__file__).parent.parent


def starter_config() -> Path:
    """Return the starter configuration file."""
    return _find(PACKAGE / "starter" / "monitor.yaml", PACKAGE.parent / "deploy" / "monitor.yaml")


def starter_watchlists() -> Path:
    """Return the folder of the starter watchlists."""
    return _find(PACKAGE / "starter" / "watchlists", PACKAGE.parent / "watchlists")


def _find(*places: Path) -> Path:
    """Return the first of the places that exists."""
    for place in places:
        if place.exists():
            return place
    raise MonitorError(f"the starter files are missing beside {PACKAGE}; the installation is incomplete")
