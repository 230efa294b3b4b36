"""What the address of a feed may be: a place on the web, or a file below a folder that the operator opened.

Files are the operator's own: an address of one is of use only where `feed_folders` of the configuration names a folder
above it. That holds for every way in, a list or a command alike, and is checked again whenever the file is read.
"""

import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from monitor.core.addresses import is_file
from monitor.errors import RefusedError

MAX_ADDRESS = 4_000
"""Characters of an address; web servers themselves refuse longer ones (8 KiB for a whole request line is usual)."""

EXPECTED = "expected http:// or https:// and a host"


def feed_address(text: str, folders: Sequence[Path] = ()) -> str:
    """Return the address of a feed as it is kept. Raises ValueError for what is none, with what was expected.

    `feed://host/` and `feed:https://host/`, which readers once registered for themselves, are what they stand for.

    folders   resolved; files below them may be feeds, too
    """
    url = text.strip()
    if url[:5].lower() == "feed:":
        rest = url[5:]
        url = f"http:{rest}" if rest.startswith("//") else rest
    if is_file(url):
        try:
            file_of(url, folders)
        except RefusedError as error:
            raise ValueError(error.detail) from error
        return url
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no number
    except ValueError as error:
        raise ValueError(f"{EXPECTED}; {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise ValueError(EXPECTED)
    if len(url) > MAX_ADDRESS:
        raise ValueError(f"{EXPECTED}, of at most {MAX_ADDRESS} characters")
    return url


def file_of(url: str, folders: Sequence[Path]) -> Path:
    """Return the file or folder that an address means, every link followed. Raises RefusedError when it is closed.

    What is not there yet is no error here.

    folders   resolved, of which one must hold it. Source of the form: RFC 8089, file://[localhost]/absolute/path
    """
    try:
        parts = urlsplit(url)
        path = Path(unquote(parts.path, errors="surrogateescape"))
    except ValueError as error:
        raise _refused(f"it is no address of a file: {error}") from error
    if parts.netloc not in ("", "localhost") or not path.is_absolute() or "\0" in str(path):
        raise _refused("expected file:// and an absolute path, such as file:///srv/feeds/paper.xml")
    if parts.query or parts.fragment:
        raise _refused("a ? or # in the name of a file is written %3F or %23 in its address")
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError) as error:  # links in a circle
        raise _refused(f"its path cannot be followed: {error}") from error
    if not any(resolved.is_relative_to(folder) for folder in folders):
        raise _refused(
            "it lies in no folder that feeds may be read from; name one under `feed_folders:` in the configuration"
        )
    return resolved


def kind_of(mode: int) -> str:
    """Return in words what a file is whose mode says that it is no file that can be read to its end."""
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFLNK: "a link"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def _refused(detail: str) -> RefusedError:
    """Return the refusal of an address of a file."""
    return RefusedError("closed file", detail, permanent=True)
