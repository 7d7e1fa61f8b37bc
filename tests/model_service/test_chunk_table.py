"""The table of chunks remembers what it would find out again, and not too much of it."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_service import chunk_table
from model_service.chunk_table import FIRST_ROOM, ChunkTable, Tokens
from model_service.phrases import UNKNOWN, Ints
from model_service.text import clean
from model_service.tokenizer import Tokenizer
from tests.model_service.nasty import NASTY, anything, synthetic_texts

NUMBERS = {"the": 1, "study": 2, "do": 3, "n't": 4, "😀": 5, "word1": 6, "(": 7}


def weigh(chunks: Sequence[str], counts: Ints, numbers: Ints, lengths: Ints) -> NDArray[np.float64]:
    """Return weights that depend on the chunk, on the token and on its place in the chunk."""
    places = np.arange(len(numbers)) - np.repeat(np.cumsum(counts) - counts, counts)
    sizes = np.repeat([len(chunk) for chunk in chunks], counts)
    return 100.0 * sizes + 10.0 * places + numbers + lengths / 8.0


class NotingTokenizer(Tokenizer):
    """Notes which chunks it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def of_chunks(self, chunks: Sequence[str]) -> list[Sequence[str]]:  # type: ignore[override]
        self.asked += chunks
        return super().of_chunks(chunks)


def without_memory(tokenize: Tokenizer, comments: Sequence[Sequence[str]]) -> list[list[object]]:
    """Return what the table should, in plain Python."""
    rows: list[list[object]] = [[], [], [], []]
    counts, numbers, weights, lengths = rows
    for comment in comments:
        before = len(numbers)
        for chunk in comment:
            (tokens,) = tokenize.of_chunks([chunk])
            for place, token in enumerate(tokens):
                number = NUMBERS.get(token, UNKNOWN)
                numbers.append(number)
                lengths.append(len(token))
                weights.append(100.0 * len(chunk) + 10.0 * place + number + len(token) / 8.0)
        counts.append(len(numbers) - before)
    return rows


def plain(tokens: Tokens) -> list[list[object]]:
    return [each.tolist() for each in tokens]


def chunks_of(texts: Sequence[str]) -> list[list[str]]:
    return [clean(text).split() for text in texts]


@pytest.fixture(scope="module")
def remembering(tokenize: Tokenizer) -> ChunkTable:
    return ChunkTable(tokenize, NUMBERS, weigh)


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_tokens_are_those_found_without_memory(tokenize: Tokenizer, text: str) -> None:
    table = ChunkTable(tokenize, NUMBERS, weigh)
    comments = chunks_of([text, f"the study {text}"])
    expected = without_memory(tokenize, comments)
    assert plain(table.read(comments)) == expected
    assert plain(table.read(comments)) == expected, "the second time, from memory"


@given(st.lists(anything, max_size=5))
def test_tokens_of_anything_are_those_found_without_memory(
    tokenize: Tokenizer, remembering: ChunkTable, texts: list[str]
) -> None:
    comments = chunks_of(texts)
    assert plain(remembering.read(comments)) == without_memory(tokenize, comments)


def test_table_outgrows_its_first_room_and_forgets_nothing(tokenize: Tokenizer) -> None:
    table = ChunkTable(tokenize, NUMBERS, weigh)
    chunks = [f"(word{place}" for place in range(FIRST_ROOM)]
    for at in range(0, len(chunks), 1_000):
        table.read([chunks[at : at + 1_000]])
    assert plain(table.read([chunks])) == without_memory(tokenize, [chunks])


def test_nothing_has_no_tokens(remembering: ChunkTable) -> None:
    assert plain(remembering.read([])) == [[]] * 4
    assert plain(remembering.read([[], []])) == [[0, 0], [], [], []]
    assert {each.dtype.name for each in remembering.read([[], []])} == {"int64", "float64"}


def test_comment_of_each_token_and_its_unknown_ones_are_told(remembering: ChunkTable) -> None:
    tokens = remembering.read([["the", "mice"], [], ["don't", "mice", "mice"], ["study"]])
    assert tokens.comments.tolist() == [0, 0, 2, 2, 2, 2, 3]
    assert tokens.unknown.tolist() == [1, 0, 2, 0]


