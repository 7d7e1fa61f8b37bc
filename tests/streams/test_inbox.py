"""Nothing that was fetched is lost or changes its order, however it is taken."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.inbox import Inbox, Stretch
from streams.offsets import Partition
from streams.records import SourceRecord
from tests.streams.examples import make_record

P, Q = Partition("t", 0), Partition("t", 1)


def stretch(*sizes: int | None, where: Partition = P, first: int = 0) -> Stretch:
    """Return a stretch of records with values of so many bytes, or none."""
    records = [
        make_record(partition=where.partition, offset=first + at, value=None if size is None else b"x" * size)
        for at, size in enumerate(sizes)
    ]
    return Stretch(1, where, records)


def sizes(taken: Sequence[Stretch]) -> list[list[int]]:
    return [[len(record.value or b"") for record in each.records] for each in taken]


def test_stretches_are_taken_whole_while_they_fit() -> None:
    inbox = Inbox()
    inbox.put(stretch(1, 2))
    inbox.put(stretch(3, where=Q))
    inbox.put(stretch(4, 5, first=2))
    assert sizes(inbox.take(4, 100)) == [[1, 2], [3], [4]]
    assert (inbox.records, inbox.bytes) == (1, 5)
    assert sizes(inbox.take(4, 100)) == [[5]]


def test_bytes_limit_what_is_taken_but_one_record_always_fits() -> None:
    inbox = Inbox()
    inbox.put(stretch(400, 500, 200, 5_000, 10))
    taken = [sizes(inbox.take(100, 1_000)) for _ in range(4)]
    assert taken == [[[400, 500]], [[200]], [[5_000]], [[10]]]


@given(
    st.lists(st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=6), max_size=6),
    st.integers(1, 7),
    st.integers(0, 20),
)
def test_everything_comes_once_in_its_order_within_the_limits(
    lengths: list[list[int | None]], most: int, most_bytes: int
) -> None:
    inbox = Inbox()
    put: list[SourceRecord] = []
    for each in lengths:
        one = stretch(*each, first=len(put))
        put += one.records
        inbox.put(one)
    came: list[SourceRecord] = []
    while taken := inbox.take(most, most_bytes):
        records = [record for each in taken for record in each.records]
        assert 0 < len(records) <= most
        assert len(records) == 1 or sum(len(record.value or b"") for record in records) <= most_bytes
        came += records
    assert came == put
    assert (inbox.records, inbox.bytes) == (0, 0)


async def test_news_end_a_wait_and_so_does_time() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.news())
    await asyncio.sleep(0)
    inbox.put(stretch(1))
    await waiting
    await inbox.news(0.01)
    waiting = asyncio.create_task(inbox.news())
    await asyncio.sleep(0)
    inbox.wake()
    await waiting
