"""Print the newest predictions as they are on their topic, a line of JSON each; as an argument, how many.

For `docker compose run --rm replay`, in the jobs' image: it reads as `modstream verify` does.
"""

import asyncio
import sys

from aiokafka import ConsumerRecord

from modstream.cluster import cluster_of
from modstream.settings import DoorSettings
from modstream.verify.reading import reader


async def newest(count: int) -> list[ConsumerRecord]:
    """Return the predictions that came last, the newest at the end."""
    settings = DoorSettings()
    topic = settings.topics.predictions.name
    found: list[ConsumerRecord] = []
    async with reader(cluster_of(settings), [topic]) as source:
        partitions = source.partitions(topic)
        starts, ends = await source.starts(partitions), await source.ends(partitions)
        stretches = {each: (max(starts[each], ends[each] - count), ends[each]) for each in partitions}
        await source.read(stretches, found.append)
    return sorted(found, key=lambda record: record.timestamp)[-count:]


if __name__ == "__main__":
    for record in asyncio.run(newest(int(sys.argv[1]))):
        print(record.value.decode())  # noqa: T201
