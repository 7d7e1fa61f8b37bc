"""What the `modstream` command tells its user instead of a traceback.

ModstreamError                one sentence that says what is wrong and what to do
├── KafkaUnreachableError     no broker answers
├── NoClusterNamedError       a protocol is set, and no cluster to use it with
├── TopicsMissingError        topics that are needed are not on the cluster
├── OptionsError              options that make no sense, alone or together
│   └── NoSuchThresholdError  a threshold's name that the bundle does not have
└── ...                       the subjects' own errors, beside their code: `local_kafka/errors.py`,
                              `replay/errors.py`, `verify/errors.py`, `dlq/errors.py`, `demo/errors.py`,
                              `chaos/errors.py`, `windows/errors.py`, `score/errors.py`, `kafka_admin.py`,
                              `consumer_group.py`, `worker_process.py`
"""

from collections.abc import Collection
from pathlib import Path


class ModstreamError(Exception):
    """Base of the command's errors; the message is for people."""

    exit_code = 1


class KafkaUnreachableError(ModstreamError):
    """No broker answers."""

    def __init__(self, bootstrap: str, reason: str = "") -> None:
        why = f" ({reason})" if reason else ""
        super().__init__(
            f"no Kafka broker answers at {bootstrap}{why}: start one with 'modstream kafka up', "
            "or name another with MOD_KAFKA_BOOTSTRAP"
        )


class NoClusterNamedError(ModstreamError):
    """How to connect is set, and not where to."""

    exit_code = 2

    def __init__(self, protocol: str) -> None:
        super().__init__(
            f"MOD_KAFKA_SECURITY_PROTOCOL={protocol}, but MOD_KAFKA_BOOTSTRAP names no cluster: name one; "
            "the local Kafka of 'modstream kafka up' is reached by PLAINTEXT alone"
        )


class TopicsMissingError(ModstreamError):
    """Topics that are needed are not there."""

    def __init__(self, bootstrap: str, names: Collection[str]) -> None:
        super().__init__(
            f"missing on {bootstrap}: {', '.join(names)}; create them with 'modstream topics create', "
            "or name another prefix with MOD_TOPIC_PREFIX"
        )


class OptionsError(ModstreamError):
    """Options that make no sense, alone or together."""

    exit_code = 2


class NoSuchThresholdError(OptionsError):
    """The bundle has no threshold of the name asked for."""

    def __init__(self, asked: str, folder: Path, known: Collection[str]) -> None:
        has = f"it has {', '.join(known)}: use one of these, " if known else "it has none: use "
        super().__init__(
            f"{asked}: the model in {folder} has no threshold of that name; {has}a number from 0 to 1, "
            "or another model (MOD_MODEL_DIR)"
        )
