"""What every report says of the machine, and how results are written."""

import os
import platform
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.harness.contenders import PEERS_PYTHON
from benchmarks.harness.errors import FileNotWritableError
from modstream.console import say

LIBRARIES = ("faust-streaming", "aiokafka", "seldon-core", "numpy", "spacy")
PEERS_LIBRARIES = ("quixstreams", "bytewax", "confluent-kafka")


def machine() -> tuple[int, str]:
    """Return how many cores there are, and Python's version."""
    return os.cpu_count() or 1, platform.python_version()


def libraries(peers: Path = PEERS_PYTHON) -> dict[str, str]:
    """Return the versions of what matters to the figures, in this environment and the peers'.

    Args:
        peers: The interpreter of the peers' environment; there may be none.
    """
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    theirs = [str(each) for each in peers.parents[1].glob("lib/python3*/site-packages")]
    for name in PEERS_LIBRARIES:
        for each in distributions(name=name, path=theirs):
            found[name] = each.version
    return found


def require_writable(*paths: Path | None) -> None:
    """Return if results can be written; what is in the files stays for now.

    Raises:
        FileNotWritableError: If one cannot.
    """
    for path in filter(None, paths):
        is_new = not path.exists()
        try:
            with path.open("ab"):
                pass
        except OSError as error:
            raise FileNotWritableError(path, error.strerror or str(error)) from error
        if is_new:
            path.unlink()


def write_json(report: Struct, path: Path) -> None:
    """Write a report, for people as well as programs."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def form(picture: Path) -> str:
    """Return the form that a picture's name asks for: `png`, `svg` or `pdf`."""
    return picture.suffix.lower().removeprefix(".")


def tell_written(*paths: Path | None) -> None:
    """Say which files there are now."""
    for path in filter(None, paths):
        say(f"\nwritten: {path}")
