"""A Faust producer that sends whole batches, and neither repeats nor reorders records."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from faust.transport.drivers import aiokafka as faust_aiokafka

from streams import record_batches
from streams.limits import Limits
from streams.records import Output

REST_S = 0.2
"""Between two questions of the producer to a broker that does not answer."""


class IdempotentProducer(faust_aiokafka.Producer):  # type: ignore[misc]  # faust is untyped
    """A Faust producer whose retries neither repeat nor reorder records."""

    def _new_producer(self) -> Any:
        producer = super()._new_producer()
        _rest_after_failures(producer.client)
        return producer

    async def send_together(self, outputs: Iterable[Output], limits: Limits) -> list[asyncio.Future[Any]]:
        """Hand records over as `record_batches.send` does."""
        return await record_batches.send(self._ensure_producer(), outputs, limits)

    async def flush(self) -> None:
        """Do nothing: a batch awaits each of its outputs, so commits and rebalances need not wait for any."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {**super()._settings_extra(), "enable_idempotence": True, "acks": "all"}


def _rest_after_failures(client: Any) -> None:
    """Make an aiokafka client pause after it has failed to learn where the partitions are.

    While the broker is away and a batch waits to be sent, it would ask thousands of times a second.
    """
    update = client._metadata_update

    async def rest_after_failure(*arguments: Any) -> bool:
        done: bool = await update(*arguments)
        if not done:
            await asyncio.sleep(REST_S)
        return done

    client._metadata_update = rest_after_failure
