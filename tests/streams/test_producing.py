"""The producer is set up so that its retries do no harm."""

import asyncio
from types import SimpleNamespace

import pytest

from streams import producing
from streams.producing import IdempotentProducer


def test_producer_neither_repeats_nor_reorders() -> None:
    app = SimpleNamespace(conf=SimpleNamespace(processing_guarantee=None), in_transaction=False)
    producer = object.__new__(IdempotentProducer)
    producer.app = app
    settings = producer._settings_extra()
    assert (settings["enable_idempotence"], settings["acks"]) == (True, "all")


@pytest.mark.parametrize(("done", "rests"), [(True, []), (False, [producing.REST_S])])
async def test_producer_rests_after_a_question_that_no_broker_answers(
    monkeypatch: pytest.MonkeyPatch, done: bool, rests: list[float]
) -> None:
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    async def update(cluster: object, topics: list[str]) -> bool:
        assert (cluster, topics) == ("cluster", ["a"])
        return done

    monkeypatch.setattr(asyncio, "sleep", rest)
    client = SimpleNamespace(_metadata_update=update)
    producing._rest_after_failures(client)
    assert await client._metadata_update("cluster", ["a"]) is done
    assert rested == rests
