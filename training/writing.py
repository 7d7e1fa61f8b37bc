"""Writes a bundle: all of it or nothing, and never over a folder that is no bundle."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from model_service.bundle import CLASSIFIER, MANIFEST, REPORT, VECTORIZER, is_bundle
from model_service.weights_files import VOCABULARY, WEIGHTS
from training.errors import OutputError

BUNDLE_FILES = frozenset({MANIFEST, WEIGHTS, VOCABULARY, VECTORIZER, CLASSIFIER, REPORT})
"""A folder with anything else in it is not replaced: other programs write a `model.json` too."""


def check_destination(out: Path) -> None:
    """Find out, before hours of training, whether a bundle could be written.

    Raises:
        OutputError: If it could not.
    """
    if out.exists() and (strange := _strange(out)):
        raise OutputError(out, f"something that is no bundle is there already: {strange}")
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


def _strange(there: Path) -> str:
    """Return what makes a place no empty folder and no bundle; empty if nothing does."""
    if not there.is_dir():
        return "a file"
    names = {entry.name for entry in there.iterdir()}
    strange = min(names - BUNDLE_FILES, default="")
    return strange or (f"a folder without {MANIFEST}" if names and not is_bundle(there) else "")
