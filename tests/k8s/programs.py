"""The settings of the programs, as their pods would read them."""

from collections.abc import Mapping

from faust.types.settings import Settings
from pydantic_settings import BaseSettings

from model_service.settings import ServiceSettings
from modstream.settings import DoorSettings
from streams.settings import StreamSettings

CLASSES: Mapping[str, type[BaseSettings]] = {
    "worker": StreamSettings,
    "model": ServiceSettings,
    "command": DoorSettings,
}


def known_settings(program: str) -> set[str]:
    """Return every variable that a program reads."""
    known = {f"MOD_{name.upper()}" for name in CLASSES[program].model_fields}
    if program == "command":
        known |= known_settings("worker")  # which it has to agree with
    elif program == "worker":
        known |= {f"MOD_{each.env_name}" for each in Settings.SETTINGS.values() if each.env_name}
    return known


def settings(program: str, variables: Mapping[str, str]) -> BaseSettings:
    """Return the settings that a program makes of its variables; those that are Faust's are left out.

    Files are mounted in the pods alone: here another that can be read stands for each.
    """
    fields = CLASSES[program].model_fields
    given = {
        name.removeprefix("MOD_").lower(): __file__ if name.endswith("_FILE") else value
        for name, value in variables.items()
    }
    return CLASSES[program].model_validate({name: given[name] for name in given if name in fields})


def worker(variables: Mapping[str, str]) -> StreamSettings:
    """Return the worker's settings."""
    found = settings("worker", variables)
    assert isinstance(found, StreamSettings)
    return found


def model(variables: Mapping[str, str]) -> ServiceSettings:
    """Return the model service's settings."""
    found = settings("model", variables)
    assert isinstance(found, ServiceSettings)
    return found
