"""What windows cost: CPU per comment, the size of their state, and how long a restart takes to read it.

    make bench-windows          (or python -m benchmarks.windows --json windows.json)

The keeper and the merger run as in the worker, without Kafka: first their own CPU time is measured, then that
of sending what they publish to a real broker. Restoring is measured on that broker too, from a partition of
the state's topic as a worker leaves it, before compaction.
"""

import argparse
import asyncio
import gc
import json
import random
import tempfile
import time
import tracemalloc
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from modstream import topic_admin
from modstream.local_kafka import LocalKafka, free_port
from modstream.settings import DoorSettings
from streams import record_batches
from streams.kafka_cluster import Cluster
from streams.merge_loop import MergeLoop
from streams.moderation import Outcome
from streams.offsets import Partition
from streams.partition_log import Extent, PartitionLogs
from streams.records import Output, Prediction, SourceRecord
from streams.settings import StreamSettings
from streams.topics import Topics
from streams.window_keeper import WindowKeeper

COMMENTS = 100_000
BATCH = 512
THRESHOLD = 0.5
PER_S = 5_000.0
"""How fast the clock goes: comments a second, for what is told every few seconds."""
WINDOWS_OPEN = 2
ROUNDS = 5
"""Others use the machine too: what they take away is no cost of windows."""
MIB = 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """Of one number of active (window, subreddit) pairs."""

    pairs: int
    comments: int
    keeper_us: float
    """CPU time a comment: counting, checkpoints, and what the merger is told."""
    merger_us: float
    """CPU time a comment of merging it."""
    records: float
    """Records a comment on all topics of windows."""
    largest_record_bytes: int
    memory_mib: float
    """Memory of the keeper's state."""
    sending_us: float = 0.0
    """CPU time a comment of sending what keeper and merger publish."""
    restore_s: float = 0.0
    """Time to read the state back from a real broker."""
    restored_bytes: int = 0
    """What there was to read, as the topic has it before compaction."""

    @property
    def cpu_us(self) -> float:
        """Return the CPU time a comment of all that windows do."""
        return self.keeper_us + self.merger_us + self.sending_us


class Nothing:
    """Logs of topics that are empty."""

    async def newest(self, wheres: Collection[Partition]) -> dict[Partition, dict[bytes, bytes]]:
        """Return no checkpoint."""
        return {where: {} for where in wheres}

    async def extents(self, wheres: Collection[Partition]) -> dict[Partition, Extent]:
        """Return those of single partitions with comments enough."""
        return dict.fromkeys(wheres, Extent(10**9, 1))

    async def records(self, where: Partition) -> list[object]:
        """Return no partials."""
        return []


