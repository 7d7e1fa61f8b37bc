"""The whole pipeline with TLS, names, passwords, and no rights but those that docs/security.md names."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from modstream import topic_admin
from modstream.consumer_group import wait_until_stable
from modstream.dlq.reading import read_catalogue
from modstream.replay import AsFastAsPossible, Outgoing, replay
from modstream.state.reading import read_standing
from modstream.verify import verify
from modstream.worker_process import WorkerProcess
from streams.topics import Topics
from tests.security.conftest import PREFIX
from tests.security.secured import Secured, environment_of

pytestmark = pytest.mark.kafka

COMMENTS = 200
GROUP = f"{PREFIX}modstream"


def comments() -> Iterator[Outgoing]:
    for number in range(COMMENTS):
        body = {"id": f"c{number}", "body": f"comment {number}", "created_utc": 1_700_000_000 + number}
        yield Outgoing(f"c{number}", msgspec.json.encode(body), f"line {number}")


def test_nothing_is_lost_with_the_documented_rights_alone(
    secured: Secured, granted: Topics, tmp_path: Path
) -> None:
    ways = {
        "password": secured.as_user("worker"),
        "token": secured.at("SASL", secured.by_token("worker")),
        "certificate": secured.at("MUTUAL", secured.by_certificate("worker")),
    }
    settings = {"MOD_TOPIC_PREFIX": PREFIX, "MOD_CLASSIFIER_URL": "inprocess:", "MOD_IDLE_AFTER_S": "1"}
    reader = secured.as_user("reader")
    with ExitStack() as stop:
        workers = []
        for name, cluster in ways.items():
            worker = WorkerProcess.start({**environment_of(cluster), **settings}, tmp_path / f"{name}.log")
            stop.callback(worker.stop)
            workers.append(worker)

        def check() -> None:
            for each in workers:
                each.require_alive()

        wait_until_stable(reader, GROUP, len(ways), 90.0, logs=str(tmp_path), check=check)
        assert {each.outcome for each in topic_admin.create(secured.as_user("admin"), granted)} == {"exists"}
        source = secured.as_user("source")
        sent = replay(comments(), source, granted.comments.name, AsFastAsPossible())
        assert (sent.sent, sent.failed) == (COMMENTS, 0)
        verdict = verify(reader, granted, 0.5, wait_s=60.0)
        assert verdict.ok, verdict
        assert (verdict.predicted, verdict.dead_lettered) == (COMMENTS, 0)
        standing = asyncio.run(read_standing(reader, granted, GROUP))
        assert len(standing.partitions) == granted.comments.partitions
        assert not asyncio.run(read_catalogue(reader, granted)).cases()
        assert [each.stop() for each in workers] == [0] * len(ways)
    for each in workers:
        log = each.log.read_text("utf-8")
        assert "tops3cret" not in log
        assert "not known" not in log, "the limits of the topics were asked for"
        assert "uthorization" not in log
