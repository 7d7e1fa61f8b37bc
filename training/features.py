"""The default recipe as scikit-learn objects, for programs that want those: slower, with the same answers."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from model_service.ngrams import of_chunk
from model_service.style import standardised, style_of_chunks
from model_service.text import clean, tidy
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights
from training.documents import phrases_of


class CommentFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Makes features of comments as they were written; see `AdditiveWeights` for what they are."""

    def __init__(self, weights: AdditiveWeights) -> None:
        self.weights = weights

    def fit(self, texts: Sequence[str], removed: Any = None) -> Self:
        """Return self: what there is to learn is in the weights."""
        return self

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what its own vectorizers of texts without a vocabulary to learn tell it."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.requires_fit = False
        return tags

    def transform(self, texts: Sequence[str]) -> Any:
        """Return (n, n_phrases + n_ngrams + n_style) float64, sparse by rows.

        Raises:
            TypeError: If it is given one text: its characters would be taken for comments.
        """
        if isinstance(texts, str):
            raise TypeError("a sequence of texts is needed, not a single one")
        weights = self.weights
        tokens = Tokenizer().of_all(texts)
        chunks = [clean(text).split() for text in texts]
        counts = np.array([len(each) for each in tokens], dtype=np.int64)
        ngrams = [[ngram for chunk in each for ngram in of_chunk(chunk)] for each in chunks]
        per_token = sparse.diags(np.maximum(counts, 1.0) ** -weights.power)
        style = style_of_chunks([tidy(text) for text in texts], counts, chunks)
        parts = (
            per_token @ _counts(weights.phrases, [phrases_of(each) for each in tokens]),
            per_token @ _counts(weights.ngrams, ngrams),
            sparse.csr_matrix(
                standardised(style, weights.style_means, weights.style_scales, weights.style_limit)
            ),
        )
        return sparse.hstack(parts).tocsr()

    def get_feature_names_out(self, names: Any = None) -> Any:
        """Return what the features are called."""
        weights = self.weights
        return np.array([*weights.phrases, *map(repr, weights.ngrams), *weights.style_features], dtype=object)


def classifier_of(weights: AdditiveWeights) -> LogisticRegression:
    """Return the classifier that takes these features."""
    classifier = LogisticRegression()
    classifier.classes_ = np.array([0, 1])
    classifier.coef_ = np.concatenate(
        (weights.phrase_weights, weights.ngram_weights, weights.style_weights)
    ).reshape(1, -1)
    classifier.intercept_ = np.array([weights.intercept])
    classifier.n_features_in_ = classifier.coef_.shape[1]
    return classifier


def _counts(vocabulary: Sequence[str], things: Sequence[Sequence[str]]) -> Any:
    if not vocabulary:
        return sparse.csr_matrix((len(things), 0))
    vectorizer = CountVectorizer(analyzer=list, vocabulary=vocabulary, dtype=np.float64)
    return vectorizer.transform(things)
