"""Any bytes on the stream and any answer from the service: the worker lives, each record has one outcome."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from modstream.service_process import ServiceProcess
from streams.errors import InvalidCommentError
from streams.records import SourceRecord, parse_comment
from streams.settings import StreamSettings
from tests.integration.pipeline import Pipeline
from tests.streams.classifiers.lying import http, seldon
from tests.streams.classifiers.test_any_answer import NASTY as NASTY_ANSWERS
from tests.streams.fuzzing import CORPUS, PLAIN, Nasty, RawName, some_records
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

MOST_MEMORY_BYTES = 400 * 1024 * 1024
"""Of a worker that was shown all of it; one that has just started takes 100 MB."""

SEED = 20_260_101
GOOD = ["a comment that is as it should be", "lol what a joke this sub is", ""] * 40


def put(pipeline: Pipeline, records: Sequence[Nasty], *, raw_names: bool = False) -> None:
    """Put records on the stream; a client's `send` refuses some of them, a batch of its own does not."""

    async def send() -> None:
        topic = pipeline.topics.comments
        producer = AIOKafkaProducer(bootstrap_servers=pipeline.cluster.servers, max_request_size=1_048_576)
        await producer.start()
        try:
            for number, record in enumerate(records):
                batch = producer.create_batch()
                if raw_names:
                    batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1_000_000)
                now_ms = int(time.time() * 1000)
                batch.append(
                    key=record.key, value=record.value, timestamp=now_ms, headers=list(record.headers)
                )
                await (await producer.send_batch(batch, topic.name, partition=number % topic.partitions))
        finally:
            await producer.stop()

    asyncio.run(send())


def is_comment(nasty: Nasty) -> bool:
    """Return whether a record should have a prediction."""
    try:
        parse_comment(SourceRecord("", 0, 0, nasty.key, nasty.value, time.time(), nasty.headers))
    except InvalidCommentError:
        return False
    return len(nasty.value or b"") <= StreamSettings().comment_max_bytes


def test_any_bytes_on_the_stream_have_one_outcome_each(pipeline: Pipeline, service: ServiceProcess) -> None:
    records = [*CORPUS, *some_records(300, SEED)]
    put(pipeline, records[:200])
    pipeline.send(GOOD)
    put(pipeline, records[200:])
    worker = pipeline.start_worker(service.http_url)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    comments = sum(is_comment(record) for record in records)
    assert 0 < comments < len(records)
    assert verdict.predicted == len(GOOD) + comments
    assert verdict.dead_lettered == len(records) - comments
    assert verdict.redelivered == 0
    worker.require_alive()
    assert psutil.Process(worker.pid).memory_info().rss < MOST_MEMORY_BYTES
    assert worker.stop() == 0


@contextmanager
def service_that_lies() -> Iterator["Liar"]:
    """Give a service that answers one nonsense after the other until it is told to be honest."""
    with Liar() as liar:
        thread = threading.Thread(target=liar.serve_forever, args=(0.05,))
        thread.start()
        yield liar
        liar.shutdown()
        thread.join()


class Liar(ThreadingHTTPServer):
    """Speaks Seldon's JSON, when it is honest."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.lies = itertools.cycle([raw for raw in NASTY_ANSWERS.values() if b" 422 X" not in raw])
        self.told = 0
        self.honest = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    server: Liar

    def do_POST(self) -> None:  # the base class's name for it
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["jsonData"]
        if self.server.honest:
            values = [each for text in texts for each in (1 - len(text) % 2, len(text) % 2)]
            answer = http(json.dumps(seldon(values, [len(texts), 2], model_version="v1")).encode())
        else:
            answer = next(self.server.lies)
            self.server.told += 1
        self.close_connection = True
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name for it
        """Say nothing."""


def test_service_that_lies_for_a_while_delays_comments_and_loses_none(pipeline: Pipeline) -> None:
    with service_that_lies() as liar:
        worker = pipeline.start_worker(
            liar.url, MOD_BATCH_SIZE="20", MOD_RETRY_WAIT_S="0.01", MOD_RETRY_MAX_WAIT_S="0.05"
        )
        pipeline.send(GOOD)
        eventually(lambda: liar.told > 2 * len(NASTY_ANSWERS), "the worker heard every lie twice")
        assert pipeline.count(pipeline.topics.predictions) == 0
        assert pipeline.count(pipeline.topics.dead_letters) == 0
        liar.honest = True
        verdict = pipeline.verify()
        assert verdict.ok, verdict.offenders
        assert (verdict.predicted, verdict.dead_lettered) == (len(GOOD), 0)
        worker.require_alive()
        assert worker.stop() == 0
    told = {each["id"]: each["probability"] for each in pipeline.records(pipeline.topics.predictions)}
    assert told == {f"c{number}": len(body) % 2 for number, body in enumerate(GOOD)}


def test_unpacking_that_are_not_utf_8_stop_nobody(pipeline: Pipeline) -> None:
    """Clients built on librdkafka send such names; aiokafka by itself raises at them."""
    names = [RawName(b"caf\xe9"), RawName(b"\xff\x00")]
    records = [Nasty(f"n{n}", PLAIN, headers=[(names[n % 2], b"v")] if n % 3 else []) for n in range(30)]
    put(pipeline, records, raw_names=True)
    worker = pipeline.start_worker("inprocess:")
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.redelivered) == (30, 0)
    worker.require_alive()


def test_batches_are_read_however_their_producer_compressed_them(pipeline: Pipeline) -> None:
    async def send(codec: str) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=pipeline.cluster.servers, compression_type=codec)
        await producer.start()
        try:
            for number, body in enumerate(GOOD):
                value = json.dumps({"id": f"{codec}{number}", "body": body}).encode()
                await producer.send(pipeline.topics.comments.name, value)
        finally:
            await producer.stop()

    codecs = ("gzip", "snappy", "lz4", "zstd")
    for codec in codecs:
        asyncio.run(send(codec))
    pipeline.start_worker("inprocess:")
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert verdict.predicted == len(GOOD) * len(codecs)
