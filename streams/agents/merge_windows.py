"""The agent that merges what the partitions have counted."""

import faust

from streams.batching import BatchStream
from streams.merge_loop import MergeLoop
from streams.partition_log import PartitionLogs
from streams.publisher import Publisher
from streams.settings import StreamSettings
from streams.topics import Topics


def add_merge_windows(
    app: faust.App, topics: Topics, logs: PartitionLogs, publisher: Publisher, settings: StreamSettings
) -> None:
    """Add the agent to an app."""
    partials = app.topic(topics.window_partials.name, key_type=bytes, value_type=bytes)
    merging = MergeLoop(topics, logs, provisional=settings.window_update_s > 0)

    @app.agent(partials)  # type: ignore[untyped-decorator]  # faust is untyped
    async def merge_windows(stream: BatchStream) -> None:
        """Add up what the partitions have counted, and publish the statistics of each window."""
        batches = stream.batches(settings.batch_size, settings.batch_wait_s, settings.batch_max_bytes)
        async for batch in batches:
            with batch:
                if await batch.turn():  # 1. what comes before is published, enough of it committed
                    outputs = await merging.handle(batch.records, batch.assignment)  # 2.
                    if batch.is_ours():
                        await publisher.publish(outputs)  # 3. the broker has all of it
                        batch.acknowledge()  # 4.
