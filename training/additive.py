"""The default recipe: weighted words, phrases, pieces of words and style, all of which add up.

Two logistic regressions are summed. One weighs everything; the other, far more smoothed, only what is dense:
style, and traits of words (their vectors, and which lexicons they are in). What is linear in the counts of
words collapses into weights of words, so that scoring never sees it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from model_service.ngrams import LENGTHS
from model_service.style import FEATURES, standardised
from model_service.weights import AdditiveWeights
from training.documents import MOST_WORDS, NGRAM_COMMENTS, PHRASE_COMMENTS, Counts, Documents, read
from training.errors import NoVocabularyError
from training.lexicons import LEXICONS
from training.word_vectors import DIMENSIONS, SMOOTHING, WINDOW, word_vectors

POWER = 0.75
"""Counts are divided by tokens ** POWER."""

COMMONEST = 0.95
"""Share of the comments from which on a phrase or an n-gram tells nothing."""

STYLE_LIMIT = 3.0
DENSE_SCALE = 0.05
"""How large the dense features are beside the counts: the regression has the fewer use for large weights."""

VECTOR_SCALE = 0.7
"""How large the vectors are beside the other dense features."""

DENSE_SHARE = 0.4
"""How much the regression over the dense features alone adds."""

INNER_FOLDS = 3
MOST_WEIGHTS = 30_000
"""Phrases and n-grams that are kept."""

REGRESSION: dict[str, Any] = {"C": 1.0, "solver": "liblinear", "dual": True, "tol": 1e-2, "max_iter": 300}
DENSE_REGRESSION: dict[str, Any] = {"C": 0.02, "solver": "liblinear", "tol": 1e-3}


class Part(NamedTuple):
    """Which columns of some counts are used, and what an occurrence is worth before it is weighed."""

    columns: NDArray[np.int64]
    worth: NDArray[np.float64]
    """(n_columns,) float64: how rare it is, scaled so that a comment's mean square is 1."""

    @classmethod
    def of(cls, counts: Counts, tokens: NDArray[np.float64], comments: int) -> Self:
        """Return the part that these comments call for.

        Args:
            counts: Theirs.
            tokens: (n,) float64, how many each comment has, at least 1.
            comments: In how many of them a column has to be.
        """
        frequency = counts.comments_with()
        columns = np.flatnonzero((frequency >= comments) & (frequency < COMMONEST * len(tokens)))
        part = cls(columns, np.log((1 + len(tokens)) / (1 + frequency[columns])) + 1.0)
        square = part.features(counts, tokens).power(2).sum() / len(tokens)
        return part._replace(worth=part.worth / np.sqrt(square or 1.0))

    def features(self, counts: Counts, tokens: NDArray[np.float64]) -> Any:
        """Return (n, n_columns) float64, sparse."""
        return (_per_token(tokens) @ counts.matrix[:, self.columns] @ sparse.diags(self.worth)).tocsr()


class Traits(NamedTuple):
    """What is known of words: linear in their counts, so it ends as weights of the words."""

    table: NDArray[np.float64]
    """(n_phrases, t) float64, scaled; zero for what is not a single word."""
    means: NDArray[np.float64]
    """(t,) float64, over comments."""

    @classmethod
    def of(cls, documents: Documents, columns: NDArray[np.int64]) -> Self:
        """Return the traits that these comments call for, with vectors of those columns that are words."""
        vectors, lexicons = _vectors(documents, columns), _lexicons(documents.phrases.names)
        unscaled = cls(np.hstack((vectors, lexicons)), np.zeros(1)).features(documents)
        means, scales = unscaled.mean(axis=0), unscaled.std(axis=0)
        size = vectors.shape[1]
        # One scale for all of a vector: what tells comments apart most is to stay larger than the rest.
        scales[:size] = np.sqrt(np.square(scales[:size]).sum() / max(size, 1)) / VECTOR_SCALE
        scales[scales == 0.0] = 1.0
        return cls(np.hstack((vectors, lexicons)) / scales, means / scales)

    def features(self, documents: Documents) -> NDArray[np.float64]:
        """Return (n, t) float64."""
        values: NDArray[np.float64] = _per_token(documents.tokens) @ documents.phrases.matrix @ self.table
        return values - self.means


