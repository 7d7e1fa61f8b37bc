"""Character n-grams weigh what a dictionary of them says, at the token that holds their middle."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_service.ngrams import LENGTHS, MOST_CHARACTERS, NgramWeights, of_chunk

ALPHABET = "abcé中😀\U0010ffff."


@st.composite
def cut_chunks(draw: st.DrawFn) -> list[list[str]]:
    """Draw chunks, each as the tokens that make it up."""
    chunks = []
    for text in draw(st.lists(st.text(ALPHABET, min_size=1, max_size=9), max_size=5)):
        places = draw(st.sets(st.integers(1, len(text) - 1), max_size=3)) if len(text) > 1 else set()
        chunks.append([text[first:last] for first, last in pairwise([0, *sorted(places), len(text)])])
    return chunks


weighed_ngrams = st.dictionaries(
    st.text(ALPHABET[:-1], min_size=1, max_size=7).flatmap(lambda text: st.sampled_from(of_chunk(text))),
    st.floats(-5, 5),
    max_size=40,
)
"""The last letter of the alphabet is in none of them."""


def found(ngrams: dict[str, float], chunks: Sequence[Sequence[str]]) -> list[float]:
    weights = NgramWeights(list(ngrams), np.array(list(ngrams.values()), dtype=np.float64))
    counts = np.array([len(tokens) for tokens in chunks], dtype=np.int64)
    lengths = np.array([len(token) for tokens in chunks for token in tokens], dtype=np.int64)
    answer = weights.of_tokens(["".join(tokens) for tokens in chunks], counts, lengths)
    assert (answer.dtype.name, answer.shape) == ("float64", lengths.shape)
    return [float(weight) for weight in answer]


def looked_up(ngrams: dict[str, float], chunks: Sequence[Sequence[str]]) -> list[float]:
    """Return the same from the dictionary, n-gram by n-gram."""
    answer = []
    for tokens in chunks:
        holder = [place for place, token in enumerate(tokens) for _ in token]
        holder = [0, *holder, len(tokens) - 1]  # the spaces belong to the first token and the last
        shares = [0.0] * len(tokens)
        padded = f" {''.join(tokens)} "
        for length in (2, 3, 4, 5):
            for start in range(len(padded) - length + 1):
                shares[holder[start + length // 2]] += ngrams.get(padded[start : start + length], 0.0)
        answer += shares
    return answer


@given(weighed_ngrams, cut_chunks())
def test_tokens_weigh_what_a_dictionary_says(ngrams: dict[str, float], chunks: list[list[str]]) -> None:
    assert found(ngrams, chunks) == pytest.approx(looked_up(ngrams, chunks), abs=1e-12)


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        ("", ["  "]),
        ("a", [" a", "a ", " a "]),
        ("ab", [" a", "ab", "b ", " ab", "ab ", " ab "]),
        ("😀b", [" 😀", "😀b", "b ", " 😀b", "😀b ", " 😀b "]),
        ("abc", [" a", "ab", "bc", "c ", " ab", "abc", "bc ", " abc", "abc ", " abc "]),
    ],
)
def test_ngrams_of_a_chunk_reach_over_its_ends(chunk: str, expected: list[str]) -> None:
    assert of_chunk(chunk) == expected


def test_lengths_are_those_of_the_ngrams() -> None:
    assert {len(ngram) for ngram in of_chunk("abcdefgh")} == set(LENGTHS)


@pytest.mark.parametrize(
    ("ngram", "expected"),
    [
        (" a", [1.0, 0.0, 0.0]),
        ("ab", [1.0, 0.0, 0.0]),
        ("bc", [0.0, 1.0, 0.0]),
        (" ab", [1.0, 0.0, 0.0]),
        ("abc", [1.0, 0.0, 0.0]),
        ("bcd", [0.0, 1.0, 0.0]),
        (" abc", [1.0, 0.0, 0.0]),
        ("abcd", [0.0, 1.0, 0.0]),
        ("bcde", [0.0, 0.0, 1.0]),
        ("abcde", [0.0, 1.0, 0.0]),
        ("de ", [0.0, 0.0, 1.0]),
        ("e ", [0.0, 0.0, 1.0]),
    ],
)
def test_ngram_is_the_tokens_that_holds_its_middle(ngram: str, expected: list[float]) -> None:
    assert found({ngram: 1.0}, [["ab", "c", "de"]]) == expected


def test_ngram_does_not_span_two_chunks() -> None:
    assert found({"  ": 1.0, "a  b": 1.0, "ab": 1.0, " b": 2.0}, [["a"], ["b"]]) == [0.0, 2.0]


def test_ngram_counts_as_often_as_it_occurs() -> None:
    assert found({"aa": 1.0}, [["aaaa"], ["a"], ["aa", "aa"]]) == [3.0, 0.0, 1.0, 2.0]


def test_unknown_character_hides_all_ngrams_over_it() -> None:
    assert found({"ab": 1.0, "bc": 2.0, "abc": 4.0}, [["abxc"], ["xabc"]]) == [1.0, 7.0]


def test_model_without_ngrams_weighs_nothing() -> None:
    assert found({}, [["ab", "c"], ["d"]]) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("ngrams", [{}, {"ab": 1.0}], ids=["no-ngrams", "ngrams"])
def test_no_chunks_have_no_weights(ngrams: dict[str, float]) -> None:
    assert found(ngrams, []) == []


def test_as_many_characters_as_allowed_are_told_apart() -> None:
    characters = [chr(0x4E00 + place) for place in range(MOST_CHARACTERS)]
    ngrams = {"".join(characters[at : at + 5]): float(at + 1) for at in range(0, MOST_CHARACTERS, 5)}
    assert MOST_CHARACTERS % 5 == 0
    assert found(ngrams, [[ngram] for ngram in ngrams]) == list(ngrams.values())
    last = characters[-1] * 5
    assert found(ngrams | {last: -1.0}, [[last], [characters[0] * 5]]) == [-1.0, 0.0]
