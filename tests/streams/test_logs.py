"""The same message comes once in a while, with a count of those left out."""

import logging

from streams.logs import Sparing


def said(*, at_s: float, message: str = "cannot reach %s", value: str = "a") -> logging.LogRecord:
    record = logging.LogRecord("aiokafka.client", logging.ERROR, __file__, 1, message, (value,), None)
    record.created = at_s
    return record


def test_same_message_comes_once_in_a_while_and_tells_how_many_were_left_out() -> None:
    sparing = Sparing(say_again_s=30.0)
    assert sparing.filter(said(at_s=100.0))
    assert not sparing.filter(said(at_s=101.0, value="b"))
    assert not sparing.filter(said(at_s=129.9))
    last = said(at_s=130.0)
    assert sparing.filter(last)
    assert last.getMessage() == "cannot reach a (and 2 more like it)"
    assert not sparing.filter(said(at_s=131.0))


def test_another_message_is_not_held_back() -> None:
    sparing = Sparing(say_again_s=30.0)
    assert sparing.filter(said(at_s=100.0))
    assert sparing.filter(said(at_s=100.0, message="left the group %s"))
