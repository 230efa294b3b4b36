"""Make docs/mail.png: the mail of an alert as a browser shows it, after a change to its look.

.venv/bin/python -m tools.picture_mail      # needs chromium, and fonts of all scripts (fonts-noto-core)
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from monitor.render.message import render
from tests.render.samples import alert_delivery

PICTURE = Path(__file__).parents[1] / "docs" / "mail.png"

WINDOW = "680,856"
"""Width and height in pixels: the card, and a little around it."""


def main() -> None:
    """Write the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        mail = Path(folder) / "mail.html"
        mail.write_text(render(alert_delivery(), kind="email").html, encoding="utf-8")
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={WINDOW}",
            f"--user-data-dir={folder}/profile", f"--screenshot={PICTURE}", mail.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own words
    print(f"wrote {PICTURE}; look at it before you commit it")


if __name__ == "__main__":
    main()
