"""What a contender's program is told, through its environment. Standard library alone: both sides read it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

PREFIX = "BENCH_"


@dataclass(frozen=True)
class Job:
    """Where a contender reads comments, where its outputs go, and what scores them."""

    bootstrap: str
    comments: str
    """Topic of the comments."""
    predictions: str
    alerts: str
    group: str
    """Consumer group, new in each round."""
    model: str
    """Folder of the bundle."""
    service_url: str
    """Where the Seldon service answers REST; empty: the contender scores in its own process."""
    folder: str
    """For files of the contender's own, new in each round."""
    mix: str
    """Which comments they are, for a program that makes them itself."""
    count: int
    """How many comments there are."""

    @classmethod
    def here(cls) -> Self:
        """Return the job that this process was started for."""
        found = {each.name: os.environ[PREFIX + each.name.upper()] for each in fields(cls)}
        return cls(**{**found, "count": int(found["count"])})  # type: ignore[arg-type]

    def environment(self) -> Mapping[str, str]:
        """Return the variables that `here` reads."""
        return {PREFIX + each.name.upper(): str(getattr(self, each.name)) for each in fields(self)}

    @property
    def own_folder(self) -> Path:
        """Return the folder for files of the contender's own."""
        return Path(self.folder)
