"""The files of a run by name, and what is checked of them before anything is loaded or scored."""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from modstream.errors import OptionsError
from modstream.score.errors import OutputExistsError, OutputUnwritableError
from modstream.score.outputs import partial, writing
from training.errors import FileUnreadableError

NDJSON_ENDINGS = (".ndjson", ".jsonl", ".json")
OUT_ENDINGS = (*NDJSON_ENDINGS, ".parquet")

PREDICTIONS, DEAD_LETTERS = "predictions", "dead_letters"


def output_names(out: str, alerts: str | None, windows: str | None, late: str | None) -> dict[str, str]:
    """Return the files that a run may write, by what they hold."""
    path = Path(out)
    names = {
        PREDICTIONS: out,
        "alerts": alerts,
        "windows": windows,
        "late": late,
        DEAD_LETTERS: str(path.with_name(f"{path.stem}.dead_letters.ndjson")),
    }
    return {what: name for what, name in names.items() if name is not None}


def check_paths(inputs: Sequence[str], outputs: Mapping[str, str]) -> None:
    """Return if the inputs are there and the outputs can be written, as far as that shows before a run.

    Args:
        inputs: Files of comments.
        outputs: What `output_names` returns.

    Raises:
        OptionsError: If the names make no sense, alone or together.
        DataError: If an input is not there, or empty.
        OutputUnwritableError: If an output has no folder that can be written to, or is a folder.
    """
    _check_names(inputs, outputs)
    for name in inputs:
        _check_input(name)
    for name in outputs.values():
        _check_output(name)
    for path in _working(outputs):
        _check_output(str(path))


def check_absent(outputs: Mapping[str, str]) -> None:
    """Raise `OutputExistsError` if an output is there already."""
    for name in outputs.values():
        with writing(name):
            there = Path(name).exists()
        if there:
            raise OutputExistsError(Path(name))


def _check_names(inputs: Sequence[str], outputs: Mapping[str, str]) -> None:
    if "-" in inputs:
        raise OptionsError("standard input cannot be read again after an interruption: name files")
    for what, name in outputs.items():
        option, endings = ("--out", OUT_ENDINGS) if what == PREDICTIONS else (f"--{what}", NDJSON_ENDINGS)
        if not name.lower().endswith(endings):
            raise OptionsError(f"{option} {name}: use a name that ends in {', '.join(endings)}")
    taken = {Path(name).resolve() for name in inputs}
    for path in _working(outputs):
        if path.resolve() in taken:
            raise OptionsError(f"{path} is where the work is kept until it is whole: rename that input")
    for what, name in outputs.items():
        if Path(name).resolve() in taken:
            wanted = "where dead letters go" if what == DEAD_LETTERS else "named twice"
            raise OptionsError(f"{name} is {wanted}: every output needs a name of its own")
        taken.add(Path(name).resolve())


def _check_input(name: str) -> None:
    try:
        found = os.stat(name)  # noqa: PTH116  a path as the user wrote it
    except OSError as error:
        raise FileUnreadableError(name, error.strerror or str(error)) from error
    if stat.S_ISDIR(found.st_mode):
        raise FileUnreadableError(name, "it is a folder")
    if stat.S_ISREG(found.st_mode) and not found.st_size:
        raise FileUnreadableError(name, "it is empty")


def _check_output(name: str) -> None:
    path, folder = Path(name), Path(name).parent
    with writing(name):
        if path.is_dir():
            raise OutputUnwritableError(name, "it is a folder")
        if not folder.exists():
            raise OutputUnwritableError(name, f"there is no folder {folder}")
        if not folder.is_dir():
            raise OutputUnwritableError(name, f"{folder} is no folder")
        with TemporaryFile(dir=folder):
            pass  # asking the system for permission would not tell of read-only disks


def _working(outputs: Mapping[str, str]) -> list[Path]:
    """Return the files that only the work needs."""
    out = outputs[PREDICTIONS]
    return [
        *map(partial, outputs.values()),
        partial(f"{out}.lines"),
        partial(f"{out}.timed"),
        Path(f"{out}.state"),
        Path(f"{out}.state.new"),
    ]
