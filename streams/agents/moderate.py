"""The agent that moderates comments."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import faust

from streams.batching import Batch, BatchStream
from streams.decisions import log_decisions
from streams.errors import NotWantedError
from streams.metrics import Metrics
from streams.moderation import published
from streams.moderator import Moderator
from streams.publisher import Publisher
from streams.settings import StreamSettings
from streams.window_keeper import WindowKeeper

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5


def add_moderate(
    app: faust.App,
    comments: faust.TopicT,
    moderator: Moderator,
    keeper: WindowKeeper,
    publisher: Publisher,
    settings: StreamSettings,
    metrics: Metrics,
) -> None:
    """Add the agent to an app."""
    topic = comments.get_topic_name()

    @app.agent(comments)  # type: ignore[untyped-decorator]  # faust is untyped
    async def moderate(stream: BatchStream) -> None:
        """Score each comment and tell the moderators about the ones that look removable."""
        batches = stream.batches(
            settings.batch_size, within_s=settings.batch_wait_s, max_bytes=settings.batch_max_bytes
        )
        try:
            await _work_on(batches, settings.batches_in_flight)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the worker stops because of the first

    async def _work_on(batches: AsyncIterator[Batch], most: int) -> None:
        room = asyncio.Semaphore(most)
        async with asyncio.TaskGroup() as work:
            while True:
                await room.acquire()  # before a batch is taken: what nobody works on is not in flight
                batch = await anext(batches, None)
                if batch is None:
                    return
                work.create_task(handle(batch)).add_done_callback(lambda _: room.release())

    async def handle(batch: Batch) -> None:
        with batch:
            try:
                with metrics.timed("score"):  # 1. every record has an outcome
                    outcomes = await moderator.handle(batch.records, batch.wanted)
            except NotWantedError as error:
                logger.warning("%s", error)
                return
            with metrics.timed("turn"):  # 2. what comes before is published, enough of it committed
                its_turn = await batch.turn()
            if not its_turn:
                return
            with metrics.timed("windows"):  # 3. what leaves windows is published
                checkpoint = await keeper.count(outcomes, batch.assignment)
            if checkpoint and batch.is_ours():  # without one it was not counted
                with metrics.timed("publish"):  # 4. the broker has all of it
                    await publisher.publish([*published(outcomes), *checkpoint])
                batch.acknowledge()  # 5. the group's offsets may pass it now
                metrics.count(outcomes, time.time())
                log_decisions(outcomes, settings.log_decisions)

    @app.task  # type: ignore[untyped-decorator]  # faust is untyped
    async def look_at_windows() -> None:
        """Tell of windows also where no comments come."""
        while not app.should_stop:
            assignment = app.consumer_generation_id  # before the look at whether it is over
            if app.consumer.joined and not app.rebalancing:
                await keeper.look(await app.consumer.caught_up(topic), assignment)
            await app.sleep(LOOK_EVERY_S)
