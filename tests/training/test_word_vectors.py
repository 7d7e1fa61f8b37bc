"""Words that stand among the same words are alike."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.word_vectors import DIMENSIONS, WINDOW, word_vectors

WORDS = 120
NEVER = WORDS - 1
"""A word that no comment has."""


def make_comments() -> list[NDArray[np.int64]]:
    """Return comments on two subjects: words 0-49 are of one, 50-99 of the other, 100-109 of both."""
    chance = np.random.default_rng(4)
    comments = []
    for place in range(400):
        own = chance.integers(0, 50, 8) + 50 * (place % 2)
        both = chance.integers(100, 110, 4)
        comments.append(chance.permutation(np.concatenate((own, both))))
    return comments


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float64]:
    return word_vectors(make_comments(), WORDS)


def test_each_word_has_a_vector_of_length_one(vectors: NDArray[np.float64]) -> None:
    assert vectors.shape == (WORDS, DIMENSIONS)
    assert vectors.dtype == np.float64
    assert np.linalg.norm(vectors[:110], axis=1) == pytest.approx(np.ones(110), abs=1e-6)


def test_word_without_neighbours_has_none() -> None:
    alone = np.array([NEVER - 1])
    found = word_vectors([*make_comments(), alone], WORDS)
    assert np.linalg.norm(found[[NEVER - 1, NEVER]], axis=1) == pytest.approx([0, 0], abs=1e-6)


def test_words_of_the_same_contexts_are_closer(vectors: NDArray[np.float64]) -> None:
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, np.nan)
    first, second = slice(0, 50), slice(50, 100)
    within = (np.nanmean(alike[first, first]) + np.nanmean(alike[second, second])) / 2
    assert within > np.nanmean(alike[first, second]) + 0.1


def test_interchangeable_words_are_closest() -> None:
    # 0 and 1 stand among 2, 3 and 4, never beside each other; 5 and 6 stand among 7, 8 and 9.
    comments = [np.array(row) for row in ([2, 0, 3, 4], [2, 1, 3, 4], [7, 5, 8, 9], [7, 6, 8, 9])] * 5
    found = word_vectors(comments, 10)
    assert found[0] @ found[1] > 0.9
    assert found[5] @ found[6] > 0.9
    assert abs(found[0] @ found[5]) < 0.1


def test_same_comments_give_the_same_vectors(vectors: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(word_vectors(make_comments(), WORDS), vectors)


def test_few_words_have_few_dimensions() -> None:
    found = word_vectors([np.array([0, 1, 2, 0, 1])], 3)
    assert found.shape == (3, 3)


@pytest.mark.parametrize(
    "comments",
    [
        pytest.param([np.array([0])], id="one-word"),
        pytest.param([np.array([0]), np.array([1])], id="words-of-two-comments"),
        pytest.param([np.array([0, *[-1] * WINDOW, 1])], id="words-too-far-apart"),
        pytest.param([np.array([], dtype=np.int64), np.array([-1, -1])], id="no-words"),
    ],
)
def test_nobody_is_a_neighbour_of(comments: list[NDArray[np.int64]]) -> None:
    assert word_vectors(comments, 2).shape == (2, 0)


def test_words_at_the_windows_end_are_neighbours() -> None:
    found = word_vectors([np.array([0, *[-1] * (WINDOW - 1), 1])], 2)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1], abs=1e-6)
