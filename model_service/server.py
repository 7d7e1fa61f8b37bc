"""Serves `RedditClassifier` with Seldon's REST, gRPC and metrics: the only module that knows Seldon's inside.

Seldon's own starter (`seldon_core.microservice.main`) listens on 0.0.0.0, leaves its gRPC child running when
it is told to stop and takes seven processes. Here the same parts (`seldon_core.wrapper`, `SeldonMetrics`) are
put into one gunicorn: a process that watches, one that holds the metrics, and workers that each speak REST,
gRPC and metrics. gunicorn replaces a worker that dies, its gRPC with it.
"""

import atexit
import ctypes
import json
import logging
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from multiprocessing.managers import SyncManager
from multiprocessing.util import _exit_function  # type: ignore[attr-defined]  # as Seldon's gunicorn_utils does
from typing import Any

from model_service.errors import BadRequestError, PortTakenError
from model_service.logs import QuietLogger, logging_config
from model_service.settings import ServiceSettings

REST_THREADS = 4
"""Threads of a worker's REST server, so that health and metrics answer while comments are scored."""

OPEN_PATHS = frozenset(
    {
        "/predict",
        "/api/v0.1/predictions",
        "/api/v1.0/predictions",
        "/health/ping",
        "/health/status",
        "/api/v1.0/health/status",
        "/metadata",
        "/api/v1.0/metadata",
    }
)
"""What the REST port answers: predictions, health, and the model's version."""

_CLOSED = {"status": 1, "info": "nothing is served here", "code": 404, "reason": "MICROSERVICE_BAD_DATA"}
"""The answer elsewhere, in Seldon's form."""

_HEARD_OUT = 4
"""Of a request that is too large, so many times the limit is read before it is refused."""

_CHUNK_BYTES = 64 * 1024

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_KEPT_FREE_BYTES = 64 * 1024 * 1024
"""Memory that a process keeps when it is freed. glibc gives it back after each batch; to get it again costs
the kernel up to a sixth of the time that the batch takes."""

_MALLOPT = {-8: 1, -3: 32 * 1024 * 1024, -1: _KEPT_FREE_BYTES}
"""By the numbers of glibc's malloc.h: M_ARENA_MAX, one heap for all threads; M_MMAP_THRESHOLD, from where a
piece is given back at once; M_TRIM_THRESHOLD."""

_log = logging.getLogger(__name__)


def check_ports(settings: ServiceSettings) -> None:
    """Raise PortTakenError unless all three ports are free, and three.

    Asked beforehand, because gRPC shares a taken port instead of refusing it.
    """
    wanted = (
        (settings.service_http_port, "--http-port (MOD_SERVICE_HTTP_PORT)"),
        (settings.service_grpc_port, "--grpc-port (MOD_SERVICE_GRPC_PORT)"),
        (settings.service_metrics_port, "--metrics-port (MOD_SERVICE_METRICS_PORT)"),
    )
    family = socket.AF_INET6 if ":" in settings.service_host else socket.AF_INET
    host = settings.service_host
    given: set[int] = set()
    for port, option in wanted:
        if port in given:
            raise PortTakenError(host, port, option, "it is wanted twice")
        given.add(port)
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError as error:
                raise PortTakenError(host, port, option, error.strerror or str(error)) from error


