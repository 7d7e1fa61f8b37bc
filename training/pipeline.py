"""The talk's recipe: clean text, spaCy tokens, TF-IDF, logistic regression."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import batched
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from model_service.bundle import Weights
from model_service.tokenizer import Tokenizer
from training.errors import NoVocabularyError

RECIPE = "talk"
BATCH = 512
TFIDF: dict[str, Any] = {"min_df": 3, "max_features": 1000, "ngram_range": (1, 3), "sublinear_tf": True}
REGRESSION: dict[str, Any] = {"C": 1.0}


class Model(Struct, frozen=True):
    """A fitted vectorizer and classifier, as scikit-learn has them."""

    vectorizer: TfidfVectorizer
    classifier: LogisticRegression

    def probabilities(self, tokens: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return (n_comments,) float64: P(removed)."""
        removed: NDArray[np.float64] = self.classifier.predict_proba(self.vectorizer.transform(tokens))[:, 1]
        return removed

    def weights(self) -> Weights:
        """Return what scoring needs, free of scikit-learn."""
        return Weights(
            vocabulary=tuple(self.vectorizer.get_feature_names_out()),
            idf=self.vectorizer.idf_,
            coefficients=self.classifier.coef_[0],
            intercept=float(self.classifier.intercept_[0]),
            ngram_range=self.vectorizer.ngram_range,
        )


def tokens_of(texts: Iterable[str]) -> list[list[str]]:
    """Return each text's tokens, as the service will see them."""
    tokenizer = Tokenizer()
    return [tokens for batch in batched(texts, BATCH) for tokens in tokenizer.of_all(batch)]


def fit(tokens: Sequence[Sequence[str]], removed: Sequence[bool], seed: int) -> Model:
    """Return the recipe's model, fitted.

    Args:
        tokens: The comments' tokens.
        removed: Whether each was removed.
        seed: For the solver, should it ever use one.

    Raises:
        NoVocabularyError: If no word occurs in enough comments.
    """
    # Comments come as lists of tokens, which `list` returns as they are. Being built in, it lets a pickle of
    # the vectorizer load where this package is not installed.
    vectorizer = TfidfVectorizer(**TFIDF, tokenizer=list, lowercase=False, token_pattern=None)
    try:
        features = vectorizer.fit_transform(tokens)
    except ValueError as error:  # scikit-learn's word for a vocabulary that is empty
        raise NoVocabularyError(len(tokens), TFIDF["min_df"]) from error
    classifier = LogisticRegression(**REGRESSION, random_state=seed)
    classifier.fit(features, np.array(removed, dtype=np.int64))
    # An address in memory, kept to warn once: it would make each process write other bytes.
    vars(vectorizer).pop("_stop_words_id", None)
    return Model(vectorizer, classifier)


def parameters() -> dict[str, Any]:
    """Return the recipe's parameters, for the bundle."""
    return {"tfidf": {**TFIDF, "ngram_range": list(TFIDF["ngram_range"])}, "logistic_regression": REGRESSION}


def libraries() -> dict[str, str]:
    """Return the versions that a model depends on, for the bundle."""
    return {name: version(name) for name in ("numpy", "scikit-learn", "scipy", "spacy")}
