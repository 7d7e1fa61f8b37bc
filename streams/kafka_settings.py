"""The settings of a connection to Kafka: the same for the worker and for the commands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import KafkaCredentialsError
from streams.kafka_cluster import Cluster
from streams.kafka_security import NO_SECRET, Mechanism, Protocol, Security, read, read_secret

PREFIX = "kafka_"

SASL_ONLY = ("sasl_mechanism", "username", "password", "password_file", "oauth_token_file")
TLS_ONLY = ("ca_file", "cert_file", "key_file", "key_password", "key_password_file")
SECRETS = ("password_file", "oauth_token_file", "key_password_file")
FILES = (*SECRETS, "ca_file", "cert_file", "key_file")


class KafkaSettings(BaseSettings):
    """Where Kafka is and how to connect to it; a program's settings begin with these."""

    model_config = SettingsConfigDict(
        env_prefix="MOD_", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    kafka_bootstrap: str | None = None
    """Brokers to start from, `host:port` separated by commas."""

    kafka_security_protocol: Protocol = "PLAINTEXT"
    """How to connect: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""

    kafka_sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    """With `SASL_...`, how to say who it is: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`."""

    kafka_username: str = ""
    """The user's name, for all mechanisms but `OAUTHBEARER`."""

    kafka_password: SecretStr = NO_SECRET
    """The user's password; never printed."""

    kafka_password_file: Path | None = None
    """A file with the password, in place of it."""

    kafka_oauth_token_file: Path | None = None
    """A file with the token of `OAUTHBEARER`; read again for each connection."""

    kafka_ca_file: Path | None = None
    """The authorities that may have signed the broker's certificate, in PEM; without it, the system's."""

    kafka_cert_file: Path | None = None
    """The client's own certificate, for mutual TLS, in PEM."""

    kafka_key_file: Path | None = None
    """The key of that certificate, in PEM."""

    kafka_key_password: SecretStr = NO_SECRET
    """The password of that key, if it has one; never printed."""

    kafka_key_password_file: Path | None = None
    """A file with the key's password, in place of it."""

    kafka_check_hostname: bool = True
    """Whether the broker's certificate has to be for the name it is reached by; it is checked in any case."""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, given: Any) -> Any:
        """Leave out what is set to nothing, as Compose and Kubernetes do with what a user did not set."""
        if not isinstance(given, dict):
            return given
        return {
            name: value
            for name, value in given.items()
            if not (value == "" and name.startswith(PREFIX) and name != "kafka_bootstrap")
        }

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if wrong := "; ".join(self._contradictions()):
            raise ValueError(wrong)
        return self

    @property
    def security(self) -> Security:
        """Return how to connect."""
        return Security(
            protocol=self.kafka_security_protocol,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.kafka_password,
            password_file=self.kafka_password_file,
            oauth_token_file=self.kafka_oauth_token_file,
            ca_file=self.kafka_ca_file,
            cert_file=self.kafka_cert_file,
            key_file=self.kafka_key_file,
            key_password=self.kafka_key_password,
            key_password_file=self.kafka_key_password_file,
            check_hostname=self.kafka_check_hostname,
        )

    def _contradictions(self) -> Iterator[str]:
        security = self.security
        if security.authenticates:
            yield from self._wrong_for_sasl(security)
        elif given := self._given(SASL_ONLY):
            yield f"{given}: only with MOD_KAFKA_SECURITY_PROTOCOL=SASL_SSL (or SASL_PLAINTEXT)"
        if security.encrypts:
            yield from self._wrong_for_tls()
        elif given := self._given((*TLS_ONLY, *(() if security.check_hostname else ("check_hostname",)))):
            yield f"{given}: only with MOD_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"
        yield from self._unreadable()

    def _wrong_for_sasl(self, security: Security) -> Iterator[str]:
        how = f"MOD_KAFKA_SASL_MECHANISM={security.mechanism}"
        if security.has_token:
            if security.oauth_token_file is None:
                yield f"{how}: set MOD_KAFKA_OAUTH_TOKEN_FILE"
            if given := self._given(("username", "password", "password_file")):
                yield f"{given}: not with {how}, which takes MOD_KAFKA_OAUTH_TOKEN_FILE"
            return
        if not security.username:
            yield f"{how}: set MOD_KAFKA_USERNAME"
        if not self._given(("password", "password_file")):
            yield f"{how}: set MOD_KAFKA_PASSWORD_FILE or MOD_KAFKA_PASSWORD"
        yield from self._both("password", "password_file")
        if self._given(("oauth_token_file",)):
            yield f"MOD_KAFKA_OAUTH_TOKEN_FILE: only with MOD_KAFKA_SASL_MECHANISM=OAUTHBEARER, not {how}"

    def _wrong_for_tls(self) -> Iterator[str]:
        if self.kafka_cert_file and not self.kafka_key_file:
            yield "MOD_KAFKA_CERT_FILE: set MOD_KAFKA_KEY_FILE too, the certificate's key"
        if self.kafka_key_file and not self.kafka_cert_file:
            yield "MOD_KAFKA_KEY_FILE: set MOD_KAFKA_CERT_FILE too, the key's certificate"
        if not self.kafka_key_file and (given := self._given(("key_password", "key_password_file"))):
            yield f"{given}: only with MOD_KAFKA_KEY_FILE"
        yield from self._both("key_password", "key_password_file")

    def _both(self, one: str, other: str) -> Iterator[str]:
        if self._given((one,)) and self._given((other,)):
            yield f"{_variable(one)} and {_variable(other)} are both set: one is enough"

    def _unreadable(self) -> Iterator[str]:
        for name in FILES:
            path: Path | None = getattr(self, PREFIX + name)
            if path is not None:
                try:
                    (read_secret if name in SECRETS else read)(path, _variable(name))
                except KafkaCredentialsError as error:
                    yield str(error)

    def _given(self, names: tuple[str, ...]) -> str:
        """Return which of some settings are not at their defaults, as a text."""
        fields = type(self).model_fields
        return ", ".join(
            _variable(name) for name in names if getattr(self, PREFIX + name) != fields[PREFIX + name].default
        )


def _variable(name: str) -> str:
    return f"MOD_KAFKA_{name.upper()}"


def environment_for(cluster: Cluster) -> dict[str, str]:
    """Return the variables with which a program that this one starts reaches a cluster.

    Credentials it inherits. For a cluster without any, whatever is set for another one is taken back.
    """
    given = {"MOD_KAFKA_BOOTSTRAP": cluster.bootstrap}
    if cluster.security.protocol != "PLAINTEXT":
        return given
    unset = {f"MOD_{name.upper()}": "" for name in KafkaSettings.model_fields}
    return unset | given
