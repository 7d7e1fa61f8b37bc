"""`modstream serve`: the model service on this machine."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

HELP = """Serve a model over REST and gRPC until Ctrl-C.

What is not given comes from the environment (MOD_MODEL_DIR, MOD_SERVICE_HTTP_PORT, ...).

\b
Examples:
  modstream serve
  modstream serve --model models/mine --http-port 9100 --grpc-port 5100
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("serve", help=HELP)(serve_command)


def serve_command(
    model: Annotated[
        Path | None, typer.Option(help="The bundle to serve. [default: the shipped one]")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    http_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="REST port. [default: 9000]")
    ] = None,
    grpc_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="gRPC port. [default: 5000]")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Prometheus port. [default: 6000]")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that answer. [default: 1]")] = None,
) -> None:
    """Parse, serve, wait."""
    from model_service.bundle import load_bundle
    from model_service.settings import ServiceSettings
    from modstream.commands.stopping import SIGNALLED, interrupted_once
    from modstream.console import say
    from modstream.service_process import ServiceProcess

    load_bundle(model or ServiceSettings().model_dir)  # a bad bundle is one sentence here, not a child's log
    with interrupted_once() as came:
        try:
            with ServiceProcess.start(
                model, http_port, grpc_port, metrics_port, host=host, workers=workers
            ) as service:
                version = service.wait_ready()
                say(f"serving model {version}: REST {service.http_url}, gRPC {service.grpc_url}")
                sys.stdout.flush()
                status = service.wait()
        except KeyboardInterrupt:
            status = 0 if came == [signal.SIGTERM] else SIGNALLED + signal.SIGINT
            raise typer.Exit(status) from None
    raise typer.Exit(status or 1)
