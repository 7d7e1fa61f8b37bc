"""Gets dead letters, and what became of them, from Kafka."""

from collections.abc import Callable, Iterable
from typing import Any

from modstream.dlq.catalogue import Catalogue
from modstream.dlq.letters import Place
from modstream.verify.reading import Partition, reader
from streams.kafka_cluster import Cluster
from streams.topics import Topics

CLOCKS_APART_MS = 300_000
"""How far the clocks of two workers may be apart, in milliseconds."""


async def read_catalogue(
    cluster: Cluster, topics: Topics, on_read: Callable[[int], None] = lambda count: None
) -> Catalogue:
    """Return every event with a dead letter, and which of them have a prediction by now.

    1. Read all dead letters. 2. Read the predictions from the time of the earliest letter on, on the
    partitions of the letters' sources: what brings a comment back is predicted later, on the same number.

    Args:
        cluster: Where to connect.
        topics: The pipeline's topics.
        on_read: Called with each further number of records read.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If one of the topics does not exist.
        ReadingStalledError: If the broker stops giving records.
        ReadingFailedError: If a request fails.
    """
    catalogue = Catalogue(topics.comments.name)
    names = [topics.dead_letters.name, topics.predictions.name, topics.comments.name]
    observers = {
        topics.dead_letters.name: catalogue.observe_letter,
        topics.predictions.name: catalogue.observe_prediction,
    }

    def observe(record: Any) -> None:
        on_read(1)
        observers[record.topic](record)

    async with reader(cluster, names) as source:
        letters = source.partitions(topics.dead_letters.name)
        starts, ends = await source.starts(letters), await source.ends(letters)
        stretches = {where: (starts[where], ends[where]) for where in letters}
        await source.read(stretches, observe)  # 1.
        catalogue.input_ends(await source.ends(source.partitions(topics.comments.name)))
        since_ms = {
            where: max(0, catalogue.since_ms[where[1]] - CLOCKS_APART_MS)
            for where in source.partitions(topics.predictions.name)
            if where[1] in catalogue.since_ms
        }
        if since_ms:
            ends = await source.ends(list(since_ms))
            starts = await source.offsets_at(since_ms)
            stretches = {where: (starts.get(where, ends[where]), ends[where]) for where in since_ms}
            await source.read(stretches, observe)  # 2.
    return catalogue


async def fetch(cluster: Cluster, places: Iterable[Place]) -> dict[Place, Any]:
    """Return the records at some places, as aiokafka gives them; those that retention deleted are left out.

    It reads from the first to the last place of each partition, so ask for neighbours.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If a topic does not exist.
        ReadingStalledError: If the broker stops giving records.
        ReadingFailedError: If a request fails.
    """
    wanted = set(places)
    stretches: dict[Partition, tuple[int, int]] = {}
    for each in wanted:
        first, end = stretches.get(each[:2], (each.offset, 0))
        stretches[each[:2]] = (min(first, each.offset), max(end, each.offset + 1))
    found: dict[Place, Any] = {}

    def keep(record: Any) -> None:
        place = Place(record.topic, record.partition, record.offset)
        if place in wanted:
            found[place] = record

    async with reader(cluster, sorted({each.topic for each in wanted})) as source:
        starts = await source.starts(list(stretches))
        await source.read(
            {where: (max(first, starts[where]), end) for where, (first, end) in stretches.items()}, keep
        )
    return found
