"""What the `modstream` command tells its user instead of a traceback.

ModstreamError             one sentence that says what is wrong and what to do
└── ...                    the subjects' own errors, defined here, one class each
"""


class ModstreamError(Exception):
    """Base of the command's errors; the message is for people."""

    exit_code = 1


class KafkaUnreachableError(ModstreamError):
    """No broker answers."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(
            f"no Kafka broker answers at {bootstrap}: start one with 'modstream kafka up', "
            "or name another with MOD_KAFKA_BOOTSTRAP"
        )
