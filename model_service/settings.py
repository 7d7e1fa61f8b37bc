"""What the model service reads from its environment."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]

BASELINE = Path(__file__).parent / "baseline"
"""The bundle that comes with the package."""


class ServiceSettings(BaseSettings):
    """Everything the model service reads from its environment; each name there starts with `MOD_`."""

    model_config = SettingsConfigDict(env_prefix="MOD_", frozen=True, use_attribute_docstrings=True)

    model_dir: Path = BASELINE
    """The bundle to serve: a folder that `modstream train` made."""

    service_host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address to listen on; the default can be reached from this machine alone, `0.0.0.0` from everywhere."""

    service_http_port: Port = 9000
    """REST port."""

    service_grpc_port: Port = 5000
    """gRPC port."""

    service_metrics_port: Port = 6000
    """Port of the Prometheus metrics."""

    service_workers: PositiveInt = 1
    """Processes that answer; each has the model in memory it shares with the others, and speaks REST and
    gRPC."""

    service_max_message_bytes: PositiveInt = 16 * 1024 * 1024
    """The longest request and answer, over REST and gRPC alike."""

    service_max_texts: PositiveInt = 10_000
    """Texts in one request, at the most; it has to allow what a worker sends (`MOD_BATCH_SIZE`)."""

    service_keep_alive_s: PositiveInt = 75
    """How long an idle REST connection stays open, in seconds."""

    service_read_timeout_s: PositiveInt = 10
    """A REST client that stops in the middle of a request, or of its answer, for so long is cut off."""

    service_timeout_s: PositiveInt = 60
    """A worker process that is stuck for so long is replaced, in seconds."""

    service_stop_within_s: PositiveFloat = 5.0
    """How long a stopping service works on the requests in hand, in seconds."""

    log_format: Literal["console", "json"] = "console"
    """How the log looks: `console` for people, `json` for programs, one object in each line."""

    service_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    """The least that is logged, to stderr."""
