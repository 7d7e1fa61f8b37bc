"""Every event with a dead letter, and what became of it: pure, fed with what was read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from modstream.dlq.letters import Letter, read_letter
from modstream.verify.outputs import Source, UnreadableOutputError, source_of
from modstream.verify.reading import Partition
from streams.records import EVENT_ID, last_header

RECOVERED = "recovered"
REPLAYABLE = "replayable"
NOT_REPLAYABLE = "not replayable"


class Case(Struct, frozen=True):
    """An event: its newest dead letter, and how it stands."""

    letter: Letter
    letters: int
    """How many dead letters it has."""
    recovered: bool
    """Whether it has a prediction by now."""
    obstacle: str | None
    """Why it cannot be brought back; None when it can."""

    @property
    def state(self) -> str:
        """Return how it stands, in a word or two."""
        if self.recovered:
            return RECOVERED
        return REPLAYABLE if self.obstacle is None else NOT_REPLAYABLE


class Catalogue:
    """Events by their source record.

    Show it the dead letters first, those of a partition in offset order; then tell it where the input topic
    ends, and show it the predictions from `since_ms` on. Memory: about a kilobyte an event, no bodies.
    """

    def __init__(self, input_topic: str) -> None:
        self._input_topic = input_topic
        self._newest: dict[Source, Letter] = {}
        self._letters: Counter[Source] = Counter()
        self._recovered: set[Source] = set()
        self._input_ends: Mapping[Partition, int] = {}
        self._since_ms: dict[int, int] = {}
        self.unreadable = 0
        """Records of the dead-letter topic that do not say which event they are about."""

    def observe_letter(self, record: Any) -> None:
        """Enter a record of the dead-letter topic, as aiokafka gives it."""
        try:
            letter = read_letter(record)
        except UnreadableOutputError:
            self.unreadable += 1
            return
        partition = letter.source.partition
        self._newest[letter.source] = letter
        self._letters[letter.source] += 1
        self._since_ms[partition] = min(self._since_ms.get(partition, record.timestamp), record.timestamp)

    def observe_prediction(self, record: Any) -> None:
        """Enter a record of the prediction topic; one of an event without dead letter is passed over."""
        named = last_header(record.headers, EVENT_ID)
        if named is None:
            return
        try:
            source = source_of(named.decode("utf-8", "replace"))
        except UnreadableOutputError:
            return
        if source in self._newest:
            self._recovered.add(source)

    def input_ends(self, ends: Mapping[Partition, int]) -> None:
        """Learn where each partition of the input topic ends."""
        self._input_ends = ends

    @property
    def since_ms(self) -> Mapping[int, int]:
        """Return, by partition of their sources, the Kafka timestamp of the earliest letter."""
        return self._since_ms

    @property
    def letters(self) -> int:
        """Return how many letters were read, of however many events."""
        return self._letters.total()

    def cases(self, reason: str | None = None) -> list[Case]:
        """Return the events in the order of their newest letters, oldest first.

        Args:
            reason: Only those whose newest letter has this reason, however it is capitalised.
        """
        wanted = None if reason is None else reason.casefold()
        chosen = [
            self._case(each)
            for each in self._newest.values()
            if wanted is None or each.reason.casefold() == wanted
        ]
        return sorted(chosen, key=lambda case: (case.letter.at_s, case.letter.place))

    def find(self, wanted: str) -> list[Case]:
        """Return the event that has this event id, else those with this comment id."""
        cases = self.cases()
        exactly = [case for case in cases if case.letter.event_id == wanted]
        return exactly or [case for case in cases if case.letter.comment == wanted]

    def _case(self, letter: Letter) -> Case:
        source = letter.source
        obstacle = letter.obstacle or self._obstacle_of(source)
        return Case(letter, self._letters[source], source in self._recovered, obstacle)

    def _obstacle_of(self, source: Source) -> str | None:
        if source.topic != self._input_topic:
            return f"it came from another topic than {self._input_topic}"
        end = self._input_ends.get((source.topic, source.partition))
        if end is None:
            return f"{source.topic} has no partition {source.partition}"
        if source.offset >= end:
            # A topic made anew counts from zero: the identity would be that of another comment.
            return f"{source.topic} ends before its record: it is not the topic that it came from"
        return None


def by_reason(cases: Iterable[Case]) -> Iterator[tuple[str, Counter[str]]]:
    """Yield each reason and how many events stand how, the most frequent reason first."""
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        counts.setdefault(case.letter.reason, Counter())[case.state] += 1
    yield from sorted(counts.items(), key=lambda each: (-each[1].total(), each[0]))
