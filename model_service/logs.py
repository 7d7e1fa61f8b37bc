"""How the service's log looks, gunicorn's lines among it: for people, or as JSON for programs."""

from typing import Any

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
