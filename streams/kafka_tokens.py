"""Tokens for `OAUTHBEARER`, read from their file for each connection: whoever issues them replaces it.

Both clients ask an object of a class of their own, one of them with `await`.
"""

from typing import Any

from streams.kafka_security import Security


def aiokafka_tokens(security: Security) -> Any:
    """Return what gives aiokafka its tokens; a file that cannot be read is a connection that fails."""
    from aiokafka.abc import AbstractTokenProvider

    class TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
        async def token(self) -> str:
            return security.read_token()

    return TokenFile()


def kafka_python_tokens(security: Security) -> Any:
    """Return what gives kafka-python its tokens."""
    from kafka.net.sasl.oauth import AbstractTokenProvider

    class TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # kafka-python is untyped
        def token(self) -> str:
            return security.read_token()

    return TokenFile()