def outcomes(pairs: int, count: int) -> Iterator[Outcome]:
    """Yield comments that keep so many (window, subreddit) pairs open."""
    chance = random.Random(pairs)  # noqa: S311  comments to be repeated, not secrets
    subreddits = [f"subreddit{number}" for number in range(max(1, pairs // WINDOWS_OPEN))]
    a_window = max(20 * len(subreddits), 1_000)  # comments in it
    for offset in range(count):
        record = SourceRecord("reddit_stream", 0, offset, b"", b"", 2e9)
        prediction = Prediction(
            id=f"c{offset}",
            probability=chance.random(),
            original="",
            subreddit=chance.choice(subreddits),
            created_utc=1.7e9 + offset * 60.0 / a_window,
            model_version="v",
            event_id=record.event_id,
            scored_at=0.0,
        )
        yield Outcome(record, [], prediction, THRESHOLD)


def cost_of(pairs: int) -> tuple[Cost, list[Output], list[Output]]:
    """Return what so many pairs cost, the checkpoints that were written, and everything else."""
    clock_s = 0.0
    told: list[Output] = []
    checkpoints: list[Output] = []

    async def publish(outputs: Sequence[Output]) -> None:
        told.extend(outputs)

    settings, topics = StreamSettings(), Topics.named()
    comments = list(outcomes(pairs, max(COMMENTS, 60 * pairs)))
    batches = [comments[first : first + BATCH] for first in range(0, len(comments), BATCH)]
    keeper = WindowKeeper(settings, topics, Nothing(), publish, list, lambda: clock_s)

    async def count() -> None:
        nonlocal clock_s
        for batch in batches:
            clock_s += len(batch) / PER_S
            checkpoints.extend(await keeper.count(batch, 1))

    gc.collect()
    gc.freeze()  # a worker does not hold so many comments, nor look through them for garbage
    began = time.process_time()
    asyncio.run(count())
    keeper_s = time.process_time() - began

    merging = MergeLoop(topics, Nothing(), provisional=True)  # type: ignore[arg-type]
    records = [
        SourceRecord(each.topic, 0, offset, each.key, each.value, 0.0) for offset, each in enumerate(told)
    ]

    merged: list[Output] = []

    async def merge() -> None:
        for first in range(0, len(records), BATCH):
            merged.extend(await merging.handle(records[first : first + BATCH], 1))

    began = time.process_time()
    asyncio.run(merge())
    merger_s = time.process_time() - began
    gc.unfreeze()
    cost = Cost(
        pairs=sum(len(rows) for windows in keeper.standing().values() for rows in windows.panes.values()),
        comments=len(comments),
        keeper_us=1e6 * keeper_s / len(comments),
        merger_us=1e6 * merger_s / len(comments),
        records=(len(checkpoints) + len(told) + len(merged)) / len(comments),
        largest_record_bytes=max(each.size for each in checkpoints + told),
        memory_mib=memory_mib(batches),
    )
    return cost, checkpoints, told + merged


def memory_mib(batches: Sequence[Sequence[Outcome]]) -> float:
    """Return what a keeper holds after those batches."""

    async def publish(outputs: Sequence[Output]) -> None: ...

    tracemalloc.start()
    keeper = WindowKeeper(StreamSettings(), Topics.named(), Nothing(), publish, list)

    async def count() -> None:
        for batch in batches[-4 * len(batches) // 60 :]:
            await keeper.count(batch, 1)

    asyncio.run(count())
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / MIB


async def send(prefix: str, cluster: Cluster, outputs: Sequence[Output]) -> float:
    """Send what windows publish as the worker does, and return the CPU time it takes, in seconds."""
    from aiokafka import AIOKafkaProducer

    outputs = [msgspec.structs.replace(each, topic=prefix + each.topic) for each in outputs]
    producer = AIOKafkaProducer(
        **cluster.for_aiokafka(),
        enable_idempotence=True,
        max_batch_size=256 * 1024,
    )
    await producer.start()
    record_batches.remembered_partition_of.cache_clear()  # no row was sent before
    began = time.process_time()
    for first in range(0, len(outputs), BATCH):
        batch = outputs[first : first + BATCH]
        await asyncio.gather(*await record_batches.send(producer, batch))
    took_s = time.process_time() - began
    await producer.stop()
    return took_s


async def restored_in(topics: Topics, cluster: Cluster) -> float:
    """Return how long a keeper takes to have its state back, in seconds."""

    async def publish(outputs: Sequence[Output]) -> None: ...

    keeper = WindowKeeper(StreamSettings(), topics, EndlessComments(cluster), publish, list)
    began = time.perf_counter()
    await keeper.look([0], 1)
    return time.perf_counter() - began


class EndlessComments(PartitionLogs):
    """Reads the real state of comments that were never sent."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster, 60.0)

    async def extents(self, wheres: Collection[Partition]) -> dict[Partition, Extent]:
        """Return the real extents' answer in time, and comments enough."""
        await super().extents(wheres)
        return {where: Extent(10**9, 1) for where in wheres}


def measured(pairs: int, cluster: Cluster) -> Cost:
    """Return all that is measured of so many pairs; the CPU times of the quickest of some rounds."""
    rounds: list[Cost] = []
    for number in range(ROUNDS):
        cost, checkpoints, others = cost_of(pairs)
        prefix = f"bench{pairs}-{number}-"  # topics of its own: what is restored has one writer
        topics = Topics.named(prefix, partitions=1)
        topic_admin.create(cluster, topics)
        sending_s = asyncio.run(send(prefix, cluster, checkpoints + others))
        rounds.append(replace(cost, sending_us=1e6 * sending_s / cost.comments))
    return replace(
        min(rounds, key=lambda each: each.cpu_us),
        restore_s=asyncio.run(restored_in(topics, cluster)),
        restored_bytes=sum(each.size for each in checkpoints),
    )


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--pairs", default="10,200,5000", help="(window, subreddit) pairs, with commas between"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    costs = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-windows-") as folder,
        LocalKafka(Path(folder) / "kafka", free_port(), cache_dir=DoorSettings().cache_dir) as broker,
    ):
        for pairs in map(int, options.pairs.split(",")):
            costs.append(measured(pairs, broker.cluster))
    print(  # noqa: T201
        "| open pairs in a partition | keeper µs/comment | merger µs/comment | sending µs/comment "
        "| all µs/comment | records/comment | largest record KiB | memory MiB | restore s | from MiB |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    for each in costs:
        print(  # noqa: T201
            f"| {each.pairs:,} | {each.keeper_us:.2f} | {each.merger_us:.2f} | {each.sending_us:.2f} "
            f"| {each.cpu_us:.2f} | {each.records:.3f} | {each.largest_record_bytes / 1024:.0f} "
            f"| {each.memory_mib:.1f} | {each.restore_s:.2f} | {each.restored_bytes / MIB:.1f} |"
        )
    if options.json:
        options.json.write_text(
            json.dumps([asdict(each) | {"cpu_us": each.cpu_us} for each in costs], indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
