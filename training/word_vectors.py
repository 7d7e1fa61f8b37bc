"""Words as vectors: two are alike if they stand among the same words.

Positive pointwise mutual information of words and their neighbours, made dense: Levy, Goldberg and Dagan,
"Improving Distributional Similarity with Lessons Learned from Word Embeddings" (TACL 2015), whose smoothing
of contexts and weighting of singular values these are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

WINDOW = 8
"""Words to either side that are neighbours; one at a distance d counts 1 / sqrt(d)."""

SMOOTHING = 0.75
DIMENSIONS = 50


def word_vectors(comments: Sequence[NDArray[np.int64]], words: int) -> NDArray[np.float64]:
    """Return (words, DIMENSIONS) float64, vectors of length 1, or of 0 for a word without neighbours.

    Fewer words than dimensions have fewer dimensions.

    Args:
        comments: Each one's words in order, as numbers below `words`; -1 for one that has no vector.
        words: How many have a vector.
    """
    pairs = _neighbours(comments, words).tocoo()
    if pairs.nnz == 0:
        return np.zeros((words, 0))
    often = np.bincount(pairs.row, weights=pairs.data, minlength=words)
    smooth = often**SMOOTHING
    information = np.log(pairs.data * smooth.sum() / (often[pairs.row] * smooth[pairs.col]))
    positive = information > 0
    associations = sparse.csr_matrix(
        (information[positive], (pairs.row[positive], pairs.col[positive])), shape=(words, words)
    )
    left, strengths, _ = randomized_svd(associations, min(DIMENSIONS, words), n_iter=2, random_state=0)
    vectors: NDArray[np.float64] = left * np.sqrt(strengths)
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9))


def _neighbours(comments: Sequence[NDArray[np.int64]], words: int) -> sparse.csr_matrix:
    """Return (words, words), how much each word stands near each other one."""
    # Between two comments there is nothing, wide enough for no window to reach across.
    gap = np.full(WINDOW, -1)
    line = np.concatenate([part for comment in comments for part in (comment, gap)])
    near = sparse.csr_matrix((words, words))
    for distance in range(1, WINDOW + 1):
        left, right = line[:-distance], line[distance:]
        known = (left >= 0) & (right >= 0)
        weights = np.full(np.count_nonzero(known), distance**-0.5)
        near = near + sparse.csr_matrix((weights, (left[known], right[known])), shape=(words, words))
    return near + near.T
