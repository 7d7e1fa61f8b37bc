"""How the service's log looks, gunicorn's lines among it: for people, or as JSON for programs."""

from typing import Any

from gunicorn import glogging

from model_service.settings import ServiceSettings

FORMATTERS = {
    "console": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    "json": {
        "()": "pythonjsonlogger.msgspec.MsgspecFormatter",
        "fmt": ["levelname", "name", "message", "process"],
        "rename_fields": {"levelname": "level", "name": "logger"},
        "timestamp": "time",
    },
}


class QuietLogger(glogging.Logger):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's, without its log of requests, which would be made for each and read by nobody."""

    def access(self, *_: Any) -> None:
        """Do nothing."""


def logging_config(settings: ServiceSettings) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`: everything goes to stderr, in one format."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": FORMATTERS[settings.log_format]},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"level": settings.service_log_level, "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
    }
