"""Every way to connect, by what each client of ours really does; and every way in which it can be wrong."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from kafka import KafkaConsumer
from pydantic import SecretStr

from modstream.local_kafka import free_port
from streams.connecting import first_fault
from streams.connection_faults import Step
from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests.security.secured import Secured

pytestmark = pytest.mark.kafka

type Way = Callable[[Secured], Cluster]

RIGHT: dict[str, Way] = {
    "plain": lambda its: its.at("SASL", its.by_password("worker", "PLAIN")),
    "scram-256": lambda its: its.at("SASL", its.by_password("worker", "SCRAM-SHA-256")),
    "scram-512": lambda its: its.at("SASL", its.by_password("worker", "SCRAM-SHA-512")),
    "token": lambda its: its.at("SASL", its.by_token("worker")),
    "mutual-tls": lambda its: its.at("MUTUAL", its.by_certificate("worker")),
    "without-encryption": lambda its: its.at(
        "CLEAR", replace(its.by_password("worker"), protocol="SASL_PLAINTEXT")
    ),
    "any-host-name": lambda its: its.at(
        "SASL", replace(its.by_password("worker"), check_hostname=False), host="localhost"
    ),
}


@pytest.mark.parametrize("way", RIGHT.values(), ids=RIGHT)
async def test_each_client_of_ours_connects(secured: Secured, granted: Topics, way: Way) -> None:
    cluster = way(secured)
    assert await first_fault(cluster) is None
    seen = granted.comments.name
    fast = AIOKafkaConsumer(**cluster.for_aiokafka(), group_id=None)
    await fast.start()
    try:
        assert seen in await fast.topics()
    finally:
        await fast.stop()
    slow = KafkaConsumer(**cluster.for_kafka_python())
    try:
        assert seen in slow.topics()
    finally:
        slow.close()


async def test_one_good_address_of_several_is_enough(secured: Secured) -> None:
    good = secured.as_user("worker")
    both = replace(good, bootstrap=f"127.0.0.1:{free_port()},{good.bootstrap}")
    assert await first_fault(both) is None


PASSWORD = SecretStr("tops3cret-but-wrong")

WRONG: dict[str, tuple[Way, Step, str]] = {
    "password": (
        lambda its: its.at("SASL", replace(its.by_password("worker"), password=PASSWORD)),
        Step.SASL,
        "it refuses the user worker by SCRAM-SHA-512: see MOD_KAFKA_USERNAME, MOD_KAFKA_PASSWORD(_FILE)",
    ),
    "password-of-plain": (
        lambda its: its.at("SASL", replace(its.by_password("worker", "PLAIN"), password=PASSWORD)),
        Step.SASL,
        "it refuses the user worker by PLAIN",
    ),
    "mechanism-that-the-user-lacks": (
        lambda its: its.at("SASL", its.by_password("reader", "SCRAM-SHA-256")),
        Step.SASL,
        "whether the user exists for this mechanism",
    ),
    "expired-token": (
        lambda its: its.at("SASL", its.by_token("worker", expired=True)),
        Step.SASL,
        "it refuses the token in MOD_KAFKA_OAUTH_TOKEN_FILE: has it expired",
    ),
    "authority": (
        lambda its: its.at("SASL", replace(its.by_password("worker"), ca_file=its.stranger.file)),
        Step.TLS,
        "is not signed by an authority that is in MOD_KAFKA_CA_FILE=",
    ),
    "authority-of-the-system": (
        lambda its: its.at("SASL", replace(its.by_password("worker"), ca_file=None)),
        Step.TLS,
        "is not signed by an authority that this system trusts",
    ),
    "expired-certificate": (
        lambda its: its.at("EXPIRED", its.by_tls()),
        Step.TLS,
        "the broker's certificate has expired: it needs a new one, or this machine's clock is wrong",
    ),
    "host-name": (
        lambda its: its.at("SASL", its.by_password("worker"), host="localhost"),
        Step.TLS,
        "the broker's certificate is not for localhost: reach it by a name that is in it, or set MOD_KAFKA_C",
    ),
    "no-client-certificate": (
        lambda its: its.at("MUTUAL", its.by_tls()),
        Step.TLS,
        "it wants a certificate of the client too (mutual TLS): set MOD_KAFKA_CERT_FILE and",
    ),
    "no-client-certificate-in-tls-1.2": (
        lambda its: its.at("OLDER", its.by_tls()),
        Step.TLS,
        "it wants a certificate of the client too (mutual TLS): set MOD_KAFKA_CERT_FILE and",
    ),
    "client-certificate-of-a-stranger": (
        lambda its: its.at("MUTUAL", its.by_certificate("worker", its.stranger)),
        Step.TLS,
        "it refuses the certificate in MOD_KAFKA_CERT_FILE=",
    ),
    "expired-client-certificate": (
        lambda its: its.at("MUTUAL", its.by_certificate("worker", expired=True)),
        Step.TLS,
        "it refuses the certificate in MOD_KAFKA_CERT_FILE=",
    ),
    "tls-to-a-port-without": (
        lambda its: its.at("CLEAR", its.by_password("worker")),
        Step.TLS,
        "it does not encrypt: use MOD_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT or PLAINTEXT in place of",
    ),
    "no-tls-to-a-port-with": (
        lambda its: its.at("SASL", replace(its.by_password("worker"), protocol="SASL_PLAINTEXT")),
        Step.TLS,
        "it encrypts: use MOD_KAFKA_SECURITY_PROTOCOL=SASL_SSL in place of SASL_PLAINTEXT, or another port",
    ),
    "nothing-to-a-port-with-tls": (
        lambda its: Cluster(its.as_user("worker").bootstrap),
        Step.TLS,
        "it encrypts: use MOD_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL in place of PLAINTEXT",
    ),
    "no-name-where-one-is-asked-for": (
        lambda its: its.at("SASL", its.by_tls()),
        Step.SASL,
        "it asks who the client is, by SASL: use MOD_KAFKA_SECURITY_PROTOCOL=SASL_SSL in place of SSL",
    ),
    "name-where-none-is-asked-for": (
        lambda its: its.at("TLS", its.by_password("worker")),
        Step.SASL,
        "it does not ask who the client is: use MOD_KAFKA_SECURITY_PROTOCOL=SSL in place of SASL_SSL",
    ),
}


@pytest.mark.parametrize(("way", "step", "sentence"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_told_with_what_to_do(
    secured: Secured, way: Way, step: Step, sentence: str
) -> None:
    cluster = way(secured)
    fault = await first_fault(cluster)
    assert fault is not None
    assert fault.sentence.startswith(f"{cluster.bootstrap}: ")
    assert sentence in fault.sentence
    assert (fault.step, fault.lasting) == (step, True)
    assert "tops3cret" not in fault.sentence


async def test_one_address_that_may_yet_come_is_waited_for(secured: Secured) -> None:
    expired = secured.at("EXPIRED", secured.by_password("worker"))
    both = replace(expired, bootstrap=f"{expired.bootstrap},127.0.0.1:{free_port()}")
    fault = await first_fault(both)
    assert fault is not None
    assert (fault.step, fault.lasting) == (Step.TLS, False)


async def test_token_that_is_replaced_counts_for_the_next_connection(secured: Secured) -> None:
    cluster = secured.at("SASL", secured.by_token("worker", expired=True))
    path = cluster.security.oauth_token_file
    assert isinstance(path, Path)
    client = AIOKafkaConsumer(**cluster.for_aiokafka(), group_id=None)
    path.write_text(secured.by_token("worker").read_token())
    await client.start()
    assert await client.topics() is not None
    await client.stop()
