"""A real broker that asks its clients who they are, and lets them do what they have been allowed."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from modstream.local_kafka import LocalKafka, free_port
from modstream.local_kafka.configuration import Extra
from streams.kafka_cluster import Cluster
from streams.kafka_security import Mechanism, Security
from tests.security.certificates import Authority, Issued

JAAS = "org.apache.kafka.common.security"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")

USERS = ("worker", "source", "reader", "admin", "jobs", "outsider")
"""Those of docs/security.md, that of jobs on Kubernetes, and one who is allowed nothing."""

LISTENERS = {
    "SASL": "SASL_SSL",
    "CLEAR": "SASL_PLAINTEXT",
    "TLS": "SSL",
    "MUTUAL": "SSL",
    "OLDER": "SSL",
    "EXPIRED": "SSL",
}
"""Beside PLAINTEXT, where everybody is allowed everything: the broker's own, and the tests' to set up."""


def password_of(user: str) -> str:
    """Return a user's password; nothing else looks like it."""
    return f"tops3cret-of-{user}"


@dataclass
class Secured:
    """The broker, and how to connect to it in every right and wrong way."""

    broker: LocalKafka
    folder: Path
    authority: Authority
    stranger: Authority
    ports: Mapping[str, int]
    certificates: dict[str, Issued] = field(default_factory=dict)

    @property
    def open(self) -> Cluster:
        """Return the cluster for setting up: everything is allowed."""
        return self.broker.cluster

    def at(self, listener: str, security: Security, host: str = "127.0.0.1") -> Cluster:
        """Return the cluster by one of its listeners."""
        return Cluster(f"{host}:{self.ports[listener]}", security)

    def by_password(self, user: str, mechanism: Mechanism = "SCRAM-SHA-512") -> Security:
        """Return how a user logs in with name and password, encrypted."""
        return Security(
            "SASL_SSL",
            mechanism,
            username=user,
            password=SecretStr(password_of(user)),
            ca_file=self.authority.file,
        )

    def by_token(self, user: str, *, expired: bool = False) -> Security:
        """Return how a user logs in with a token."""
        path = self.folder / f"{user}{'-expired' if expired else ''}.token"
        path.write_text(f"{_token(user, -600 if expired else 600)}\n")
        return Security("SASL_SSL", "OAUTHBEARER", oauth_token_file=path, ca_file=self.authority.file)

    def by_certificate(self, user: str, authority: Authority | None = None, **how: Any) -> Security:
        """Return how a user connects with a certificate of its own."""
        name = f"{user}-{len(self.certificates)}"
        issued = self.certificates[name] = (authority or self.authority).issue(name, called=user, **how)
        return Security(
            "SSL", ca_file=self.authority.file, cert_file=issued.cert_file, key_file=issued.key_file
        )

    def by_tls(self) -> Security:
        """Return how anybody connects, encrypted."""
        return Security("SSL", ca_file=self.authority.file)

    def as_user(self, user: str) -> Cluster:
        """Return the cluster as one of the users reaches it."""
        return self.at("SASL", self.by_password(user))


def environment_of(cluster: Cluster) -> dict[str, str]:
    """Return the variables that say the same."""
    security = cluster.security
    given = {
        "security_protocol": security.protocol,
        "sasl_mechanism": security.mechanism if security.authenticates else "",
        "username": security.username,
        "password": security.password.get_secret_value(),
        "oauth_token_file": security.oauth_token_file,
        "ca_file": security.ca_file,
        "cert_file": security.cert_file,
        "key_file": security.key_file,
        "check_hostname": "" if security.check_hostname else "false",
    }
    settings = {f"MOD_KAFKA_{name.upper()}": str(value or "") for name, value in given.items()}
    return {"MOD_KAFKA_BOOTSTRAP": cluster.bootstrap, **settings}


@contextmanager
def secured_kafka(folder: Path, cache_dir: Path) -> Iterator[Secured]:
    """Start the broker, and stop it at the end."""
    authority, stranger = Authority(folder, "authority"), Authority(folder, "stranger")
    ports = {name: free_port() for name in LISTENERS}
    extra = Extra(_properties(authority, ports), [*_users()])
    kafka = LocalKafka(folder / "kafka", free_port(), cache_dir=cache_dir, die_with_parent=True, extra=extra)
    with kafka as broker:
        yield Secured(broker, folder, authority, stranger, ports)


def _users() -> Iterator[str]:
    """Yield the options that make the users of SCRAM; those of PLAIN are in the listeners' properties."""
    for user, mechanism in [*((user, "SCRAM-SHA-512") for user in USERS), ("worker", "SCRAM-SHA-256")]:
        yield from ("--add-scram", f"{mechanism}=[name={user},password={password_of(user)}]")


def _properties(authority: Authority, ports: Mapping[str, int]) -> dict[str, str]:
    broker, expired = authority.issue("broker"), authority.issue("expired", expired=True)
    addresses = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    return {
        "listeners": addresses,
        "advertised.listeners": addresses,
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in LISTENERS.items()),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",  # whoever is on the listener PLAINTEXT
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.mutual.ssl.principal.mapping.rules": "RULE:^CN=(.*)$/$1/",
        **_tls("sasl", broker, authority),
        **_tls("tls", broker, authority),
        **_tls("mutual", broker, authority),
        "listener.name.older.ssl.client.auth": "required",
        "listener.name.older.ssl.enabled.protocols": "TLSv1.2",
        **_tls("older", broker, authority),
        **_tls("expired", expired, authority),
        **_sasl("sasl"),
        **_sasl("clear"),
    }


def _tls(listener: str, issued: Issued, authority: Authority) -> dict[str, str]:
    name = f"listener.name.{listener}.ssl"
    return {
        f"{name}.keystore.type": "PEM",
        f"{name}.keystore.location": str(issued.both_file),
        f"{name}.truststore.type": "PEM",
        f"{name}.truststore.location": str(authority.file),
    }


def _sasl(listener: str) -> dict[str, str]:
    name = f"listener.name.{listener}"
    users = " ".join(f'user_{user}="{password_of(user)}"' for user in USERS)
    scram = f"{JAAS}.scram.ScramLoginModule required;"
    tokens = f"{JAAS}.oauthbearer.OAuthBearerLoginModule required"
    return {
        f"{name}.sasl.enabled.mechanisms": ",".join(MECHANISMS),
        f"{name}.plain.sasl.jaas.config": f"{JAAS}.plain.PlainLoginModule required {users};",
        f"{name}.scram-sha-256.sasl.jaas.config": scram,
        f"{name}.scram-sha-512.sasl.jaas.config": scram,
        f"{name}.oauthbearer.sasl.jaas.config": f'{tokens} unsecuredLoginStringClaim_sub="unused";',
        # Tokens without a signature: what is tested is that ours are read and sent.
        f"{name}.oauthbearer.sasl.server.callback.handler.class": (
            f"{JAAS}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler"
        ),
    }


def _token(user: str, for_s: float) -> str:
    """Return a token without a signature, which Kafka takes when it is told to."""
    now_s = time.time()
    claims = {"sub": user, "iat": now_s - 900, "exp": now_s + for_s}
    return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