@given(st.lists(anything, min_size=1, max_size=5), st.data())
def test_tokens_of_some_comments_are_those_of_them_alone(
    remembering: ChunkTable, texts: list[str], data: st.DataObject
) -> None:
    comments = chunks_of(texts)
    places = data.draw(st.lists(st.sampled_from(range(len(texts)))))
    alone = remembering.read([comments[place] for place in places])
    some = remembering.read(comments).only(places)
    assert plain(some) == plain(alone)
    assert [each.dtype for each in some] == [each.dtype for each in alone]


def test_chunk_is_tokenised_once() -> None:
    tokenizer = NotingTokenizer()
    table = ChunkTable(tokenizer, NUMBERS, weigh)
    table.read([["a", "b", "a"], ["b", "c"]])
    table.read([["c", "d", "a"]])
    assert tokenizer.asked == ["a", "b", "c", "d"]


def test_table_is_bounded_in_chunks_and_begins_anew(
    tokenize: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunk_table, "REMEMBERED_CHUNKS", 50)
    table = ChunkTable(tokenize, NUMBERS, weigh)
    held = []
    for place in range(200):
        comments = [[f"word{place}", "the", f"don't{place}"]]
        assert plain(table.read(comments)) == without_memory(tokenize, comments)
        held.append(len(table._page.ids))
    assert max(held) == 49
    assert held.count(0) == 200 * 2 // 50, "it is full about every 25 comments"


def test_table_is_bounded_in_characters(tokenize: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_table, "REMEMBERED_CHARACTERS", 1_000)
    table = ChunkTable(tokenize, NUMBERS, weigh)
    held = []
    for place in range(100):
        table.read([[f"{'😀' * 97}{place:03}"]])
        held.append(sum(map(len, table._page.ids)))
    assert max(held) == 900
    assert held.count(0) == 10


def test_batch_beyond_the_limit_is_read_and_not_kept(
    tokenize: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunk_table, "REMEMBERED_CHUNKS", 50)
    table = ChunkTable(tokenize, NUMBERS, weigh)
    comments = [[f"word{place}", f"{place}km"] for place in range(200)]
    assert plain(table.read(comments)) == without_memory(tokenize, comments)
    assert table._page.ids == {}
    assert plain(table.read(comments[::-1])) == without_memory(tokenize, comments[::-1])


@settings(max_examples=20)
@given(st.integers(1, 400), st.integers(1, 50))
def test_answers_do_not_depend_on_the_limit(tokenize: Tokenizer, limit: int, batch: int) -> None:
    comments = chunks_of(synthetic_texts(60))
    expected = [column.tolist() for column in ChunkTable(tokenize, NUMBERS, weigh).read(comments)]
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(chunk_table, "REMEMBERED_CHUNKS", limit)
        table = ChunkTable(tokenize, NUMBERS, weigh)
        parts = [plain(table.read(comments[at : at + batch])) for at in range(0, len(comments), batch)]
    assert [list(chain.from_iterable(column)) for column in zip(*parts, strict=True)] == expected


@pytest.mark.parametrize("limit", [10, 150_000], ids=["table-that-is-soon-full", "table-that-is-never-full"])
def test_threads_get_what_one_gets(tokenize: Tokenizer, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(chunk_table, "REMEMBERED_CHUNKS", limit)
    comments = [[f"word{place % 97}", "don't", f"{place}km", "the", "(u.s.)"] for place in range(400)]
    expected = without_memory(tokenize, comments)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        table = ChunkTable(Tokenizer(), NUMBERS, weigh)

        def read(_: int) -> list[list[object]]:
            parts = [plain(table.read(comments[at : at + 3])) for at in range(0, len(comments), 3)]
            return [list(chain.from_iterable(column)) for column in zip(*parts, strict=True)]

        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(read, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert answers == [expected] * 4


def test_spacy_keeps_nothing_of_new_chunks() -> None:
    tokenizer = Tokenizer()
    table = ChunkTable(tokenizer, NUMBERS, weigh)
    table.read([["10km", "naïve"]])
    vocabulary = tokenizer._spacy.vocab
    before = len(vocabulary.strings), len(list(vocabulary))
    table.read([[f"new{place}é", f"{place}km"] for place in range(1_000)])
    assert (len(vocabulary.strings), len(list(vocabulary))) == before
