import logging
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from pydantic import SecretStr

from streams.errors import KafkaCredentialsError
from streams.kafka_cluster import Cluster
from streams.kafka_security import Security
from tests.security.certificates import Authority, Issued

SERVERS = {"bootstrap_servers": ["kafka:9093"]}
USER = Security("SASL_SSL", "PLAIN", username="alice", password=SecretStr("first"))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def issued(authority: Authority) -> Issued:
    return authority.issue("client", key_password=b"opens")


def for_faust(cluster: Cluster) -> Any:
    """Return what Faust gives to aiokafka."""
    return credentials_to_aiokafka_auth(cluster.for_faust().get("broker_credentials"))


def test_without_security_only_the_brokers_are_named() -> None:
    cluster = Cluster("kafka:9093")
    assert cluster.for_aiokafka() == cluster.for_kafka_python() == SERVERS
    assert for_faust(cluster) == {"security_protocol": "PLAINTEXT"}


def test_name_and_password_reach_each_client() -> None:
    cluster = Cluster("kafka:9093", USER)
    for options in (cluster.for_aiokafka(), cluster.for_kafka_python(), for_faust(cluster)):
        context = options.pop("ssl_context")
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        options.pop("bootstrap_servers", None)
        assert options == {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": "alice",
            "sasl_plain_password": "first",
        }


def test_faust_encrypts_no_less_than_the_others() -> None:
    for protocol in ("SSL", "SASL_SSL", "SASL_PLAINTEXT"):
        cluster = Cluster("kafka:9093", replace(USER, protocol=protocol))
        assert for_faust(cluster)["security_protocol"] == protocol


def test_password_is_read_again_for_each_client(tmp_path: Path) -> None:
    path = tmp_path / "password"
    cluster = Cluster("kafka:9093", replace(USER, password=SecretStr(""), password_file=path))
    for password in ("first", " with spaces "):
        path.write_text(f"{password}\n")
        assert cluster.for_aiokafka()["sasl_plain_password"] == password


async def test_token_is_read_again_for_each_connection(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    cluster = Cluster("kafka:9093", Security("SASL_SSL", "OAUTHBEARER", oauth_token_file=path))
    waiting = cluster.for_aiokafka()["sasl_oauth_token_provider"]
    direct = cluster.for_kafka_python()["sasl_oauth_token_provider"]
    faust = for_faust(cluster)["sasl_oauth_token_provider"]
    assert (await waiting.token(), direct.token(), await faust.token()) == ("first",) * 3
    path.write_text("second\n")
    assert (await waiting.token(), direct.token(), await faust.token()) == ("second",) * 3
    path.write_text("\n")
    with pytest.raises(OSError, match=f"MOD_KAFKA_OAUTH_TOKEN_FILE={path}: it is empty"):
        await waiting.token()


def test_host_name_alone_can_go_unchecked(authority: Authority) -> None:
    context = Security("SSL", ca_file=authority.file, check_hostname=False).ssl_context()
    assert context is not None
    assert (context.check_hostname, context.verify_mode) == (False, ssl.CERT_REQUIRED)
    assert len(context.get_ca_certs()) == 1, "the system's are not among them"


def test_encrypted_key_is_opened_with_its_password(issued: Issued, tmp_path: Path) -> None:
    mine = Security("SSL", cert_file=issued.cert_file, key_file=issued.key_file)
    assert replace(mine, key_password=SecretStr("opens")).ssl_context() is not None
    (tmp_path / "password").write_text("opens\n")
    assert replace(mine, key_password_file=tmp_path / "password").ssl_context() is not None


@pytest.mark.parametrize("password", ["", "wrong"])
def test_key_that_stays_closed_is_told_without_asking_on_the_terminal(issued: Issued, password: str) -> None:
    mine = Security(
        "SSL", cert_file=issued.cert_file, key_file=issued.key_file, key_password=SecretStr(password)
    )
    with pytest.raises(KafkaCredentialsError, match=r"the key is encrypted, and the password in MOD_KAFKA"):
        mine.ssl_context()


def test_certificate_and_key_have_to_belong_together(authority: Authority) -> None:
    one, other = authority.issue("one"), authority.issue("other")
    with pytest.raises(KafkaCredentialsError, match="do not belong together"):
        Security("SSL", cert_file=one.cert_file, key_file=other.key_file).ssl_context()


def test_file_that_is_no_certificate_is_named(authority: Authority) -> None:
    key_file = authority.issue("one").key_file
    with pytest.raises(KafkaCredentialsError, match=f"MOD_KAFKA_CA_FILE={key_file}: OpenSSL cannot read it"):
        Security("SSL", ca_file=key_file).ssl_context()


def test_clients_that_authenticate_log_no_request_whatever_is_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Cluster("kafka:9093", USER).for_aiokafka()
    for name in ("aiokafka.conn", "kafka.net.connection", "kafka.protocol.parser"):
        with caplog.at_level(logging.DEBUG, name):
            logging.getLogger(name).debug("a request with the password in it")
            logging.getLogger(name).warning("connection lost")
    assert [record.getMessage() for record in caplog.records] == ["connection lost"] * 3


def test_commands_can_silence_clients_that_authenticate(caplog: pytest.LogCaptureFixture) -> None:
    Cluster("kafka:9093", USER).for_aiokafka()
    with caplog.at_level(logging.CRITICAL, "aiokafka"):
        logging.getLogger("aiokafka.conn").error("no connection")
    assert not caplog.records
