"""A wrong connection ends worker and command with one sentence, soon, and without a secret."""

import pytest

from tests.security import programs
from tests.security.conftest import PREFIX
from tests.security.secured import Secured
from tests.security.test_connecting import WRONG

pytestmark = pytest.mark.kafka

WORKER = ("streams", "worker", "-l", "debug", "--without-web")
"""At the level at which Kafka's clients would log whole requests."""

COMMANDS = {
    "password": ("verify",),
    "authority": ("topics", "ls"),
    "expired-certificate": ("dlq", "ls"),
}
"""Whatever else can be wrong, they ask the same function; see test_connecting."""


@pytest.mark.parametrize("wrong", COMMANDS)
def test_wrong_connection_is_one_sentence(secured: Secured, wrong: str) -> None:
    way, _, sentence = WRONG[wrong]
    environment = programs.environment(way(secured), PREFIX)
    worker = programs.start(WORKER, environment)
    command = programs.run(("modstream", *COMMANDS[wrong]), environment)
    told = programs.ended(worker)
    assert sentence in command.output
    assert (command.status, len(command.output.splitlines())) == (1, 1), command.output
    assert told.last_line == command.last_line
    assert told.last_line.startswith("modstream: no connection to Kafka: ")
    assert told.status == 1
    assert "Traceback" not in told.output


def test_contradicting_settings_are_one_sentence(secured: Secured) -> None:
    environment = programs.environment(secured.as_user("worker"), PREFIX) | {"MOD_KAFKA_USERNAME": ""}
    told = [programs.run(arguments, environment) for arguments in (WORKER, ("modstream", "topics", "ls"))]
    assert {each.output for each in told} == {
        "modstream: MOD_KAFKA_SASL_MECHANISM=SCRAM-SHA-512: set MOD_KAFKA_USERNAME\n"
    }
