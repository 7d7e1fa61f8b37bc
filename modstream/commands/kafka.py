"""`modstream kafka`: a Kafka broker on this machine, without Docker."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from modstream.local_kafka import BrokerStatus, LocalKafka
    from modstream.settings import DoorSettings

NOT_RUNNING = 3
"""Exit status of `status` without a broker, as systemctl has it."""

MIB = 1024 * 1024

UP_HELP = """Start a real Kafka broker on this machine, and return when it serves.

It listens on the loopback alone and runs until 'modstream kafka down'; its topics and records stay until
--wipe. The first time it downloads Kafka (44 MB). With MOD_KAFKA_BOOTSTRAP set nothing is started: that
cluster is used.

\b
Examples:
  modstream kafka up
  modstream kafka up --port 9192        when another program has port 9092
  modstream kafka up --wipe             start with nothing in it
"""

DOWN_HELP = """Stop the local Kafka; its topics and records stay, unless --wipe is given.

\b
Examples:
  modstream kafka down
  modstream kafka down --wipe           delete its data as well
"""

STATUS_HELP = """Say whether the local Kafka runs, and where; the exit status is 0 when it does, else 3.

With MOD_KAFKA_BOOTSTRAP set it says whether that cluster answers.

\b
Examples:
  modstream kafka status
  modstream kafka status --json | jq -r .bootstrap
  modstream kafka status > /dev/null || modstream kafka up
"""

Wipe = Annotated[bool, typer.Option("--wipe", help="Delete its topics, records and offsets.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    group = typer.Typer(help="A Kafka broker on this machine, without Docker.", no_args_is_help=True)
    group.command("up", help=UP_HELP)(up)
    group.command("down", help=DOWN_HELP)(down)
    group.command("status", help=STATUS_HELP)(status)
    app.add_typer(group, name="kafka")


def up(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Loopback port for clients.  [default: 9092]"),
    ] = None,
    wipe: Wipe = False,
) -> None:
    """Parse, start, print."""
    from modstream.console import say
    from modstream.local_kafka import DEFAULT_PORT, default_broker
    from modstream.settings import DoorSettings

    settings = DoorSettings()
    if settings.kafka_bootstrap:
        say(f"MOD_KAFKA_BOOTSTRAP is set: {settings.kafka_bootstrap} is used, no local Kafka is started")
        return
    broker = default_broker(settings, port or DEFAULT_PORT)
    if wipe:
        broker.wipe()
    before = broker.status()
    if before.running:
        _require_port(before, port)
        say(f"Kafka runs already at {before.bootstrap}, pid {before.pid}")
        return
    now = broker.start()
    say(f"Kafka runs at {now.bootstrap}, pid {now.pid}; stop it with 'modstream kafka down'")


def down(wipe: Wipe = False) -> None:
    """Parse, stop, print."""
    from modstream.console import say
    from modstream.local_kafka import default_broker
    from modstream.settings import DoorSettings

    broker = default_broker(DoorSettings())
    say("Kafka is stopped" if broker.stop() else "no local Kafka was running")
    if wipe:
        broker.wipe()
        say(f"{broker.status().data} is deleted")


def status(json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Parse, look, print."""
    from modstream.console import say
    from modstream.local_kafka import default_broker
    from modstream.settings import DoorSettings

    settings = DoorSettings()
    found = _of_cluster(settings) if settings.kafka_bootstrap else _of_local(default_broker(settings))
    say(_as_json(found) if json else _as_text(found))
    if not found["running"]:
        raise typer.Exit(NOT_RUNNING)


def _require_port(running: "BrokerStatus", port: int | None) -> None:
    from modstream.local_kafka.errors import BrokerRunningError

    if port is not None and not running.bootstrap.endswith(f":{port}"):
        raise BrokerRunningError(running.bootstrap, f"be started on port {port}")


def _of_cluster(settings: "DoorSettings") -> dict[str, object]:
    from modstream.cluster import cluster_of, require_broker
    from modstream.errors import KafkaUnreachableError

    try:
        require_broker(cluster_of(settings), timeout_s=2.0)
    except KafkaUnreachableError:
        running = False
    else:
        running = True
    named = settings.kafka_bootstrap
    return {"kafka": "named by MOD_KAFKA_BOOTSTRAP", "running": running, "bootstrap": named}


def _of_local(broker: "LocalKafka") -> dict[str, object]:
    now = broker.status()
    return {
        "kafka": "local",
        "running": now.running,
        "bootstrap": now.bootstrap,
        "pid": now.pid,
        "memory_bytes": now.memory_bytes,
        "data": str(now.data),
        "logs": str(now.logs),
    }


def _as_json(found: dict[str, object]) -> str:
    import json

    return json.dumps(found)


def _as_text(found: dict[str, object]) -> str:
    shown = dict(found, running="yes" if found["running"] else "no")
    memory = shown.pop("memory_bytes", None)
    if isinstance(memory, int):
        shown["memory"] = f"{memory / MIB:.0f} MiB"
    return "\n".join(f"{name:<10} {value}" for name, value in shown.items() if value is not None)
