"""Whether the worker lives, is ready and has started: `/livez`, `/readyz` and `/startupz`.

What is looked at, and what follows from it, is pure; `Health` looks now and then, so that a probe is answered
at once, and `add_pages` shows it.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from msgspec import Struct, to_builtins

from streams.fetching import BatchConsumer
from streams.kafka_cluster import Cluster
from streams.offsets import Partition
from streams.service_guard import ServiceGuard
from streams.settings import StreamSettings

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
UNAVAILABLE = 503


class Report(Struct, frozen=True):
    """What a page says: well, or what is wrong."""

    ok: bool
    wrong: tuple[str, ...] = ()

    @classmethod
    def of(cls, faults: Mapping[str, bool]) -> "Report":
        """Return the report that names the faults that there are."""
        wrong = tuple(name for name, is_so in faults.items() if is_so)
        return cls(not wrong, wrong)


class Progress:
    """Since when comments wait and none is finished."""

    def __init__(self, now_s: float) -> None:
        self._done = 0
        self._since_s = now_s

    def see(
        self, now_s: float, done: int, lag: int | None, *, waits: bool = False, moves: bool = False
    ) -> None:
        """Take note of how things stand.

        Args:
            now_s: The time on a clock that only goes forward, in seconds.
            done: Batches finished and calls decided since the start.
            lag: Comments that wait; None while the broker does not tell, which a restart would not change.
            waits: Whether the worker waits on purpose, for a service that is away.
            moves: Whether partitions are being moved, or none were given yet: nobody knows what waits.
        """
        idle = not lag and not moves
        if done != self._done or idle or waits:
            self._since_s = now_s
        self._done = done

    def stuck_for_s(self, now_s: float) -> float:
        """Return for how long comments have waited in vain, in seconds; 0 or little when all is well."""
        return now_s - self._since_s


class LagMeter:
    """Asks the broker how far behind the worker is, on its own connection: the other may be what is stuck."""

    def __init__(self, cluster: Cluster, timeout_s: float) -> None:
        self._cluster = cluster
        self._timeout_ms = int(timeout_s * 1_000)
        self._client: AIOKafkaConsumer | None = None

    async def lag(self, finished: Mapping[Partition, int | None]) -> dict[Partition, int] | None:
        """Return how many records wait in each of the partitions given, None if the broker does not say.

        Args:
            finished: For each partition the next offset to read; None stands for the start of the log.
        """
        try:
            client = await self._connected()
            partitions = [TopicPartition(*each) for each in finished]
            starts = await client.beginning_offsets(partitions)
            ends: dict[TopicPartition, int] = await client.end_offsets(partitions)
        except (KafkaError, OSError) as error:
            logger.debug("lag unknown: %s", error)
            await self.close()
            return None
        begun: dict[TopicPartition, int] = {
            where: max(starts[where], finished[Partition(*where)] or 0) for where in partitions
        }
        return {Partition(*where): ends[where] - begun[where] for where in partitions}

    async def records(self, finished: Mapping[Partition, int | None]) -> int | None:
        """Return how many records a look into the partitions finds waiting, not all; None as `lag` does."""
        try:
            client = await self._connected()
            partitions = [TopicPartition(*each) for each in finished]
            client.assign(partitions)
            for where in partitions:
                next_offset = finished[Partition(*where)]
                if next_offset is None:
                    await client.seek_to_beginning(where)
                else:
                    client.seek(where, next_offset)
            found = await client.getmany(timeout_ms=self._timeout_ms // 2, max_records=len(partitions))
        except (KafkaError, OSError) as error:
            logger.debug("lag unknown: %s", error)
            await self.close()
            return None
        return sum(len(each) for each in found.values())

    async def close(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            await client.stop()

    async def _connected(self) -> AIOKafkaConsumer:
        if self._client is None:
            client = AIOKafkaConsumer(
                **self._cluster.for_aiokafka(),
                group_id=None,
                enable_auto_commit=False,
                request_timeout_ms=self._timeout_ms,
            )
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
            self._client = client
        return self._client


class Health:
    """How the worker is; `look` is called now and then."""

    def __init__(self, app: faust.App, guard: ServiceGuard, settings: StreamSettings) -> None:
        self._app = app
        self._guard = guard
        self._settings = settings
        self._progress = Progress(time.monotonic())
        self._lag = LagMeter(settings.cluster, LOOK_EVERY_S)
        self._broker_answers = True
        self.lag: Mapping[Partition, int] = {}
        """How many records waited in each partition at the last look; empty when the broker did not say."""

    @property
    def look_every_s(self) -> float:
        """Return how often to look, in seconds: several times before the worker counts as stuck."""
        return min(LOOK_EVERY_S, self._settings.stuck_after_s / 4)

    async def look(self) -> None:
        """See whether the service answers and whether work goes on."""
        if not self._guard.away and self._guard.silent_for(LOOK_EVERY_S):
            await self._guard.answers()
        # A model in a process of the worker's own does not come back by waiting.
        waits = self._guard.away and not self._settings.classifier_url.startswith("inprocess")
        finished = self._consumer.finished_until()
        waiting = await self._lag.lag(finished)
        self.lag = waiting or {}
        lag = None if waiting is None else sum(waiting.values())
        if (
            lag
            and not waits
            and self._progress.stuck_for_s(time.monotonic()) > self._settings.stuck_after_s / 2
        ):
            lag = await self._lag.records(finished)  # the end of the log may be markers of transactions
        self._broker_answers = lag is not None
        moves = self._app.rebalancing or not self._consumer.joined
        done = self._consumer.acknowledged + self._guard.decided
        self._progress.see(time.monotonic(), done, lag, waits=waits, moves=moves)

    @property
    def stuck_for_s(self) -> float:
        """Return for how long comments have waited in vain, in seconds."""
        return self._progress.stuck_for_s(time.monotonic())

    @property
    def stuck_after_s(self) -> float:
        """Return when that is too long, in seconds."""
        return self._settings.stuck_after_s

    async def close(self) -> None:
        """Disconnect from the broker."""
        await self._lag.close()

    def live(self) -> Report:
        """Return whether the worker should live on."""
        limit_s = self.stuck_after_s
        return Report.of(
            {f"comments wait and none was finished for {limit_s:g} s": self.stuck_for_s > limit_s}
        )

    def ready(self) -> Report:
        """Return whether the worker works on comments."""
        app = self._app
        return Report.of(
            {
                "not in the consumer group": not self._consumer.joined,
                "the partitions move": app.rebalancing,
                "stopping": app.should_stop,
                "the model service does not answer": not self._guard.reachable,
                "the broker does not answer": not self._broker_answers,
            }
        )

    def started(self) -> Report:
        """Return whether the worker has been in its consumer group."""
        return Report.of({"not in the consumer group": not self._consumer.joined})

    @property
    def _consumer(self) -> BatchConsumer:
        consumer: BatchConsumer = self._app.consumer
        return consumer


def add_pages(app: faust.App, health: Health) -> None:
    """Add the pages to the worker's web server, and the looking to its tasks."""
    pages = {"/livez": health.live, "/readyz": health.ready, "/startupz": health.started}
    for path, report in pages.items():
        _add_page(app, path, report)

    @app.task  # type: ignore[untyped-decorator]  # faust is untyped
    async def look() -> None:
        while not app.should_stop:
            await health.look()
            await app.sleep(health.look_every_s)

    @app.on_before_shutdown.connect  # type: ignore[untyped-decorator]  # faust is untyped
    async def close(app: faust.App, **_: object) -> None:
        await health.close()


def _add_page(app: faust.App, path: str, report: Any) -> None:
    @app.page(path, name=path.strip("/"))  # type: ignore[untyped-decorator]  # faust is untyped
    async def page(web: Any, request: Any) -> Any:
        told = report()
        return web.json(to_builtins(told), status=200 if told.ok else UNAVAILABLE)
