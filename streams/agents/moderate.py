"""The agent that moderates comments."""

import logging

import faust

from streams.batching import BatchStream
from streams.errors import ClassifierError
from streams.moderator import Moderator
from streams.publisher import Publisher
from streams.settings import StreamSettings

logger = logging.getLogger(__name__)


def add_moderate(
    app: faust.App,
    comments: faust.TopicT,
    moderator: Moderator,
    publisher: Publisher,
    settings: StreamSettings,
) -> None:
    """Add the agent to an app."""

    @app.agent(comments)  # type: ignore[untyped-decorator]  # faust is untyped
    async def moderate(stream: BatchStream) -> None:
        """Score each comment and tell the moderators about the ones that look removable."""
        async for batch in stream.batches(
            settings.batch_size, within_s=settings.batch_wait_s, max_bytes=settings.batch_max_bytes
        ):
            with batch:
                try:
                    outputs = await moderator.handle(batch.records, batch.wanted)  # 1. every record has one
                except ClassifierError as error:
                    if batch.wanted():
                        raise
                    logger.warning("gave %d comments back: %s", len(batch.records), error)
                    continue
                await publisher.publish(outputs)  # 2. returns when the broker has all of it
                batch.acknowledge()  # 3. the group's offsets may pass it now
