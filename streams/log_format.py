"""How the worker's log looks: for people (`console`), or for programs (`json`), an object in each line."""

import logging
from collections.abc import Mapping
from typing import Any

from mode.utils.logging import (
    DEFAULT_COLOR_FORMAT,
    DEFAULT_COLORS,
    DEFAULT_FORMAT,
    DefaultFormatter,
    ExtensionFormatter,
)

from streams.settings import LogFormat

ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
ESCAPED |= {ord("\n"): "\n    "}
"""Control characters would move a terminal's cursor, and what begins a line could pass for one of ours."""


class _Tame(logging.Formatter):
    """Keeps whatever a message quotes from looking like anything but a part of that message."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        record.message = record.message.translate(ESCAPED)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802  as above
        return "    " + super().formatException(ei).translate(ESCAPED)  # it ends with what an error says


class PlainFormatter(_Tame, DefaultFormatter):  # type: ignore[misc]  # mode is untyped
    """Faust's format for files."""


class ColouredFormatter(_Tame, ExtensionFormatter):  # type: ignore[misc]  # mode is untyped
    """Faust's format for terminals."""


CONSOLE: Mapping[str, Mapping[str, Any]] = {
    "default": {"()": PlainFormatter, "fmt": DEFAULT_FORMAT},
    "colored": {"()": ColouredFormatter, "fmt": DEFAULT_COLOR_FORMAT, "log_colors": DEFAULT_COLORS},
}

JSON_LINES: Mapping[str, Any] = {
    "()": "pythonjsonlogger.msgspec.MsgspecFormatter",
    "fmt": ["levelname", "name", "message", "process"],
    "rename_fields": {"levelname": "level", "name": "logger"},
    "timestamp": "time",
}
"""`time` (ISO 8601, UTC), `level`, `logger`, `message`, `process`, and what is said beside the message, such
as `event_id`."""


def logging_config(log_format: LogFormat) -> dict[str, Any]:
    """Return what Faust's `logging_config` is to be; the level and the file stay those of its command."""
    formatters = CONSOLE if log_format == "console" else {"default": JSON_LINES, "colored": JSON_LINES}
    return {"merge": True, "formatters": formatters}
