"""Phrases are found where a plain search finds them."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_service.phrases import FEWEST_BUCKETS, UNKNOWN, Phrases, _Edges

type Row = tuple[int, int, int, str]

words = st.sampled_from(["a", "b", "c", "d", "é", "😀"])
vocabularies = st.lists(st.lists(words, min_size=1, max_size=4).map(" ".join), unique=True, max_size=12)
batches = st.lists(st.lists(st.one_of(words, st.just("unheard")), max_size=10), max_size=5)


def found(vocabulary: Sequence[str], comments: Sequence[Sequence[str]], **options: int) -> list[Row]:
    """Return what is found: comment, first token over the whole batch, words, phrase."""
    phrases = Phrases(vocabulary)
    numbers = [phrases.numbers.get(token, UNKNOWN) for comment in comments for token in comment]
    counts = [len(comment) for comment in comments]
    answer = phrases.find(np.array(numbers, dtype=np.int64), np.array(counts, dtype=np.int64), **options)
    assert all(column.dtype == np.int64 for column in answer)
    rows = zip(*(column.tolist() for column in answer), strict=True)
    return [(comment, first, length, vocabulary[phrase]) for comment, first, length, phrase in rows]


def searched(
    vocabulary: Sequence[str], comments: Sequence[Sequence[str]], fewest_words: int = 1
) -> list[Row]:
    """Return the same by comparing strings, place by place."""
    rows: list[Row] = []
    for length in range(fewest_words, 10):
        begin = 0
        for place, comment in enumerate(comments):
            for first in range(len(comment) - length + 1):
                phrase = " ".join(comment[first : first + length])
                if phrase in vocabulary:
                    rows.append((place, begin + first, length, phrase))
            begin += len(comment)
    return rows


@given(vocabularies, batches, st.integers(1, 4))
@example(["a a a", "a a"], [["a"] * 6], 1)
@example(["a b c d"], [["a", "b"], ["c", "d"]], 1)
@example([], [["a"], []], 1)
def test_phrases_are_found_where_a_plain_search_finds_them(
    vocabulary: list[str], comments: list[list[str]], fewest_words: int
) -> None:
    assert found(vocabulary, comments, fewest_words=fewest_words) == searched(
        vocabulary, comments, fewest_words
    )


def test_phrase_does_not_span_two_comments() -> None:
    assert found(["a b"], [["a", "b"], ["a"], ["b", "a"], [], ["b"]]) == [(0, 0, 2, "a b")]


def test_phrase_at_the_end_of_the_batch_is_found() -> None:
    assert found(["a b", "a b c"], [["c"], ["a", "b"]]) == [(1, 1, 2, "a b")]


def test_unknown_word_parts_a_phrase() -> None:
    assert found(["a b"], [["a", "unheard", "b"]]) == []


def test_phrase_is_found_though_its_beginnings_are_no_phrases() -> None:
    assert found(["a b c", "b"], [["a", "b", "c"]]) == [(0, 1, 1, "b"), (0, 0, 3, "a b c")]
    assert found(["a b c", "b"], [["a", "b", "x", "c"]]) == [(0, 1, 1, "b")]


def test_occurrences_overlap() -> None:
    assert [row[1] for row in found(["a a"], [["a", "a", "a", "a"]])] == [0, 1, 2]


def test_shorter_phrases_are_left_out_when_asked() -> None:
    vocabulary, comments = ["a", "a b", "a b c"], [["a", "b", "c"]]
    assert [row[3] for row in found(vocabulary, comments)] == ["a", "a b", "a b c"]
    assert [row[3] for row in found(vocabulary, comments, fewest_words=2)] == ["a b", "a b c"]
    assert found(vocabulary, comments, fewest_words=4) == []


@pytest.mark.parametrize("fewest_words", [1, 2])
@pytest.mark.parametrize("comments", [[], [[]], [["a"], []]], ids=["no-comment", "empty-comment", "comments"])
def test_empty_vocabulary_finds_nothing(comments: list[list[str]], fewest_words: int) -> None:
    assert found([], comments, fewest_words=fewest_words) == []


def test_words_are_numbered_from_one_on_and_each_once() -> None:
    phrases = Phrases(["b a", "a", "a b", "c"])
    assert sorted(phrases.numbers.values()) == [1, 2, 3]
    assert phrases.numbers.keys() == {"a", "b", "c"}
    assert (phrases.most_words, Phrases([]).most_words) == (2, 0)


def test_large_vocabulary_is_walked_alike() -> None:
    vocabulary = [f"w{place} w{place * 7 % 1_000} w{place * 11 % 1_000}" for place in range(1_000)]
    comments = [[*phrase.split(), "w1"] for phrase in vocabulary[::3]]
    known = set(vocabulary)
    assert found(vocabulary, comments) == [
        (place, 4 * place + first, 3, " ".join(comment[first : first + 3]))
        for place, comment in enumerate(comments)
        for first in (0, 1)
        if " ".join(comment[first : first + 3]) in known
    ]


def test_edges_of_one_bucket_are_told_apart() -> None:
    edges = {7 + FEWEST_BUCKETS * place: 100 + place for place in range(4)} | {
        6: 1,
        8: 2,
        FEWEST_BUCKETS - 1: 3,
    }
    keys = [*edges, 0, 9, 7 + FEWEST_BUCKETS * 4, 8 + FEWEST_BUCKETS, 2 * FEWEST_BUCKETS - 1]
    nodes, which = _Edges(edges).find(np.array(keys[::-1], dtype=np.int64))
    assert nodes.tolist() == list(edges.values())[::-1]
    assert which.tolist() == list(range(len(keys) - len(edges), len(keys)))


@given(st.dictionaries(st.integers(0, 2**40), st.integers(0, 2**40)), st.lists(st.integers(0, 2**40)))
def test_edges_are_found_among_other_keys(edges: dict[int, int], others: list[int]) -> None:
    keys = [*others, *edges, *others[::-1]]
    nodes, which = _Edges(edges).find(np.array(keys, dtype=np.int64))
    assert which.tolist() == [place for place, key in enumerate(keys) if key in edges]
    assert nodes.tolist() == [edges[key] for key in keys if key in edges]
