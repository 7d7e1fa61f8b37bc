"""Ways to learn that the default recipe was chosen among; all of them are sums, or sums of such."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from model_service.bundle import ADDITIVE, TALK
from model_service.style import standardised
from training import additive, documents, talk
from training.additive import STYLE_LIMIT, Part
from training.documents import NGRAM_COMMENTS, PHRASE_COMMENTS, Documents

type Margins = NDArray[np.float64]
"""(n,) float64: above zero speaks for removal, by how much is not said yet."""


class Comments(NamedTuple):
    """Comments as every candidate sees them."""

    words: talk.Read
    documents: Documents

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """Return comments; nothing is learnt from them yet."""
        return cls(talk.read(texts), documents.read(texts))

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return some of the comments, in the order given."""
        return self._replace(words=self.words.take(rows), documents=self.documents.take(rows))


type Learnt = Callable[[Comments], Margins]
type Featurise = Callable[[Comments], Any]
"""Makes features, (n, k) float64, sparse by rows."""


class Candidate(NamedTuple):
    """A way to learn."""

    name: str
    learn: Callable[[Comments, NDArray[np.int64], float], Learnt]
    """Takes what to learn from, what was removed, and a setting."""
    settings: tuple[float, ...] = (1.0,)
    """Settings to choose from."""
    in_log_odds: bool = False
    """Whether its margins are log-odds already, so that nothing is left to calibrate."""


def words_of(comments: Comments) -> Featurise:
    """Return what makes features of words and phrases, rare ones worth more."""
    learnt = comments.documents
    part = Part.of(learnt.phrases, learnt.tokens, PHRASE_COMMENTS)
    return lambda some: part.features(some.documents.phrases, some.documents.tokens)


def ngrams_of(comments: Comments) -> Featurise:
    """Return what makes features of character n-grams."""
    learnt = comments.documents
    part = Part.of(learnt.ngrams, learnt.tokens, NGRAM_COMMENTS)
    return lambda some: part.features(some.documents.ngrams, some.documents.tokens)


def style_of(comments: Comments) -> Featurise:
    """Return what makes features of style, standardised."""
    means, scales = comments.documents.style.mean(axis=0), comments.documents.style.std(axis=0) + 1e-9

    def featurise(some: Comments) -> Any:
        style = standardised(some.documents.style, means, scales, STYLE_LIMIT)
        return sparse.csr_matrix(style * additive.DENSE_SCALE)

    return featurise


def together(*parts: Callable[[Comments], Featurise]) -> Callable[[Comments], Featurise]:
    """Return what makes the features of several parts side by side."""

    def featurise_like(comments: Comments) -> Featurise:
        makers = [part(comments) for part in parts]
        return lambda some: sparse.hstack([make(some) for make in makers]).tocsr()

    return featurise_like


def logistic(features: Callable[[Comments], Featurise]) -> Callable[..., Learnt]:
    """Return logistic regression over features; the setting is C."""
    return _linear(features, lambda c: LogisticRegression(**{**additive.REGRESSION, "C": c}, random_state=0))


def support_vectors(features: Callable[[Comments], Featurise]) -> Callable[..., Learnt]:
    """Return a linear support vector machine over features; the setting is C."""
    return _linear(features, lambda c: LinearSVC(C=c, random_state=0))


def _linear(features: Callable[[Comments], Featurise], make: Callable[[float], Any]) -> Callable[..., Learnt]:
    def learn(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
        featurise = features(comments)
        model = make(setting).fit(featurise(comments), removed)
        return lambda some: np.asarray(model.decision_function(featurise(some)))

    return learn


def log_count_ratios(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
    """Logistic regression over naive Bayes log-count ratios of the words that are there; the setting is C.

    Wang and Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification" (ACL 2012).
    """
    columns = _columns(comments)

    def present(some: Comments) -> Any:
        return (some.documents.phrases.matrix[:, columns] > 0).astype(np.float64)

    there = present(comments)
    gone, kept = (1.0 + there[removed == kind].sum(axis=0).A1 for kind in (1, 0))
    ratios = sparse.diags(np.log(gone / gone.sum()) - np.log(kept / kept.sum()))
    model = LogisticRegression(**{**additive.REGRESSION, "C": setting}, random_state=0)
    model.fit(there @ ratios, removed)
    return lambda some: np.asarray(model.decision_function(present(some) @ ratios))


def complement_naive_bayes(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
    """Complement naive Bayes over the counts of words; the setting is its smoothing.

    Rennie et al., "Tackling the Poor Assumptions of Naive Bayes Text Classifiers" (ICML 2003).
    """
    columns = _columns(comments)
    model = ComplementNB(alpha=setting).fit(comments.documents.phrases.matrix[:, columns], removed)

    def margins(some: Comments) -> Margins:
        likelihoods = model.predict_joint_log_proba(some.documents.phrases.matrix[:, columns])
        return np.asarray((likelihoods[:, 1] - likelihoods[:, 0]) / some.documents.tokens**0.5)

    return margins


def _columns(comments: Comments) -> NDArray[np.int64]:
    """Return the words and phrases that enough of these comments have."""
    return np.flatnonzero(comments.documents.phrases.comments_with() >= PHRASE_COMMENTS)


def talks(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
    """The talk's recipe, as it is."""
    model = talk.fit(comments.words, (removed == 1).tolist(), seed=0)
    return lambda some: np.asarray(
        model.classifier.decision_function(model.vectorizer.transform(some.words.tokens))
    )


def blend(*parts: Callable[..., Learnt]) -> Callable[..., Learnt]:
    """Return the mean of several, each in units of its standard deviation; they share the setting."""

    def learn(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
        learnt = [part(comments, removed, setting) for part in parts]
        scales = [float(np.std(margins(comments))) or 1.0 for margins in learnt]
        return lambda some: np.asarray(
            sum(margins(some) / scale for margins, scale in zip(learnt, scales, strict=True))
        )

    return learn


def default_recipe(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
    """The default recipe, as it is."""
    learnt = comments.documents
    slope, offset = additive.calibrated(additive.out_of_fold(learnt, removed, seed=0), removed)
    model = additive.Model.of(learnt, removed, seed=0)
    return lambda some: slope * model.margins(some.documents) + offset


C = (0.3, 1.0, 3.0)

CANDIDATES = (
    Candidate(ADDITIVE, default_recipe, in_log_odds=True),
    Candidate("words, n-grams and style, blended", blend(*map(logistic, (words_of, ngrams_of, style_of))), C),
    Candidate("words, n-grams and style", logistic(together(words_of, ngrams_of, style_of)), C),
    Candidate("words and n-grams", logistic(together(words_of, ngrams_of)), C),
    Candidate(
        "support vectors of words and n-grams", support_vectors(together(words_of, ngrams_of)), (0.05, 0.2)
    ),
    Candidate("character n-grams", logistic(ngrams_of), C),
    Candidate("words and phrases", logistic(words_of), C),
    Candidate("log-count ratios of words", log_count_ratios, (0.003, 0.01, 0.03)),
    Candidate("complement naive Bayes", complement_naive_bayes, (0.1, 0.3, 1.0)),
    Candidate("style", logistic(style_of), (1.0, 10.0, 100.0)),
    Candidate(TALK, talks, in_log_odds=True),
)
"""All that are compared."""
