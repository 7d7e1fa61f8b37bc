"""The producer is set up so that its retries do no harm."""

from types import SimpleNamespace

from streams.producing import IdempotentProducer


def test_producer_neither_repeats_nor_reorders() -> None:
    app = SimpleNamespace(conf=SimpleNamespace(processing_guarantee=None), in_transaction=False)
    producer = object.__new__(IdempotentProducer)
    producer.app = app
    settings = producer._settings_extra()
    assert (settings["enable_idempotence"], settings["acks"]) == (True, "all")
