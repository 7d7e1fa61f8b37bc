"""What `fetching.py`, `batching.py`, `producing.py` and `header_names.py` rely on in Faust, mode and aiokafka
is as it was when they were written.

A release that changes one of these must be read before it is taken: the promises rest on them.
"""

import hashlib
import inspect
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.agents.actor import Actor
from faust.app.base import App
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.consumer import Fetcher as FaustFetcher
from faust.transport.drivers import aiokafka as driver
from mode.services import Service
from mode.threads import ServiceThread
from mode.utils.queues import FlowControlEvent

from streams.header_names import LenientRecords

AIOKAFKAS_RECORDS = LenientRecords.__mro__[1]
"""`PartitionRecords`, which `header_names.install` replaces where it was imported from."""

PROJECT = Path(__file__).parents[2] / "pyproject.toml"

RELIED_ON: list[tuple[Callable[..., Any], str, str]] = [
    (
        Consumer.commit,
        "makes one commit at a time, and says False when another was under way",
        "a354437baaa0",
    ),
    (Consumer._commit_tps, "commits the offsets that `_filter_committable_offsets` returns", "a20e230b05ae"),
    (
        Consumer._filter_committable_offsets,
        "asks `_new_offset` for each partition, and goes forward only",
        "dc5e9baf5d99",
    ),
    (Consumer._commit_offsets, "commits nothing of partitions that are not assigned", "1a6979904118"),
    (Consumer.on_stop, "drains with `wait_empty`", "45b1d2210ce2"),
    (Consumer._drain_messages, "hands each record over; ours does what else it does", "44a2500309e8"),
    (Consumer.getmany, "seeks back to the commits when nothing flows; ours does too", "4b168d84882a"),
    (Consumer._wait_next_records, "fetches through `_getmany`, while something may flow", "6218e1969a63"),
    (Consumer.perform_seek, "goes back to the commits", "0e8c130ff4b0"),
    (FaustFetcher._fetcher.fun, "runs the consumer's `_drain_messages`", "68f894f0b577"),
    (Consumer.on_partitions_assigned, "is called for each assignment, with its generation", "29ce96596f05"),
    (ThreadDelegateConsumer._getmany, "asks the connection", "f9d47aa9010b"),
    (driver.AIOKafkaConsumerThread._fetch_records, "asks aiokafka for the partitions named", "39a2c6c79fc1"),
    (
        driver.AIOKafkaConsumerThread._commit,
        "says False when the partitions moved, and crashes the app for the unknown",
        "932852ce7a23",
    ),
    (driver.Producer._settings_extra, "is merged into the producer's settings", "a4c7bc41b638"),
    (Fetcher.fetched_records, "keeps what was fetched of partitions that are not named", "be4348896b9b"),
    (App._stop_consumer, "stops the fetcher, then drains", "55854a5de12c"),
    (App._on_partitions_revoked, "stops the flow, clears the queues, then drains", "d5c895bbe57d"),
    (Actor.cancel, "ends a stream by its channel's queue", "27af54ce1443"),
    (Fetcher._get_actions_per_node, "reads how long the broker may wait for each request", "1dab2cf937d1"),
    (AIOKAFKAS_RECORDS._consumer_record, "makes a record of what was unpacked", "e668541600b0"),
    (driver.AIOKafkaConsumerThread.on_start, "connects", "38b4e8bd1e10"),
    (driver.AIOKafkaConsumerThread.on_thread_stop, "disconnects", "8dfc004e258b"),
    (ServiceThread.start, "starts a thread for what ours has in its own loop", "f11841038a03"),
    (ServiceThread.stop, "stops like any service when there is no thread", "32d026539c36"),
    (Service._default_start, "starts a service, its dependencies and tasks", "7e591ae8c14f"),
    (Service._default_stop_futures, "ends a service's tasks", "39269daef5fa"),
    (ServiceThread.maybe_start, "starts what has not been started", "f0e40d3d648e"),
    (ServiceThread._stop_children, "leaves children, of which there are none, to the thread", "1477900e8ea2"),
    (ServiceThread._stop_exit_stacks, "leaves what is open, which is nothing, to the thread", "566cabf54f47"),
    (ServiceThread._stopped_set, "sets an event of the loop", "af9b1ff77812"),
    (Service.stop, "calls `on_stop`, then ends the service's tasks", "e17cd2b6bd01"),
    (
        GroupCoordinator._push_error_to_user,
        "waits with its error until somebody asks for records",
        "743ff515bd7e",
    ),
    (GroupCoordinator._coordination_routine, "ends with an error that it did not expect", "75273e127d4a"),
    (FlowControlEvent.is_active, "tells whether streams may go on", "262016a21cfe"),
    (Consumer.maybe_wait_for_commit_to_finish, "waits for a commit that is under way", "d687f63a0b5e"),
    (Consumer.force_commit, "looks at what may be committed at its beginning", "cc094614d22c"),
    (App._create_directories, "makes folders for tables, and does nothing else", "a9f571c3b04a"),
    (App._new_producer, "makes the producer of the consumer's transport", "e7e1814e715d"),
    (driver.Producer._new_producer, "makes aiokafka's producer with these settings", "e72355c3430e"),
    (AIOKafkaClient._md_synchronizer, "asks again at once when it is told to", "e0421bffa9a7"),
    (AIOKafkaClient._metadata_update, "returns whether the broker has answered", "06dc51ed3e0d"),
    (
        AIOKAFKAS_RECORDS._unpack_records,
        "yields a fetched stretch record by record (header_names.py)",
        "b803e6d46480",
    ),
]
"""What is relied on, what it does, and the first digits of its source's SHA-256."""


@pytest.mark.parametrize(
    ("function", "does", "digest"), RELIED_ON, ids=[each[0].__qualname__ for each in RELIED_ON]
)
def test_internal_is_what_it_was(function: Callable[..., Any], does: str, digest: str) -> None:
    found = hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[: len(digest)]
    assert found == digest, (
        f"{function.__module__}.{function.__qualname__} has changed. "
        f"the worker relies on it because it {does}: read it, mend what does, and put {found} here"
    )


@pytest.mark.parametrize("package", ["faust-streaming", "mode-streaming", "aiokafka"])
def test_package_is_pinned_to_the_release_that_was_read(package: str) -> None:
    worker = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]["worker"]
    assert f"{package}=={version(package)}" in worker
