"""The windows of a topic or of files of predictions, counted from scratch."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from modstream.verify.outputs import UnreadableOutputError, read_prediction, source_of
from modstream.verify.reading import Partition, Reader, reader
from modstream.windows.errors import NotPredictionsError
from modstream.windows.predictions import Place, Predicted, PredictionRecount
from streams.kafka_cluster import Cluster
from streams.records import Prediction
from streams.topics import Topics
from streams.window_records import WindowStats
from streams.windows import WindowSpec


class _Told(Prediction, frozen=True, kw_only=True):
    """A line of a file: a prediction, or an alert, which has all that a prediction has."""

    threshold: Any = msgspec.UNSET


_predictions = msgspec.json.Decoder(_Told)

ANY_TOPIC = ""
"""Lines of a file are of one topic, whichever it is."""


def of_topics(
    cluster: Cluster,
    topics: Topics,
    threshold: float,
    spec: WindowSpec,
    on_read: Callable[[int], None] = lambda count: None,
) -> list[WindowStats]:
    """Return the statistics that the predictions on their topic lead to, oldest windows first.

    Args:
        cluster: Where to connect.
        topics: The pipeline's topics.
        threshold: What a probability has to exceed to count as an alert.
        spec: How time is cut.
        on_read: Called with the number of records that were read.

    Raises:
        ModstreamError: If the cluster cannot be read.
    """
    return asyncio.run(_of_topics(cluster, topics, threshold, spec, on_read))


async def _of_topics(
    cluster: Cluster, topics: Topics, threshold: float, spec: WindowSpec, on_read: Callable[[int], None]
) -> list[WindowStats]:
    names = [topics.comments.name, topics.predictions.name, topics.late.name]
    async with reader(cluster, names) as source:
        partitions = len(source.partitions(topics.comments.name))
        recount = PredictionRecount(topics.comments.name, threshold, spec, partitions)
        found: list[WindowStats] = []

        def observe_late(record: Any) -> None:
            recount.observe_late_record(record.value)

        def observe_prediction(record: Any) -> None:
            recount.observe_forecast(read_prediction(record.value, record.headers))
            found.extend(recount.settled())

        # A late comment is told of before its prediction: what the later ends leave out has none yet.
        predictions = await _stretches(source, topics.predictions.name)
        late = await _stretches(source, topics.late.name)
        await source.read(late, _passing_over_what_is_unreadable(observe_late, on_read))
        await source.read(predictions, _passing_over_what_is_unreadable(observe_prediction, on_read))
        return [*found, *recount.finish()]


async def _stretches(source: Reader, topic: str) -> dict[Partition, tuple[int, int]]:
    """Return where each partition of a topic begins and ends now."""
    partitions = source.partitions(topic)
    starts, ends = await source.starts(partitions), await source.ends(partitions)
    return {each: (starts[each], ends[each]) for each in partitions}


def _passing_over_what_is_unreadable(
    observe: Callable[[Any], None], on_read: Callable[[int], None]
) -> Callable[[Any], None]:
    def passing_over(record: Any) -> None:
        on_read(1)
        try:
            observe(record)
        except UnreadableOutputError:
            return  # `modstream verify` counts it

    return passing_over


def of_lines(
    lines: Iterable[tuple[str, bytes]],
    threshold: float,
    spec: WindowSpec,
    partitions: int,
    max_ahead_s: float,
) -> Iterator[WindowStats]:
    """Yield the statistics that predictions lead to, oldest windows first.

    Args:
        lines: Where each line is from, and the line: predictions as JSON, in the order of their comments, as
            `modstream score` writes them.
        threshold: What a probability has to exceed to count as an alert.
        spec: How time is cut.
        partitions: How many the comments have.
        max_ahead_s: How far ahead of when it was scored a comment's own time may be, in seconds.

    Raises:
        NotPredictionsError: If a line is not a prediction of such a partition.
    """
    recount = PredictionRecount(ANY_TOPIC, threshold, spec, partitions)
    for origin, line in lines:
        try:
            told = _predictions.decode(line)
            _, partition, offset = source_of(told.event_id)
        except (UnreadableOutputError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise NotPredictionsError(origin, str(error)) from error
        if told.threshold is not msgspec.UNSET:
            raise NotPredictionsError(origin, "it is an alert, with `threshold` and `reasons`")
        if partition >= partitions:
            raise NotPredictionsError(origin, f"partition {partition} of {partitions}")
        place = Place(partition, offset)
        if told.created_utc == told.scored_at:
            continue  # it had no time of its own: `modstream score` gives it that of the run
        if told.created_utc > told.scored_at + max_ahead_s:
            recount.observe_late(place, "ahead")
        recount.observe(Predicted(place, told.created_utc, told.subreddit, told.probability))
        yield from recount.settled()
    yield from recount.finish()
