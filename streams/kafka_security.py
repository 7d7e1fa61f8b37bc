"""How a connection to Kafka is encrypted, and how the client says who it is.

Files are read when a client is made, so that one that has been replaced counts from then on; a token is read
for each connection.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from streams.errors import KafkaCredentialsError

type Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
type Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]

NO_SECRET = SecretStr("")


@dataclass(frozen=True)
class Security:
    """What `MOD_KAFKA_...` says of security; it holds together, see `streams.kafka_settings`."""

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: SecretStr = NO_SECRET
    password_file: Path | None = None
    oauth_token_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    key_password: SecretStr = NO_SECRET
    key_password_file: Path | None = None
    check_hostname: bool = True

    @property
    def encrypts(self) -> bool:
        """Return whether connections are encrypted."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def authenticates(self) -> bool:
        """Return whether the client says who it is by SASL; with a certificate it can without."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def has_token(self) -> bool:
        """Return whether it does so with a token, not with a name and a password."""
        return self.authenticates and self.mechanism == "OAUTHBEARER"

    def read_password(self) -> str:
        """Return the password.

        Raises:
            KafkaCredentialsError: If its file cannot be read.
        """
        return _secret(self.password, self.password_file, "MOD_KAFKA_PASSWORD_FILE")

    def read_token(self) -> str:
        """Return the token that is in its file now.

        Raises:
            KafkaCredentialsError: If the file cannot be read, or holds none.
        """
        assert self.oauth_token_file is not None  # the settings see to it
        token = read_secret(self.oauth_token_file, "MOD_KAFKA_OAUTH_TOKEN_FILE").strip()
        if not token:
            raise KafkaCredentialsError("MOD_KAFKA_OAUTH_TOKEN_FILE", self.oauth_token_file, "it is empty")
        return token

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return how connections are encrypted, None if they are not.

        The broker's certificate is checked in any case: by the system's authorities, or those of one file.

        Raises:
            KafkaCredentialsError: If a file cannot be used.
        """
        if not self.encrypts:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise KafkaCredentialsError("MOD_KAFKA_CA_FILE", self.ca_file, _reason(error)) from error
        context.check_hostname = self.check_hostname
        if self.cert_file is not None:
            self._load_certificate(context)
        return context

    def _load_certificate(self, context: ssl.SSLContext) -> None:
        assert self.cert_file is not None
        password = _secret(self.key_password, self.key_password_file, "MOD_KAFKA_KEY_PASSWORD_FILE")
        try:
            # Never None: OpenSSL would ask for it on the terminal.
            context.load_cert_chain(self.cert_file, self.key_file, password=password)
        except OSError as error:
            assert self.key_file is not None
            both = f"MOD_KAFKA_CERT_FILE={self.cert_file} with MOD_KAFKA_KEY_FILE"
            raise KafkaCredentialsError(both, self.key_file, _reason(error, self.key_file)) from error


def read_secret(path: Path, setting: str) -> str:
    """Return what a file holds, without the line end that editors put there.

    Raises:
        KafkaCredentialsError: If it cannot be read.
    """
    try:
        return read(path, setting).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:  # whose text would show what is in it
        raise KafkaCredentialsError(setting, path, "it is not text in UTF-8") from error


def read(path: Path, setting: str) -> bytes:
    """Return what a file holds: a certificate may have comments in any encoding.

    Raises:
        KafkaCredentialsError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise KafkaCredentialsError(setting, path, error.strerror or str(error)) from error


def _secret(secret: SecretStr, path: Path | None, setting: str) -> str:
    return secret.get_secret_value() if path is None else read_secret(path, setting)


def _reason(error: OSError, key_file: Path | None = None) -> str:
    """Return what OpenSSL or the system found wrong with a file, or with a certificate and its key."""
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the certificate and the key do not belong together"
    if key_file is not None and b"ENCRYPTED" in read(key_file, "MOD_KAFKA_KEY_FILE"):
        # OpenSSL does not tell a wrong password from a damaged file.
        return (
            "the key is encrypted, and the password in MOD_KAFKA_KEY_PASSWORD(_FILE) does not open it, "
            "or one of the two is not PEM"
        )
    return "OpenSSL cannot read it: PEM is needed, which begins with -----BEGIN"
