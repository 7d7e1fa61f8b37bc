"""What a run is to do: everything that decides its outputs, and nothing else."""

import os

from msgspec import Struct

from modstream.score.paths import output_names
from streams.settings import StreamSettings
from streams.topics import Topics
from streams.windows import WindowSpec
from training.errors import FileUnreadableError


class Input(Struct, frozen=True):
    """A file as it was when the run began."""

    path: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: str) -> "Input":
        """Return what identifies a file.

        Raises:
            DataError: If it is not there.
        """
        try:
            found = os.stat(path)  # noqa: PTH116  a path as the user wrote it
        except OSError as error:
            raise FileUnreadableError(path, error.strerror or str(error)) from error
        return cls(path, found.st_size, found.st_mtime_ns)


class Job(Struct, frozen=True, kw_only=True):
    """One run: two runs with equal jobs and the same start give the same bytes."""

    inputs: tuple[Input, ...]
    out: str
    alerts: str | None
    windows: str | None
    late: str | None
    """Where the outputs go; what is None is not written."""
    topic: str
    """The first part of event ids: where a replay would put the comments."""
    partitions: int
    threshold: float
    reasons: int
    """Words that an alert names at the most."""
    comment_max_bytes: int
    window: WindowSpec
    max_ahead_s: float
    model_version: str

    def differences(self, other: "Job") -> list[str]:
        """Return the names of what differs."""
        names = self.__struct_fields__
        return [name for name in names if getattr(self, name) != getattr(other, name)]

    def settings(self) -> StreamSettings:
        """Return the settings of a worker that decides alike."""
        return StreamSettings(
            classifier_url="inprocess:",
            moderation_threshold=self.threshold,
            reasons_per_alert=self.reasons,
            comment_max_bytes=self.comment_max_bytes,
        )

    def topics(self) -> Topics:
        """Return the topics of a worker that decides alike."""
        prefix = self.topic.removesuffix(Topics.named().comments.name)
        return Topics.named(prefix, self.partitions)


class Model(Struct, frozen=True):
    """The model that scores, and when the run began: what a scoring process needs beside the job."""

    folder: str
    started_s: float
    """Stands for the time of scoring in every record, and for that of comments that have none."""


def outcome_names(job: Job) -> dict[str, str]:
    """Return the files that a job may write, by what they hold."""
    return output_names(job.out, job.alerts, job.windows, job.late)
