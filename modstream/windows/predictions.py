"""A recount of predictions as a topic or a file holds them: repeated ones once, late ones aside."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from modstream.verify.outputs import Forecast, decoded, source_of
from modstream.windows.recount import Recount
from streams.window_records import LateComment, WindowStats
from streams.windows import Observation, WindowSpec


class Place(NamedTuple):
    """Where a comment is in its topic."""

    partition: int
    offset: int


class Predicted(NamedTuple):
    """What windows need to know of a prediction."""

    place: Place
    created_utc: float
    subreddit: str | None
    probability: float


_late = msgspec.json.Decoder(LateComment)


class PredictionRecount:
    """Counts predictions again.

    Show it the records of late comments before the predictions: that a comment is ahead of its time is told
    there alone.
    """

    def __init__(self, topic: str, threshold: float, spec: WindowSpec, partitions: int) -> None:
        """Begin to count.

        Args:
            topic: The topic of comments; records about others are passed over.
            threshold: What a probability has to exceed to count as an alert.
            spec: How time is cut.
            partitions: How many the comments have.
        """
        self._topic = topic
        self._threshold = threshold
        self._recount = Recount(spec, partitions)
        self._next_offset = [0] * partitions
        self._told: dict[str, set[Place]] = defaultdict(set)
        self.late: set[Place] = set()
        """Comments that count in no window."""

    @property
    def told_late(self) -> set[Place]:
        """Return the comments that have a record as late ones."""
        return self._told["late"] | self._told["ahead"]

    @property
    def told_ahead(self) -> set[Place]:
        """Return the comments that have a record as ones ahead of their time."""
        return self._told["ahead"]

    def observe_late_record(self, value: bytes | None) -> None:
        """Enter a record of the topic of late comments.

        Raises:
            UnreadableOutputError: If it is none.
        """
        late = decoded(_late, value)
        topic, partition, offset = source_of(late.event_id)
        if topic == self._topic:
            self.observe_late(Place(partition, offset), late.reason)

    def observe_forecast(self, forecast: Forecast) -> None:
        """Enter a record of the prediction topic; those of one partition in the order of their records."""
        topic, partition, offset = forecast.source
        if topic != self._topic or partition >= len(self._next_offset) or forecast.resubmission is not None:
            return  # of no comment here, or brought back, which windows do not count
        place = Place(partition, offset)
        self.observe(Predicted(place, forecast.created_utc, forecast.subreddit, forecast.probability))

    def observe_late(self, place: Place, reason: Literal["late", "ahead"]) -> None:
        """Enter a late comment."""
        self._told[reason].add(place)

    def observe(self, predicted: Predicted) -> None:
        """Enter a prediction; those of one partition in the order of their records, repeated ones too."""
        place = predicted.place
        if place.offset < self._next_offset[place.partition]:
            return
        self._next_offset[place.partition] = place.offset + 1
        ahead = place in self._told["ahead"]
        seen = Observation.of(
            predicted.created_utc,
            predicted.subreddit,
            predicted.probability,
            alert=predicted.probability > self._threshold,
            ahead=ahead,
        )
        if self._recount.observe(place.partition, seen) is not None or ahead:
            self.late.add(place)

    @property
    def settled_until_s(self) -> float:
        """Return the event time up to which no comment can change a window any more."""
        return self._recount.settled_until_s

    def settled(self) -> Iterator[WindowStats]:
        """Yield the statistics of windows that nothing can change any more, oldest first, and forget them."""
        return self._recount.settled()

    def standing(self) -> Iterator[WindowStats]:
        """Yield the statistics of all windows that were not taken, as they stand; nothing is forgotten."""
        return self._recount.standing()

    def finish(self) -> Iterator[WindowStats]:
        """Yield the statistics of all windows that are left, oldest first: no comment comes any more."""
        return self._recount.finish()
