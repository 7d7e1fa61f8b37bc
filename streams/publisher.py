"""Puts a batch's outputs on their topics, and returns when the broker has all of them."""

import asyncio
from collections.abc import Sequence

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import FaustError

from streams.errors import PublishError
from streams.limits import Limits
from streams.records import Output


class Publisher:
    """Publishes through the app's producer."""

    def __init__(self, app: faust.App, timeout_s: float, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._timeout_s = timeout_s

    async def publish(self, outputs: Sequence[Output]) -> None:
        """Send outputs in the order given, and wait until the broker has confirmed each.

        Raises:
            PublishError: If one is not confirmed in time; others may be on their topics all the same.
        """
        producer = await self._app.maybe_start_producer()
        try:
            async with asyncio.timeout(self._timeout_s):
                # 1. every output is handed to the producer, in order, before the first is waited for
                confirmations = await producer.send_together(outputs, self._limits)
                # 2. each confirmation is awaited: a send that failed shows nowhere else
                await asyncio.gather(*confirmations)
        except (FaustError, KafkaError, TimeoutError) as error:
            raise PublishError(len(outputs), str(error) or type(error).__name__) from error
