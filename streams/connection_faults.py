"""What can be wrong with a connection to Kafka, in sentences that say what to do; `connecting` looks."""

import ssl
from enum import IntEnum
from typing import NamedTuple

from streams.kafka_security import Security

EXPIRED, NOT_YET_VALID = 10, 9
WRONG_NAME, WRONG_ADDRESS = 62, 64
"""OpenSSL's codes of what it finds wrong with a certificate."""


class Step(IntEnum):
    """How far a connection gets; each step needs those before."""

    NAME = 1
    PORT = 2
    TLS = 3
    KAFKA = 4
    SASL = 5


class Fault(NamedTuple):
    """What is wrong at one address."""

    step: Step
    sentence: str
    """What is wrong, where, and what to do."""
    lasting: bool = True
    """Whether it stays so until somebody does something: not a broker that only starts, or is away."""


UNKNOWN_NAME = "no host of that name is known: see MOD_KAFKA_BOOTSTRAP and the name service (DNS)"
NOTHING_LISTENS = "nothing listens there"
NO_BROKER = "what listens there does not answer as a Kafka broker does"
ELSEWHERE = "the broker tells its clients to go on at another address (advertised.listeners)"
TOKEN_REFUSED = "it refuses the token in MOD_KAFKA_OAUTH_TOKEN_FILE: has it expired, or another issuer?"  # noqa: S105


def no_connection(within_s: float) -> str:
    """Return what it means that the network does not answer at all."""
    return f"no connection within {within_s:g} s: is a firewall or another network between?"


def no_answer(within_s: float) -> str:
    """Return what it means that something listens and says nothing."""
    return f"it accepts connections, and does not answer within {within_s:g} s"


def not_encrypted(security: Security) -> str:
    """Return what to do where encryption is wanted and the port has none."""
    if not security.authenticates:
        return f"it does not encrypt: {_instead(security, 'PLAINTEXT')}"
    seen = ", which shows the password to whoever sees the packets" if security.mechanism == "PLAIN" else ""
    return f"it does not encrypt: {_instead(security, 'SASL_PLAINTEXT or PLAINTEXT')}{seen}"


def encrypted(security: Security) -> str:
    """Return what to do where the port encrypts and we do not."""
    wanted = "SASL_SSL" if security.authenticates else "SSL or SASL_SSL"
    return f"it encrypts: {_instead(security, wanted)}"


def authenticates(security: Security) -> str:
    """Return what to do where the port asks who the client is."""
    wanted = "SASL_SSL" if security.encrypts else "SASL_PLAINTEXT"
    return f"it asks who the client is, by SASL: {_instead(security, wanted)}"


def does_not_authenticate(security: Security) -> str:
    """Return what to do where the port does not ask who the client is."""
    wanted = "SSL" if security.encrypts else "PLAINTEXT"
    return f"it does not ask who the client is: {_instead(security, wanted)}"


def _instead(security: Security, protocol: str) -> str:
    return f"use MOD_KAFKA_SECURITY_PROTOCOL={protocol} in place of {security.protocol}, or another port"


def distrusted(error: ssl.SSLCertVerificationError, host: str, security: Security) -> str:
    """Return why the broker's certificate is not taken."""
    if error.verify_code in (EXPIRED, NOT_YET_VALID):
        said = "has expired" if error.verify_code == EXPIRED else "is not valid yet"
        return f"the broker's certificate {said}: it needs a new one, or this machine's clock is wrong"
    if error.verify_code in (WRONG_NAME, WRONG_ADDRESS):
        return (
            f"the broker's certificate is not for {host}: reach it by a name that is in it, "
            "or set MOD_KAFKA_CHECK_HOSTNAME=false"
        )
    known = security.ca_file
    trusted = "this system trusts" if known is None else f"is in MOD_KAFKA_CA_FILE={known}"
    return (
        f"the broker's certificate is not signed by an authority that {trusted} "
        f"({error.verify_message}): name the right one in MOD_KAFKA_CA_FILE"
    )


def client_distrusted(alert: str, security: Security) -> str:
    """Return why the broker does not take our certificate, or our not having one."""
    if security.cert_file is None:
        return (
            "it wants a certificate of the client too (mutual TLS): set MOD_KAFKA_CERT_FILE and "
            "MOD_KAFKA_KEY_FILE"
        )
    return (
        f"it refuses the certificate in MOD_KAFKA_CERT_FILE={security.cert_file} ({alert}): "
        "has it expired, or is it signed by an authority that the broker does not know?"
    )


def unknown_mechanism(security: Security) -> str:
    """Return what to do where the broker does not offer the mechanism."""
    return f"it does not know {security.mechanism}: choose another MOD_KAFKA_SASL_MECHANISM"


def refused(security: Security) -> str:
    """Return what to do where the broker does not take who we are."""
    if security.has_token:
        return TOKEN_REFUSED
    return (
        f"it refuses the user {security.username} by {security.mechanism}: see MOD_KAFKA_USERNAME, "
        "MOD_KAFKA_PASSWORD(_FILE), and whether the user exists for this mechanism"
    )
