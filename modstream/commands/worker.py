"""`modstream worker`: the Faust worker in the foreground."""

from typing import Annotated

import typer

from modstream.commands.options import WorkerThreshold

HELP = """Moderate comments until stopped.

The same as 'faust -A streams.app worker -l info', on the local Kafka if
MOD_KAFKA_BOOTSTRAP names no other. Every setting is an environment variable
that begins with MOD_; the options are the common ones. While the broker or
the model service is away, the worker waits for it.

\b
Examples:
  modstream worker
  modstream worker --threshold 0.8
  modstream worker --threshold balanced
  modstream worker --classifier-url grpc://127.0.0.1:5000 --web-port 6067
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("worker", help=HELP)(worker_command)


def worker_command(
    classifier_url: Annotated[
        str | None,
        typer.Option(help="http://host:port, grpc://host:port or inprocess:  [default: MOD_CLASSIFIER_URL]"),
    ] = None,
    threshold: WorkerThreshold = None,
    web_port: Annotated[
        int | None, typer.Option(help="Port of the worker's web server.  [default: MOD_WEB_PORT, or 6066]")
    ] = None,
) -> None:
    """Parse, check, and become the worker."""
    import os
    import sys

    from modstream.cluster import cluster_of
    from modstream.local_kafka import is_free
    from modstream.settings import DoorSettings
    from modstream.worker_process import WebPortTakenError
    from streams.settings import StreamSettings

    given = {
        "MOD_CLASSIFIER_URL": classifier_url,
        "MOD_MODERATION_THRESHOLD": threshold,
        "MOD_WEB_PORT": web_port,
    }
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    web_port_used = StreamSettings().web_port  # a wrong setting is told here, in one sentence
    if not is_free(web_port_used):
        raise WebPortTakenError(web_port_used)
    os.environ["MOD_KAFKA_BOOTSTRAP"] = cluster_of(DoorSettings()).bootstrap
    # The worker takes this process's place, and with it its signals and its exit status.
    os.execv(sys.executable, [sys.executable, "-m", "streams", "worker", "-l", "info"])  # noqa: S606
