"""What is wrong with an address where no broker is; tests/security has the brokers."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from modstream.local_kafka import free_port
from streams.connecting import first_fault
from streams.connection_faults import Step
from streams.kafka_cluster import Cluster


async def told(bootstrap: str, within_s: float = 5.0) -> tuple[Step, bool, str]:
    fault = await first_fault(Cluster(bootstrap), within_s)
    assert fault is not None
    return fault.step, fault.lasting, fault.sentence


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def page() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


async def test_a_port_where_nothing_listens() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    assert await told(nobody) == (Step.PORT, False, f"{nobody}: nothing listens there")


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a..b"])
async def test_a_name_that_no_host_has(name: str) -> None:
    step, lasting, sentence = await told(f"{name}:9092")
    assert (step, lasting) == (Step.NAME, False)
    assert sentence.startswith(f"{name}:9092: no host of that name is known: see MOD_KAFKA_BOOTSTRAP")


async def test_something_that_says_nothing(silent: str) -> None:
    expected = (Step.KAFKA, False, f"{silent}: it accepts connections, and does not answer within 0.2 s")
    assert await told(silent, within_s=0.2) == expected


async def test_something_that_is_no_broker(page: str) -> None:
    assert (await told(page))[:2] == (Step.KAFKA, False)


async def test_of_several_addresses_the_one_that_gets_furthest_is_told(silent: str) -> None:
    step, _, sentence = await told(f"127.0.0.1:{free_port()},{silent}", within_s=0.2)
    assert step is Step.KAFKA
    assert sentence.startswith(silent)


@pytest.mark.kafka
async def test_a_broker_that_answers_is_well(cluster: Cluster) -> None:
    assert await first_fault(cluster) is None
