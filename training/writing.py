"""Writes a bundle: all of it or nothing, and never over a folder that is no bundle."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from model_service.bundle import MANIFEST, is_bundle
from training.errors import OutputError


def check_destination(out: Path) -> None:
    """Find out, before hours of training, whether a bundle could be written.

    Raises:
        OutputError: If it could not.
    """
    if out.exists() and not is_bundle(out) and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(out, "something that is no bundle is there already")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".modstream-"):
            pass
    except OSError as error:
        raise OutputError(out, error.strerror or str(error)) from error


def write(out: Path, manifest: bytes, files: Mapping[str, bytes]) -> None:
    """Write a bundle beside its place, and then move it there.

    Args:
        out: The folder; an earlier bundle in it is replaced.
        manifest: The bytes of `model.json`.
        files: The other files, by name.

    Raises:
        OutputError: If it cannot be written; what was there is there still.
    """
    check_destination(out)
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
    fresh.rename(out)
    shutil.rmtree(old)
