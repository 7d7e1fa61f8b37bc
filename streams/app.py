"""The worker, built: `faust -A streams.app worker -l info`. The only module that builds when imported."""

import time
from collections.abc import Collection, Mapping

import faust
import mode
from faust.exceptions import ImproperlyConfigured
from pydantic import ValidationError
from yarl import URL

from streams import memory, metrics, rights
from streams.agents.merge_windows import add_merge_windows
from streams.agents.moderate import add_moderate
from streams.batching import BatchStream, install
from streams.classifiers import classifier_for
from streams.errors import NotAllowedError, NotStartedError, PipelineError, SettingsError
from streams.health import Health, add_pages
from streams.limits import Limits, limits_of
from streams.log_format import logging_config
from streams.logs import spare
from streams.metrics import Metrics
from streams.moderator import Moderator
from streams.partition_log import PartitionLogs
from streams.publisher import Publisher
from streams.service_guard import ServiceGuard
from streams.settings import StreamSettings, what_is_wrong
from streams.standing import Standing
from streams.starting import wait_for_topics
from streams.stopping import end_within
from streams.topics import Topics
from streams.window_keeper import WindowKeeper

PROMISES = {
    "stream_wait_empty": True,
    "consumer_auto_offset_reset": "earliest",
    "table_standby_replicas": 0,
    "topic_disable_leader": True,
    "topic_allow_declare": False,
    "producer_acks": -1,
    "producer_threaded": False,
    "processing_guarantee": faust.types.enums.ProcessingGuarantee.AT_LEAST_ONCE,
    "agent_supervisor": mode.CrashingSupervisor,
    "web_tables_enabled": False,
    "web_router_enabled": False,
}
"""Faust settings that a promise of the pipeline rests on. Faust lets the environment override what a program
sets, so these are checked after that."""

LEAVING_S = 1.5
"""What a stop may take beyond finishing the work in hand: the last commit, and leaving the group."""


class WorkerApp(faust.App):  # type: ignore[misc]  # faust is untyped
    """A Faust app that starts when it can, and stops in bounded time, come what may."""

    settings: StreamSettings
    needs: rights.Wanted
    """Topics that have to exist, and what has to be allowed with them."""
    large: Collection[str]
    """Topics that hold whole comments."""
    guard: ServiceGuard
    limits: Limits

    async def on_first_start(self) -> None:
        """Wait for what the worker needs; without it, or with a wrong setting, end with a sentence."""
        await super().on_first_start()
        memory.keep()
        settings = self.settings
        try:
            await wait_for_topics(
                settings.cluster,
                self.needs,
                settings.consumer_group,
                settings.start_within_s,
                lambda: bool(self.should_stop),
            )
            self.limits.learn(await limits_of(settings.cluster, self.large))
            if isinstance(settings.moderation_threshold, str):
                await self.guard.answers()  # one that is not there yet is asked later
        except (NotAllowedError, NotStartedError, SettingsError) as error:
            raise SystemExit(f"modstream: {error}") from error

    def _create_directories(self) -> None:
        """Do nothing: they are for tables, and would stay behind empty."""

    async def on_stop(self) -> None:
        """Begin to stop."""
        end_within(self.settings.stop_within_s + LEAVING_S)
        await super().on_stop()


def build(settings: StreamSettings) -> faust.App:
    """Return the worker's app: two agents, our batching, no tables.

    Raises:
        SettingsError: If the environment overrides a setting that a promise rests on.
    """
    topics = Topics.named(settings.topic_prefix)
    kafka = settings.cluster.for_faust()
    app = WorkerApp(
        settings.consumer_group,
        env_prefix="MOD_",
        **kafka,
        Stream=BatchStream,
        key_serializer="raw",
        value_serializer="raw",
        broker_commit_interval=1.0,
        broker_max_poll_records=8_192,  # unpacked at once, while the event loop stands still
        broker_session_timeout=8.0,  # how long the partitions of a killed worker wait for another
        broker_heartbeat_interval=2.0,
        consumer_group_instance_id=settings.instance_id or None,
        broker_rebalance_timeout=120.0,
        producer_max_batch_size=262_144,
        producer_request_timeout=settings.publish_timeout_s,
        worker_redirect_stdouts=False,
        logging_config=logging_config(settings.log_format),
        web_host="127.0.0.1",
        web_bind=settings.web_host,
        web_port=settings.web_port,
        **PROMISES,
    )
    connection = {
        "broker": [URL(address) for address in kafka["broker"]],
        "broker_credentials": kafka.get("broker_credentials"),
    }
    _require({**PROMISES, **connection}, app)
    app.settings = settings
    app.needs = rights.of_worker(topics)
    app.large = [topics.predictions.name, topics.alerts.name, topics.dead_letters.name]
    install(app, settings.stop_within_s, settings.publish_timeout_s, settings.batch_size)

    def hold(away: bool) -> None:
        app.consumer.hold(away)  # it is made when the app starts

    def assigned() -> set[int]:
        return {each.partition for each in app.consumer.assignment() if each.topic == topics.comments.name}

    app.guard = guard = ServiceGuard(classifier_for(settings), settings, on_change=hold)
    app.limits = limits = Limits()
    moderator = Moderator(guard, settings, topics, time.time, limits)
    health = Health(app, guard, settings)
    add_pages(app, health)
    comments = app.topic(topics.comments.name, key_type=bytes, value_type=bytes)
    publisher = Publisher(app, settings.publish_timeout_s, limits)
    logs = PartitionLogs(settings.cluster, settings.publish_timeout_s)
    keeper = WindowKeeper(settings, topics, logs, publisher.publish, assigned)
    registry = metrics.new_registry()
    registry.register(Standing(topics.comments.name, guard, moderator, keeper, health, lambda: app.consumer))
    metrics.add_page(app, registry)
    add_moderate(app, comments, moderator, keeper, publisher, settings, Metrics(registry))
    add_merge_windows(app, topics, logs, publisher, settings)

    spare("aiokafka")

    @app.on_before_shutdown.connect  # type: ignore[untyped-decorator]  # faust is untyped
    async def close_classifier(app: faust.App, **_: object) -> None:
        await guard.close()

    return app


def _require(promises: Mapping[str, object], app: faust.App) -> None:
    """See that Faust's settings are what the promises rest on, whatever the environment says.

    Raises:
        SettingsError: If one is not, or is something that Faust cannot read.
    """
    try:
        conf = app.conf
    except (ValueError, ImproperlyConfigured) as error:
        raise SettingsError(
            f"one of Faust's settings in the environment (MOD_...) is wrong: {error}"
        ) from error
    for name, promised in promises.items():
        if (actual := getattr(conf, name)) != promised:
            raise SettingsError(f"{name} must be {promised}, but the environment (MOD_...) makes it {actual}")


def _build_or_exit() -> faust.App:
    """Build from the environment; a wrong setting ends the program with a sentence, not a traceback."""
    try:
        return build(StreamSettings())
    except ValidationError as error:
        raise SystemExit(f"modstream: {what_is_wrong(error)}") from error
    except PipelineError as error:
        raise SystemExit(f"modstream: {error}") from error


app = _build_or_exit()
