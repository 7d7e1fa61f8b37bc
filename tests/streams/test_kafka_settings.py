from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from modstream.cluster import cluster_of
from modstream.errors import NoClusterNamedError
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster
from streams.kafka_security import Security
from streams.kafka_settings import KafkaSettings, environment_for
from streams.settings import StreamSettings, what_is_wrong

SECRET = "tops3cret"
USER = {"username": "alice", "password": SECRET}
SASL = {"security_protocol": "SASL_SSL"}
TLS = {"security_protocol": "SSL"}
TOKENS = {**SASL, "sasl_mechanism": "OAUTHBEARER"}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.pem", "password", "token"):
        Path(name).write_text("x\n")
    Path("image").write_bytes(b"\xff\xfe")
    Path("folder").mkdir()


def settings(**given: Any) -> KafkaSettings:
    return KafkaSettings(**{f"kafka_{name}": value for name, value in given.items()})


def wrong(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        settings(**given)
    assert SECRET not in str(caught.value)
    return what_is_wrong(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="nothing"),
        pytest.param(TLS, id="tls-with-the-systems-authorities"),
        pytest.param({**TLS, "ca_file": "a.pem", "check_hostname": False}, id="tls"),
        pytest.param({**TLS, "cert_file": "a.pem", "key_file": "a.pem"}, id="mutual-tls"),
        pytest.param({**SASL, **USER}, id="password"),
        pytest.param({**SASL, "username": "alice", "password_file": "password"}, id="password-file"),
        pytest.param({**TOKENS, "oauth_token_file": "token"}, id="token"),
        pytest.param({"security_protocol": "SASL_PLAINTEXT", **USER}, id="without-encryption"),
        pytest.param({"check_hostname": True}, id="what-is-the-default"),
        pytest.param({"password": "", "sasl_mechanism": "", "ca_file": ""}, id="set-to-nothing"),
    ],
)
def test_what_holds_together_is_taken(given: dict[str, Any]) -> None:
    settings(**given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (USER, "MOD_KAFKA_USERNAME, MOD_KAFKA_PASSWORD: only with MOD_KAFKA_SECURITY_PROTOCOL=SASL_SSL"),
        ({"sasl_mechanism": "PLAIN"}, "MOD_KAFKA_SASL_MECHANISM: only with"),
        ({**TLS, "oauth_token_file": "token"}, "MOD_KAFKA_OAUTH_TOKEN_FILE: only with"),
        ({"ca_file": "a.pem"}, "MOD_KAFKA_CA_FILE: only with MOD_KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL"),
        ({"check_hostname": False}, "MOD_KAFKA_CHECK_HOSTNAME: only with"),
        (
            {"security_protocol": "SASL_PLAINTEXT", **USER, "ca_file": "a.pem"},
            "MOD_KAFKA_CA_FILE: only with",
        ),
        ({**SASL, "password": SECRET}, "MOD_KAFKA_SASL_MECHANISM=SCRAM-SHA-512: set MOD_KAFKA_USERNAME"),
        ({**SASL, "username": "alice"}, "set MOD_KAFKA_PASSWORD_FILE or MOD_KAFKA_PASSWORD"),
        ({**SASL, **USER, "password_file": "password"}, "are both set: one is enough"),
        ({**SASL, **USER, "oauth_token_file": "token"}, "only with MOD_KAFKA_SASL_MECHANISM=OAUTHBEARER"),
        (TOKENS, "set MOD_KAFKA_OAUTH_TOKEN_FILE"),
        ({**TOKENS, **USER, "oauth_token_file": "token"}, "not with MOD_KAFKA_SASL_MECHANISM=OAUTHBEARER"),
        ({**TLS, "cert_file": "a.pem"}, "MOD_KAFKA_CERT_FILE: set MOD_KAFKA_KEY_FILE too"),
        ({**TLS, "key_file": "a.pem"}, "MOD_KAFKA_KEY_FILE: set MOD_KAFKA_CERT_FILE too"),
        ({**TLS, "key_password": SECRET}, "MOD_KAFKA_KEY_PASSWORD: only with MOD_KAFKA_KEY_FILE"),
        ({**TLS, "ca_file": "none.pem"}, "MOD_KAFKA_CA_FILE=none.pem: No such file or directory"),
        ({**TLS, "ca_file": "folder"}, "MOD_KAFKA_CA_FILE=folder: Is a directory"),
        ({**SASL, "username": "a", "password_file": "image"}, "it is not text in UTF-8"),
        ({"security_protocol": "ssl"}, "MOD_KAFKA_SECURITY_PROTOCOL=ssl: Input should be 'PLAINTEXT', "),
    ],
)
def test_what_contradicts_itself_is_told_by_the_variables_names(given: dict[str, Any], sentence: str) -> None:
    assert sentence in wrong(**given)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = wrong(**SASL, ca_file="none.pem")
    assert told.count("; ") == 2
    assert "set MOD_KAFKA_USERNAME" in told


@pytest.mark.parametrize("program", [StreamSettings, DoorSettings])
def test_both_programs_read_the_same_variables(
    program: type[StreamSettings | DoorSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOD_KAFKA_BOOTSTRAP", "kafka:9093")
    monkeypatch.setenv("MOD_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("MOD_KAFKA_USERNAME", "alice")
    monkeypatch.setenv("MOD_KAFKA_PASSWORD_FILE", "password")
    monkeypatch.setenv("MOD_KAFKA_CHECK_HOSTNAME", "false")
    read = program()
    expected = Security("SASL_SSL", username="alice", password_file=Path("password"), check_hostname=False)
    assert read.security == expected
    if isinstance(read, DoorSettings):
        assert cluster_of(read) == Cluster("kafka:9093", expected)
    else:
        assert read.cluster == Cluster("kafka:9093", expected)


def test_passwords_are_in_no_representation() -> None:
    read = settings(**SASL, **USER, cert_file="a.pem", key_file="a.pem", key_password=SECRET)
    cluster = Cluster("kafka:9093", read.security)
    for shown in (repr(read), str(read), read.model_dump_json(), repr(cluster), str(cluster)):
        assert SECRET not in shown


def test_a_protocol_without_a_cluster_is_refused() -> None:
    with pytest.raises(NoClusterNamedError, match="MOD_KAFKA_BOOTSTRAP names no cluster"):
        cluster_of(DoorSettings(kafka_security_protocol="SSL"))


def test_a_cluster_of_our_own_is_reached_whatever_is_set_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOD_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("MOD_KAFKA_USERNAME", "alice")
    monkeypatch.setenv("MOD_KAFKA_PASSWORD", SECRET)
    for name, value in environment_for(Cluster("127.0.0.1:9092")).items():
        monkeypatch.setenv(name, value)
    assert StreamSettings().cluster == Cluster("127.0.0.1:9092")


def test_a_secured_cluster_is_reached_by_what_is_inherited() -> None:
    secured = Cluster("kafka:9093", settings(**SASL, **USER).security)
    assert environment_for(secured) == {"MOD_KAFKA_BOOTSTRAP": "kafka:9093"}
