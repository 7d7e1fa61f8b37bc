"""Counts the windows of scored comments, as the stream would have: a second reading, of the predictions."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from modstream.score.job import Job
from modstream.score.outputs import growing, partial
from modstream.windows.recount import Recount
from streams.records import Prediction, encode
from streams.window_records import LateComment, WindowStats, observation_of

TOLD_EVERY = 10_000
"""Comments between two looks for windows that nothing can change any more."""

UNTIMED = b"0"


class Counted(Struct, frozen=True, kw_only=True):
    """What became of the comments in windows."""

    rows: int
    """Statistics: one for each window and subreddit, and one for all of a window."""
    late: int
    ahead: int


def count_windows(
    job: Job, predictions: Path, timed: Path, started_s: float, on_read: Callable[[int], None]
) -> Counted:
    """Write the statistics of all windows, and what counts in none, into partial files.

    Comments without a time of their own are in no window. What is held in memory are open windows.

    Args:
        job: How windows are cut, and where the outputs go.
        predictions: The predictions, a line each, in the comments' order.
        timed: A byte for each prediction: whether its comment has a time of its own.
        started_s: The time of the run: nothing can be much later than that.
        on_read: Called with each further number of bytes read.

    Raises:
        OutputUnwritableError: If an output cannot be written.
    """
    recount = Recount(job.window, job.partitions)
    rows = late = ahead = 0
    outputs = {
        what: name for what, name in (("windows", job.windows), ("late", job.late)) if name is not None
    }
    with growing({what: partial(name) for what, name in outputs.items()}, {}) as files:

        def write(what: str, lines: bytes) -> None:
            if lines and what in files:
                files[what].write(lines)

        def settle(stats: Iterator[WindowStats]) -> int:
            found = [encode(each) for each in stats]
            write("windows", b"".join(each + b"\n" for each in found))
            return len(found)

        for number, (prediction, size) in enumerate(_timed(predictions, timed), start=1):
            if prediction is not None:
                seen = observation_of(prediction, job.threshold, started_s, job.max_ahead_s)
                below_s = recount.observe(_partition(prediction), seen)
                if below_s is not None or seen.ahead:
                    late += below_s is not None
                    ahead += seen.ahead
                    write("late", encode(LateComment.of(prediction, below_s, started_s)) + b"\n")
            on_read(size)
            if number % TOLD_EVERY == 0:
                rows += settle(recount.settled())
        rows += settle(recount.finish())
        for file in files.values():
            file.sync()
    return Counted(rows=rows, late=late, ahead=ahead)


def _timed(predictions: Path, timed: Path) -> Iterator[tuple[Prediction | None, int]]:
    """Yield each prediction whose comment has a time of its own, else None, and its bytes."""
    decoder = msgspec.json.Decoder(Prediction)
    with predictions.open("rb") as lines, timed.open("rb") as flags:
        for line in lines:
            has_time = flags.read(1) != UNTIMED
            yield (decoder.decode(line) if has_time else None), len(line)


def _partition(prediction: Prediction) -> int:
    return int(prediction.event_id.rsplit(":", 2)[1])
