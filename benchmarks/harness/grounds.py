"""A ground that is ready: a broker, a folder, and a bundle that was loaded once, to see that it can be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks.harness import results
from benchmarks.harness.comments import REAL, SEED, SYNTHETIC, texts
from benchmarks.harness.running import Ground
from benchmarks.harness.stack import Stack
from model_service.bundle import load_bundle
from modstream.console import say
from modstream.settings import DoorSettings

SERVICE_WORKERS = 2
"""Whoever asks the service shares them; as many as cores where the README's figures are from."""


class Conditions(Struct, frozen=True, kw_only=True):
    """What figures were measured with, for a report."""

    comments: str
    """Where they are from."""
    model_version: str
    recipe: str
    cores: int
    python: str
    libraries: dict[str, str]
    service_workers: int

    def __str__(self) -> str:
        return (
            f"{self.comments}; recipe {self.recipe} ({self.model_version[:8]}), {self.cores} cores with the "
            f"broker and all else on them; a service that is asked has {self.service_workers} processes"
        )


@contextmanager
def prepared(
    model: Path | None, service_workers: int = SERVICE_WORKERS, *, keep: bool
) -> Iterator[tuple[Ground, Conditions]]:
    """Yield a ground and what is to be said of it; no process is left when it ends.

    Args:
        model: Folder of the bundle; None: the talk's recipe, trained on the spot.
        service_workers: Processes of the model service.
        keep: Leave the folder with the logs.
    """
    if model:
        load_bundle(model)  # one that cannot be used is told before anything is started
    with Stack(DoorSettings(), keep=keep) as stack:
        model = model or trained(stack.folder)
        bundle = load_bundle(model)
        cores, python = results.machine()
        yield (
            Ground(stack, model, service_workers),
            Conditions(
                comments=texts().kind,
                model_version=bundle.model_version,
                recipe=bundle.manifest.recipe,
                cores=cores,
                python=python,
                libraries=results.libraries(),
                service_workers=service_workers,
            ),
        )


def trained(folder: Path) -> Path:
    """Return a bundle of the talk's recipe, trained on what comments there are."""
    from training.sample import generate, write_csv
    from training.train import TrainingOptions, train

    data = REAL
    if not data.is_file():
        data = folder / "comments.csv"
        with data.open("wb") as file:
            write_csv(generate(SYNTHETIC, SEED), file)
    say("training the talk's recipe")
    out = folder / "talk"
    train(TrainingOptions(data, out, SEED, recipe="talk", with_dill=False, with_report=False))
    return out
