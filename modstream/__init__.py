"""The `modstream` command: local Kafka, demo, replay, verification and training from one door."""

from importlib.metadata import version

__version__ = version("modstream")
