"""One node of `benchmarks.chaos --nodes`: `monitor run`, on a machine whose clock is wrong.

python -m benchmarks.chaos_node --config monitor.yaml --ahead 60
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from monitor import log
from monitor.clock import utcnow
from monitor.config.settings import load_settings
from monitor.daemon import Daemon


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos_node", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds that its clock is before the right time")
    wanted = parser.parse_args(arguments)
    ahead = timedelta(seconds=wanted.ahead)
    settings = load_settings(wanted.config, os.environ)
    log.configure(level=settings.log.level, form=settings.log.format)
    asyncio.run(Daemon(settings, environ=os.environ, clock=lambda: utcnow() + ahead).run(signals=True))
    sys.stdout.flush()
    os._exit(0)  # as `monitor run` ends


if __name__ == "__main__":
    sys.exit(main())