def _vectors(documents: Documents, columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (n_phrases, v) float64, the vectors of the words among some columns, longer if they are rare."""
    phrases = documents.phrases
    words = np.array([column for column in columns if " " not in phrases.names[column]], dtype=np.int64)
    number = np.full(len(phrases.names) + 1, -1)  # the last is that of -1
    number[words] = np.arange(len(words))
    vectors = word_vectors([number[comment] for comment in documents.words], len(words))
    table = np.zeros((len(phrases.names), vectors.shape[1]))
    table[words] = vectors * np.log(len(documents.tokens) / phrases.comments_with()[words])[:, None]
    return table


def _lexicons(names: Sequence[str]) -> NDArray[np.float64]:
    """Return (n_names, len(LEXICONS)) float64, 1 where a lexicon has a name."""
    return np.array([[name in words for words in LEXICONS.values()] for name in names], dtype=np.float64)


class Model(NamedTuple):
    """A fitted model in all its parts, from which the weights come."""

    phrases: Part
    ngrams: Part
    traits: Traits
    style_means: NDArray[np.float64]
    style_scales: NDArray[np.float64]
    joint: LogisticRegression
    dense: LogisticRegression

    @classmethod
    def of(cls, documents: Documents, removed: NDArray[np.int64], seed: int) -> Self:
        """Return the model that these comments call for."""
        phrases = Part.of(documents.phrases, documents.tokens, PHRASE_COMMENTS)
        scales = documents.style.std(axis=0)
        model = cls(
            phrases=phrases,
            ngrams=Part.of(documents.ngrams, documents.tokens, NGRAM_COMMENTS),
            traits=Traits.of(documents, phrases.columns),
            style_means=documents.style.mean(axis=0),
            style_scales=np.where(scales > 0.0, scales, 1.0),
            joint=LogisticRegression(**REGRESSION, random_state=seed),
            dense=LogisticRegression(**DENSE_REGRESSION, random_state=seed),
        )
        everything, dense = model._features(documents)
        model.joint.fit(everything, removed)
        model.dense.fit(dense, removed)
        return model

    def margins(self, documents: Documents) -> NDArray[np.float64]:
        """Return (n,) float64: above zero speaks for removal, but how much it says is for `calibrated`."""
        everything, dense = self._features(documents)
        joint, smooth = self.joint.decision_function(everything), self.dense.decision_function(dense)
        margins: NDArray[np.float64] = joint + DENSE_SHARE * smooth
        return margins

    def _features(self, documents: Documents) -> tuple[Any, NDArray[np.float64]]:
        """Return what each of the regressions sees."""
        style = standardised(documents.style, self.style_means, self.style_scales, STYLE_LIMIT)
        dense = np.hstack((style, self.traits.features(documents)))
        parts = (
            self.phrases.features(documents.phrases, documents.tokens),
            self.ngrams.features(documents.ngrams, documents.tokens),
            sparse.csr_matrix(DENSE_SCALE * dense),
        )
        return sparse.hstack(parts).tocsr(), dense

    def weights(self, documents: Documents, slope: float, offset: float) -> AdditiveWeights:
        """Return all of it as sums, for log-odds that are slope * margin + offset.

        Args:
            documents: Those it was learnt from, for the names of the columns.
            slope: At least 0.
            offset: In log-odds.
        """
        ends = np.cumsum([len(self.phrases.columns), len(self.ngrams.columns), len(self.style_means)])
        of_phrases, of_ngrams, _, _ = np.split(self.joint.coef_[0], ends)
        dense = DENSE_SCALE * self.joint.coef_[0][ends[1] :] + DENSE_SHARE * self.dense.coef_[0]
        of_style, of_traits = np.split(slope * dense, [len(self.style_means)])
        phrases = self.traits.table @ of_traits
        phrases[self.phrases.columns] += slope * of_phrases * self.phrases.worth
        ngrams = np.zeros(len(documents.ngrams.names))
        ngrams[self.ngrams.columns] = slope * of_ngrams * self.ngrams.worth
        intercept = float(self.joint.intercept_[0] + DENSE_SHARE * self.dense.intercept_[0])
        return AdditiveWeights(
            phrases=documents.phrases.names,
            phrase_weights=phrases,
            ngrams=documents.ngrams.names,
            ngram_weights=ngrams,
            style_features=FEATURES,
            style_means=self.style_means,
            style_scales=self.style_scales,
            style_weights=of_style,
            style_limit=STYLE_LIMIT,
            power=POWER,
            intercept=slope * intercept + offset - float(self.traits.means @ of_traits),
        )


def fit(texts: Sequence[str], removed: Sequence[bool], seed: int) -> AdditiveWeights:
    """Return the recipe's weights, learnt from comments: the same ones, to the bit, in any process.

    Args:
        texts: The comments.
        removed: Whether each was removed; both answers have to occur.
        seed: For the folds of the calibration and for the solvers.

    Raises:
        NoVocabularyError: If no word occurs in enough comments.
    """
    return fit_documents(read(texts), removed, seed)


def fit_documents(
    documents: Documents, removed: Sequence[bool], seed: int, most: int | None = MOST_WEIGHTS
) -> AdditiveWeights:
    """Return the weights learnt from comments that were read already; else as `fit`.

    Args:
        documents: The comments, or some that `Documents.take` picked: columns are chosen by these alone.
        removed: Whether each was removed.
        seed: As that of `fit`.
        most: How many phrases and n-grams to keep; None keeps all, and rounds nothing.
    """
    truth = np.array(removed, dtype=np.int64)
    if not (documents.phrases.comments_with() >= PHRASE_COMMENTS).any():
        raise NoVocabularyError(len(truth), PHRASE_COMMENTS)
    with threadpool_limits(1):  # with more of them, sums come in another order and out with other last bits
        slope, offset = calibrated(out_of_fold(documents, truth, seed), truth)
        weights = Model.of(documents, truth, seed).weights(documents, slope, offset)
    return weights if most is None else pruned(weights, documents, most)


def out_of_fold(documents: Documents, removed: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return (n,) float64, the margin of each comment from a model without it; zeros if there are too few."""
    margins = np.zeros(len(removed))
    folds = min(INNER_FOLDS, *np.bincount(removed, minlength=2))
    if folds > 1:
        for learn, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(margins, removed):
            margins[test] = Model.of(documents.take(learn), removed[learn], seed).margins(
                documents.take(test)
            )
    return margins


def calibrated(margins: NDArray[np.float64], removed: NDArray[np.int64]) -> tuple[float, float]:
    """Return the slope, at least 0, and the offset that make log-odds of margins.

    Platt, "Probabilistic Outputs for Support Vector Machines" (1999), with his targets short of 0 and 1: they
    keep the slope finite where the margins tell all.
    """
    kept, gone = np.bincount(removed, minlength=2)
    target = np.where(removed, (gone + 1) / (gone + 2), 1 / (kept + 2))
    regression = LogisticRegression(C=1e6)
    regression.fit(
        np.tile(margins, 2)[:, None],
        np.repeat((1, 0), len(margins)),
        sample_weight=np.concatenate((target, 1.0 - target)),
    )
    slope = float(regression.coef_[0, 0])
    if slope <= 0.0:  # the margins are worth nothing: all that is known is the share of removed comments
        return 0.0, float(np.log(target.sum() / (1.0 - target).sum()))
    return slope, float(regression.intercept_[0])


def pruned(weights: AdditiveWeights, documents: Documents, most: int) -> AdditiveWeights:
    """Return the weights without the weakest phrases and n-grams, rounded to what a float32 can say.

    Weak is what has a small weight and what few comments have. Rounded, weights are nearly always the same on
    machines that differ in the last bits.
    """
    importance = np.concatenate(
        [
            np.abs(values) * np.sqrt(np.maximum(counts.comments_with(), 1))
            for values, counts in (
                (weights.phrase_weights, documents.phrases),
                (weights.ngram_weights, documents.ngrams),
            )
        ]
    )
    kept = np.zeros(len(importance), dtype=bool)
    kept[np.argsort(-importance, kind="stable")[:most]] = True
    phrases, ngrams = np.split(kept & (importance > 0.0), [len(weights.phrases)])
    return AdditiveWeights(
        phrases=tuple(weights.phrases[at] for at in np.flatnonzero(phrases)),
        phrase_weights=_rounded(weights.phrase_weights[phrases]),
        ngrams=tuple(weights.ngrams[at] for at in np.flatnonzero(ngrams)),
        ngram_weights=_rounded(weights.ngram_weights[ngrams]),
        style_features=weights.style_features,
        style_means=_rounded(weights.style_means),
        style_scales=_rounded(weights.style_scales),
        style_weights=_rounded(weights.style_weights),
        style_limit=weights.style_limit,
        power=weights.power,
        intercept=float(np.float32(weights.intercept)),
    )


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.astype(np.float32).astype(np.float64)


def _per_token(tokens: NDArray[np.float64]) -> Any:
    return sparse.diags(tokens**-POWER)


def parameters() -> dict[str, Any]:
    """Return the recipe's parameters, for the bundle."""
    return {
        "phrases": {"most_words": MOST_WORDS, "in_comments": PHRASE_COMMENTS},
        "ngrams": {"lengths": list(LENGTHS), "in_comments": NGRAM_COMMENTS},
        "power": POWER,
        "commonest": COMMONEST,
        "style_limit": STYLE_LIMIT,
        "dense_scale": DENSE_SCALE,
        "dense_share": DENSE_SHARE,
        "calibration_folds": INNER_FOLDS,
        "most_weights": MOST_WEIGHTS,
        "regression": REGRESSION,
        "dense_regression": DENSE_REGRESSION,
        "lexicons": sorted(LEXICONS),
        "vector_scale": VECTOR_SCALE,
        "word_vectors": {"window": WINDOW, "smoothing": SMOOTHING, "dimensions": DIMENSIONS},
    }
