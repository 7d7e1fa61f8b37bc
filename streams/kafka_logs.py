"""Keeps what a client says to identify itself out of the logs, also where everything is logged."""

import logging

LOGGERS = ("aiokafka.conn", "kafka.net.connection", "kafka.protocol.parser")
"""At the level of debugging these log whole requests; one of them holds the password or the token."""


def keep_credentials_out() -> None:
    """Let neither client log its requests from now on; what else they log is left as it is."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_is_no_request)  # one that is there already is not added again


def _is_no_request(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO
