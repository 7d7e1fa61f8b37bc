"""What the local broker is told: its properties, its logging, its Java options. Pure texts.

Paths are relative to the instance's folder, where the broker runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DATA = "data"
LOGS = "logs"
LOG4J2 = "log4j2.properties"
SERVER_LOG = "server.log"

MIB = 1024 * 1024

LISTS = ("listeners", "advertised.listeners", "listener.security.protocol.map")
"""Properties that further listeners are added to."""


@dataclass(frozen=True)
class Extra:
    """What a broker is told beyond what every one of ours is; the tests' broker that asks who clients are."""

    properties: Mapping[str, str] = field(default_factory=dict)
    """Those in `LISTS` are added to ours, others take their place."""
    format_options: Sequence[str] = ()
    """For the tool that prepares the data folder, such as users."""


NOTHING = Extra()

JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx256m",
    # Both make a small broker start sooner and smaller: no optimising compiler, no collector threads.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    f"-XX:ErrorFile={LOGS}/jvm-error.log",
    "-Djava.awt.headless=true",
)

LOGGING = f"""\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {LOGS}/{SERVER_LOG}
appender.file.filePattern = {LOGS}/{SERVER_LOG}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d] %p %m (%c)%n
appender.file.policies.type = Policies
# A run begins with an empty file: what it says at its end is about this run.
appender.file.policies.start.type = OnStartupTriggeringPolicy
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""


def server_properties(port: int, controller_port: int, data: str = DATA, extra: Extra = NOTHING) -> str:
    """Return the properties of a broker that is its own controller and listens on the loopback alone.

    Args:
        port: Where clients connect.
        controller_port: Where it connects to itself; may be another at each start.
        data: Its data folder.
        extra: What else it is told.
    """
    settings: dict[str, str | int] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data,
        # A mistyped topic is an error, as on any cluster worth the name.
        "auto.create.topics.enable": "false",
        "num.partitions": 4,
        # One broker holds the only copy.
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # A consumer starts at once instead of waiting three seconds for others.
        "group.initial.rebalance.delay.ms": 0,
        # Whatever is in a topic stays for four weeks: an example is looked at days later.
        "log.retention.hours": 28 * 24,
        # The defaults suit large machines: 128 MiB of heap for compaction, 10 MiB of index a partition.
        "log.cleaner.dedupe.buffer.size": 16 * MIB,
        "log.index.size.max.bytes": 2 * MIB,
        "num.io.threads": 4,
        "background.threads": 4,
        # After a SIGKILL the controller waits until the broker's old session is over (9 s by default).
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
    }
    for name, value in extra.properties.items():
        settings[name] = f"{settings[name]},{value}" if name in LISTS else value
    return "".join(f"{name}={value}\n" for name, value in settings.items())
