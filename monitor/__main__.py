"""`python -m monitor`, and the command `monitor`."""

import sys

from monitor.errors import ConfigError, MonitorError


def main() -> None:
    """Run the command line; a told error becomes one clear text on stderr and exit code 1, or 2 when it is usage."""
    from monitor.cli.main import app

    try:
        app()
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the command line's last word
        sys.exit(2)
    except MonitorError as error:
        print(f"monitor: {error}", file=sys.stderr)  # noqa: T201 - as above
        sys.exit(1)


if __name__ == "__main__":
    main()
