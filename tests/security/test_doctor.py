"""What `modstream doctor` finds for clients of a broker with TLS, SASL and ACLs."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests.security import programs
from tests.security.conftest import PREFIX
from tests.security.secured import Secured

pytestmark = pytest.mark.kafka


def doctor(cluster: Cluster, *options: str) -> dict[str, dict[str, Any]]:
    environment = programs.environment(cluster, PREFIX) | {"MOD_CLASSIFIER_URL": "inprocess:"}
    told = programs.run(("modstream", "doctor", "--json", *options), environment)
    assert "Traceback" not in told.output
    return {each["check"]: each for each in json.loads(told.last_line)["findings"]}


def states(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: each["status"] for name, each in found.items()}


def test_worker_with_the_documented_rights_lacks_nothing(secured: Secured, granted: Topics) -> None:
    found = doctor(secured.as_user("worker"))
    assert "failed" not in states(found).values(), found
    assert found["sasl"]["found"] == "the broker takes us as worker (SCRAM-SHA-512)"
    assert found["tls"]["found"].startswith("encrypted")
    assert found["permissions"]["status"] == "ok"
    assert "may not see how they are configured" in found["topics"]["found"]


def test_program_that_lacks_rights_is_told_which(secured: Secured, granted: Topics) -> None:
    found = doctor(secured.as_user("source"))
    assert found["permissions"]["status"] == "failed"
    assert f"read {granted.comments.name}" in found["permissions"]["found"]
    assert doctor(secured.as_user("source"), "--for", "replay")["permissions"]["status"] == "ok"


def test_wrong_password_is_found_at_sasl(secured: Secured, granted: Topics) -> None:
    found = doctor(secured.at("SASL", replace(secured.by_password("worker"), password=SecretStr("wrong"))))
    assert states(found)["tls"] == "ok"
    assert states(found)["sasl"] == "failed"
    assert states(found)["permissions"] == "skipped"
    assert found["service"]["status"] == "ok"