def serve(settings: ServiceSettings, *, until_stdin_closes: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; then finish the requests in hand and leave no process behind.

    1. Every process forked from here on dies with its parent (Linux).
    2. The metrics' process starts while this one is small.
    3. What a batch needs stays with the process when the batch is done.
    4. The model is loaded, once: the workers share its memory.
    5. gunicorn starts the workers; never returns, but raises SystemExit. Each loads what takes seconds while
       it answers already.

    Args:
        settings: Which bundle, where to listen.
        until_stdin_closes: Stop as well when stdin ends, as it does when the starting process dies.

    Raises:
        BundleError: If the bundle cannot be loaded.
        PortTakenError: If something listens on one of the ports.
    """
    check_ports(settings)
    os.register_at_fork(after_in_child=lambda: _die_with_parent(signal.SIGTERM))  # 1
    manager = SyncManager()
    manager.start(_outlive_signals)  # 2
    _keep_memory()  # 3
    try:
        application = _application(settings, manager)  # 4
        if until_stdin_closes:
            threading.Thread(target=_stop_with_stdin, daemon=True).start()
        application.run()  # 5
    finally:
        manager.shutdown()


def _die_with_parent(with_signal: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(with_signal))


def _keep_memory() -> None:
    """Let malloc keep what is freed; only where it is glibc's, others have no `mallopt`."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, value in _MALLOPT.items():
            mallopt(parameter, value)


def _outlive_signals() -> None:
    """Let the metrics' process outlive the workers, which report to it while they finish their requests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _die_with_parent(signal.SIGKILL)


def _stop_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _application(settings: ServiceSettings, manager: SyncManager) -> Any:
    """Return the gunicorn application, with the model loaded."""
    from seldon_core import wrapper
    from seldon_core.flask_utils import ANNOTATION_GRPC_MAX_MSG_SIZE
    from seldon_core.gunicorn_utils import StandaloneApplication

    from model_service import short_path
    from model_service.reddit_classifier import RedditClassifier
    from model_service.shared_metrics import SharedMetrics

    classifier = RedditClassifier(str(settings.model_dir), settings.service_max_texts)
    metrics = SharedMetrics(manager, classifier.model_version, classifier.training_scores)
    rest = wrapper.get_rest_microservice(classifier, metrics)
    # The second is Flask's own limit for `json=...` forms, half a megabyte otherwise.
    rest.config.update(
        MAX_CONTENT_LENGTH=settings.service_max_message_bytes,
        MAX_FORM_MEMORY_SIZE=settings.service_max_message_bytes,
    )
    exposition = wrapper.get_metrics_microservice(metrics)
    grpc_servers: list[Any] = []

    def begin(worker: Any) -> None:
        _cut_off_slow_clients([each.sock for each in worker.sockets], settings.service_read_timeout_s)
        # In the worker, since neither gRPC nor a thread survives a fork.
        threading.Thread(target=classifier.load, name="load", daemon=True).start()
        atexit.unregister(_exit_function)  # as Seldon does: the parent's children are not this process's
        logging.getLogger("grpc._server").addFilter(_is_no_refusal)
        annotations = {ANNOTATION_GRPC_MAX_MSG_SIZE: str(settings.service_max_message_bytes)}
        server = wrapper.get_grpc_server(classifier, metrics, annotations=annotations)
        short_path.answer_over_grpc(server, classifier, metrics)
        short_path.close_over_grpc(server)
        server.add_insecure_port(_address(settings, settings.service_grpc_port))
        server.start()
        grpc_servers.append(server)

    def end(_arbiter: Any, _worker: Any) -> None:  # gunicorn counts its hooks' parameters
        for server in grpc_servers:
            server.stop(settings.service_stop_within_s).wait()
        metrics.clear()

    options = {
        "bind": [
            _address(settings, settings.service_http_port),
            _address(settings, settings.service_metrics_port),
        ],
        "workers": settings.service_workers,
        "worker_class": "gthread",  # gunicorn's default worker closes the connection after each request
        "threads": REST_THREADS,
        "keepalive": settings.service_keep_alive_s,
        "timeout": settings.service_timeout_s,
        "graceful_timeout": max(1, round(settings.service_stop_within_s)),
        "loglevel": settings.service_log_level.lower(),
        "logconfig_dict": logging_config(settings),
        "logger_class": QuietLogger,
        "control_socket_disable": True,
        "post_worker_init": begin,
        "worker_exit": end,
    }
    limit_bytes = settings.service_max_message_bytes
    heard_out = _hearing_out(_open_alone(rest), limit_bytes)
    predicting = short_path.answering(classifier, metrics, limit_bytes, heard_out)
    return StandaloneApplication(_by_port({settings.service_metrics_port: exposition}, predicting), options)


def _by_port(special: dict[int, Any], otherwise: Any) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that hands over to another by the port the request came in on."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chosen = special.get(int(environ["SERVER_PORT"]), otherwise)
        answer: Iterable[bytes] = chosen(environ, start_response)
        return answer

    return application


def _cut_off_slow_clients(listeners: Iterable[socket.socket], after_s: int) -> None:
    """Bound how long a client may keep one of the few threads waiting, which gunicorn does not.

    The system does it: connections have these options from the socket that accepts them (Linux).
    """
    for listener in listeners:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", after_s, 0))


def _open_alone(application: Any) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that answers at the open paths alone.

    The wrapper serves those of every kind of Seldon component: at others it would give back what it was sent.
    """

    def open_alone(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] in OPEN_PATHS:
            answer: Iterable[bytes] = application(environ, start_response)
            return answer
        start_response("404 Not Found", [("Content-Type", "application/json")])
        return [json.dumps({"status": _CLOSED}).encode()]

    return open_alone


def _hearing_out(application: Any, limit_bytes: int) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that reads a request beyond the limit before another refuses it.

    A connection that is closed while the client still sends is reset, and the refusal may be lost with it:
    the client would take the service to be away, and send the same again.
    """

    def hearing_out(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if limit_bytes < length <= _HEARD_OUT * limit_bytes:
            while environ["wsgi.input"].read(_CHUNK_BYTES):
                pass
        answer: Iterable[bytes] = application(environ, start_response)
        return answer

    return hearing_out


def _address(settings: ServiceSettings, port: int) -> str:
    host = settings.service_host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """Keep out of the log what the client was told: gRPC logs every exception with its traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], BadRequestError))
