"""Authorities and certificates for a test, made when it runs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, in files: apart for our clients, together for Kafka."""

    cert_file: Path
    key_file: Path
    both_file: Path


class Authority:
    """Signs certificates; clients and brokers that know its own trust them."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make one.

        Args:
            folder: Where its files and those of what it issues go.
            name: Its name, and that of its file.
        """
        self.file = folder / f"{name}.pem"
        self._folder = folder
        self._name = _called(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file.write_bytes(self._own.public_bytes(Encoding.PEM))

    @cached_property
    def _own(self) -> x509.Certificate:
        basic = x509.BasicConstraints(ca=True, path_length=None)
        return (
            self._begun(self._name, self._key.public_key())
            .add_extension(basic, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def issue(
        self, name: str, *, called: str = "", expired: bool = False, key_password: bytes = b""
    ) -> Issued:
        """Return a certificate for this machine's loopback address.

        Args:
            name: Of its files.
            called: Its common name; that of its files by default.
            expired: Whether it has been invalid since yesterday.
            key_password: Encrypts the key.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        begun = self._begun(_called(called or name), key.public_key(), expired=expired)
        certificate = begun.add_extension(address, critical=False).sign(self._key, hashes.SHA256())
        issued = Issued(*(self._folder / f"{name}.{ending}" for ending in ("crt", "key", "both.pem")))
        issued.cert_file.write_bytes(certificate.public_bytes(Encoding.PEM))
        issued.key_file.write_bytes(
            _pem(key, BestAvailableEncryption(key_password) if key_password else NoEncryption())
        )
        issued.both_file.write_bytes(issued.key_file.read_bytes() + issued.cert_file.read_bytes())
        return issued

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, expired: bool = False
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * A_DAY)
            .not_valid_after(now - A_DAY if expired else now + A_DAY)
        )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)  # what Kafka can read
