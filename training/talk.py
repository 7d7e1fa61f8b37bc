"""The talk's recipe: clean text, spaCy tokens, TF-IDF, logistic regression."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from model_service.tokenizer import Tokenizer
from model_service.weights import TfidfWeights
from training.errors import NoVocabularyError

TFIDF: dict[str, Any] = {"min_df": 3, "max_features": 1000, "ngram_range": (1, 3), "sublinear_tf": True}
REGRESSION: dict[str, Any] = {"C": 1.0}


class Read(NamedTuple):
    """Comments as the recipe sees them."""

    tokens: list[list[str]]

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return some of the comments, in the order given."""
        return self._replace(tokens=[self.tokens[row] for row in rows])


class Model(NamedTuple):
    """A fitted vectorizer and classifier, as scikit-learn has them."""

    vectorizer: TfidfVectorizer
    classifier: LogisticRegression

    def probabilities(self, tokens: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return (n_comments,) float64: P(removed)."""
        removed: NDArray[np.float64] = self.classifier.predict_proba(self.vectorizer.transform(tokens))[:, 1]
        return removed

    @property
    def weights(self) -> TfidfWeights:
        """Return what scoring needs, free of scikit-learn."""
        return TfidfWeights(
            vocabulary=tuple(self.vectorizer.get_feature_names_out()),
            idf=self.vectorizer.idf_,
            coefficients=self.classifier.coef_[0],
            intercept=float(self.classifier.intercept_[0]),
        )

    def objects(self) -> tuple[Any, Any]:
        """Return the scikit-learn objects: one makes features of token lists, one probabilities of these."""
        return self.vectorizer, self.classifier


def read(texts: Sequence[str]) -> Read:
    """Return the comments as the recipe sees them."""
    return Read(Tokenizer().of_all(texts))


def fit(comments: Read, removed: Sequence[bool], seed: int) -> Model:
    """Return the recipe's model, fitted.

    Args:
        comments: What to learn from.
        removed: Whether each was removed.
        seed: For the solver, should it ever use one.

    Raises:
        NoVocabularyError: If no word occurs in enough comments.
    """
    # Comments come as lists of tokens, which `list` returns as they are. Being built in, it lets a pickle of
    # the vectorizer load where this package is not installed.
    vectorizer = TfidfVectorizer(**TFIDF, tokenizer=list, lowercase=False, token_pattern=None)
    try:
        features = vectorizer.fit_transform(comments.tokens)
    except ValueError as error:  # scikit-learn's word for a vocabulary that is empty
        raise NoVocabularyError(len(comments.tokens), TFIDF["min_df"]) from error
    classifier = LogisticRegression(**REGRESSION, random_state=seed)
    classifier.fit(features, np.array(removed, dtype=np.int64))
    # An address in memory, kept to warn once: it would make each process write other bytes.
    vars(vectorizer).pop("_stop_words_id", None)
    return Model(vectorizer, classifier)


def parameters() -> dict[str, Any]:
    """Return the recipe's parameters, for the bundle."""
    return {"tfidf": {**TFIDF, "ngram_range": list(TFIDF["ngram_range"])}, "logistic_regression": REGRESSION}
