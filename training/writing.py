"""Writes a bundle: all of it or nothing, and never over a folder that is no bundle."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from model_service.bundle import CLASSIFIER, MANIFEST, VECTORIZER, VOCABULARY, WEIGHTS, is_bundle
from training.errors import OutputError

BUNDLE_FILES = frozenset({MANIFEST, WEIGHTS, VOCABULARY, VECTORIZER, CLASSIFIER})
"""A folder with anything else in it is not replaced: other programs write a `model.json` too."""


def check_destination(out: Path) -> None:
    """Find out, before hours of training, whether a bundle could be written.

    Raises:
        OutputError: If it could not.
    """
    if out.exists() and not _may_go(out):
        raise OutputError(out, "something that is no bundle is there already")
    try:
        parent = out.resolve().parent
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".modstream-"):
            pass
    except OSError as error:
        raise OutputError(out, error.strerror or str(error)) from error


def write(out: Path, manifest: bytes, files: Mapping[str, bytes]) -> None:
    """Write a bundle beside its place, and then move it there.

    Args:
        out: The folder; an earlier bundle in it is replaced. A link stays, and what it leads to is replaced.
        manifest: The bytes of `model.json`.
        files: The other files, by name.

    Raises:
        OutputError: If it cannot be written; what was there is there still.
    """
    check_destination(out)
    out = out.resolve()
    fresh = Path(tempfile.mkdtemp(dir=out.parent, prefix=".modstream-"))
    try:
        for name, content in {**files, MANIFEST: manifest}.items():
            with (fresh / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        fresh.chmod(0o755)
        _replace(out, fresh)
    except OSError as error:
        raise OutputError(out, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace(out: Path, fresh: Path) -> None:
    if not out.exists():
        fresh.rename(out)
        return
    old = fresh.with_name(f"{fresh.name}-old")
    out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old)


def _may_go(there: Path) -> bool:
    """Tell whether a folder is empty, or holds a bundle and nothing else."""
    if not there.is_dir():
        return False
    names = {entry.name for entry in there.iterdir()}
    return not names or (is_bundle(there) and names <= BUNDLE_FILES)
