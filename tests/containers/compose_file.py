"""docker-compose.yml and .env.example as data."""

import re
from typing import Any

import yaml

from model_service.settings import ServiceSettings
from modstream.settings import DoorSettings
from streams.settings import StreamSettings
from tests.containers.engine import ROOT

FILE = ROOT / "docker-compose.yml"
TEXT = FILE.read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

LINE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)
EXAMPLE: dict[str, str] = dict(LINE.findall((ROOT / ".env.example").read_text()))
"""The example's settings, each with the default that it shows."""

INTERPOLATED = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")


def variables(*settings: type[StreamSettings] | type[ServiceSettings] | type[DoorSettings]) -> set[str]:
    """Return the names of the environment variables that these classes read."""
    return {f"MOD_{field.upper()}" for each in settings for field in each.model_fields}


def environment(service: str) -> dict[str, Any]:
    """Return a service's environment; a value of None comes from .env or the shell."""
    found: dict[str, Any] = SERVICES[service].get("environment", {})
    return found
