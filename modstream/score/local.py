"""The engine of one machine: this process reads and writes, others score."""

from collections.abc import Iterator
from contextlib import closing

from modstream.replay.files import CommentFiles
from modstream.score.crew import Answer
from modstream.score.job import Job
from modstream.score.moderating import Scored
from modstream.score.rows import Chunk, chunks
from modstream.score.state import Progress


class LocalEngine(CommentFiles):
    """Reads the files of a job one after the other, and has what is in them scored.

    After an interruption the files are read from their beginning: what was done is passed over, which is
    many times as fast as scoring it.
    """

    def __init__(self, job: Job, answer: Answer) -> None:
        super().__init__([each.path for each in job.inputs])
        self._answer = answer

    def results(self, progress: Progress) -> Iterator[tuple[Chunk, Scored]]:
        """Yield the outcomes of what comes after `progress`, in the order of the files."""
        with closing(chunks(self, progress.rows, progress.offsets)) as given:  # and with it the file it is in
            yield from self._answer(given)
