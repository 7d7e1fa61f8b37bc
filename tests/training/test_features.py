"""The scikit-learn objects of the default recipe give the scorer's answers, and behave as such objects do."""

from collections.abc import Callable, Sequence
from typing import Any

import dill
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.validation import check_is_fitted

from model_service.bundle import load_bundle
from model_service.scorer import Scorer
from model_service.settings import BASELINE
from model_service.weights import AdditiveWeights
from tests.model_service.examples import make_additive, make_random_additive, make_texts
from tests.model_service.nasty import NASTY, needs_real_comments, real_texts
from training.features import CommentFeatures, classifier_of

CLOSE = 1e-9

CHECKS: tuple[Callable[[str, Any], None], ...] = (
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
    estimator_checks.check_mixin_order,
)
"""Those of scikit-learn's checks that pass no data.

All others give numbers in two dimensions to `fit` and `transform`, which texts are not. scikit-learn leaves
its own vectorizers of texts out of every check for that reason; what those others ask for, and makes sense of
texts, is asked for below with texts.
"""


@pytest.fixture(scope="module")
def weights() -> AdditiveWeights:
    return make_random_additive()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return make_texts(40, seed=3)[0] + list(NASTY.values())


@pytest.fixture(scope="module")
def shipped() -> AdditiveWeights:
    weights = load_bundle(BASELINE).weights
    assert isinstance(weights, AdditiveWeights)
    return weights


def assert_agree(weights: AdditiveWeights, texts: Sequence[str]) -> None:
    """Fail if the two ways to score do not say the same."""
    features, classifier, scorer = CommentFeatures(weights), classifier_of(weights), Scorer(weights)
    found = features.transform(texts)
    log_odds = classifier.decision_function(found)
    np.testing.assert_allclose(log_odds, scorer.score(texts).log_odds, rtol=0, atol=CLOSE)
    probabilities = classifier.predict_proba(found)
    np.testing.assert_allclose(probabilities, scorer.probabilities(texts), rtol=0, atol=CLOSE)


@needs_real_comments
def test_real_comments_score_as_the_scorer_says(shipped: AdditiveWeights) -> None:
    assert_agree(shipped, real_texts())


def test_nasty_texts_score_as_the_scorer_says(shipped: AdditiveWeights) -> None:
    assert_agree(shipped, list(NASTY.values()))


def test_any_weights_score_as_the_scorer_says(weights: AdditiveWeights, texts: list[str]) -> None:
    assert_agree(weights, texts)


@pytest.mark.parametrize(
    "some",
    [make_additive(), make_additive({"idiot": 1.0}), make_additive(ngrams={"idi": 1.0}, intercept=-1.0)],
    ids=["neither", "phrases-alone", "ngrams-alone"],
)
def test_weights_without_words_or_ngrams_score_as_the_scorer_says(some: AdditiveWeights) -> None:
    assert_agree(some, ["you idiot", "", "Peer review?"])


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_estimator_check_of_scikit_learn_passes(
    weights: AdditiveWeights, check: Callable[[str, Any], None]
) -> None:
    check(CommentFeatures.__name__, CommentFeatures(weights))


def test_tags_are_those_of_a_vectorizer_that_learns_no_vocabulary(weights: AdditiveWeights) -> None:
    tags = get_tags(CommentFeatures(weights))
    assert tags.input_tags == get_tags(CountVectorizer()).input_tags
    assert tags.requires_fit is get_tags(HashingVectorizer()).requires_fit is False
    assert tags.target_tags.required is False


def test_nothing_has_to_be_fitted_and_fitting_changes_nothing(
    weights: AdditiveWeights, texts: list[str]
) -> None:
    features = CommentFeatures(weights)
    check_is_fitted(features)
    before = features.transform(texts)
    held = dict(vars(features))
    assert features.fit(texts, [0] * len(texts)) is features
    assert vars(features) == held
    assert (features.transform(texts) != before).nnz == 0
    assert (features.fit_transform(texts) != before).nnz == 0


def test_features_are_sparse_finite_and_named(weights: AdditiveWeights, texts: list[str]) -> None:
    features = CommentFeatures(weights)
    found = features.transform(texts)
    assert sparse.issparse(found)
    assert (found.format, found.dtype) == ("csr", np.float64)
    assert np.isfinite(found.data).all()
    names = features.get_feature_names_out()
    assert isinstance(names, np.ndarray)
    assert names.dtype == object
    assert all(isinstance(name, str) for name in names)
    assert found.shape == (len(texts), len(names)) == (len(texts), classifier_of(weights).n_features_in_)


def test_rows_depend_on_their_own_text_alone(weights: AdditiveWeights, texts: list[str]) -> None:
    features = CommentFeatures(weights)
    together = features.transform(texts)
    backwards = features.transform(texts[::-1])[::-1]
    assert abs(together - backwards).max() < CLOSE
    alone = sparse.vstack([features.transform([text]) for text in texts[-5:]])
    assert abs(together[-5:] - alone).max() < CLOSE


@pytest.mark.parametrize("kind", [tuple, np.array, lambda texts: np.array(texts, dtype=object)])
def test_texts_may_come_in_any_sequence(weights: AdditiveWeights, kind: Callable[[list[str]], Any]) -> None:
    texts = ["You idiot", "fake news", "", "don't"]
    features = CommentFeatures(weights)
    assert (features.transform(kind(texts)) != features.transform(texts)).nnz == 0


def test_no_texts_have_no_rows(weights: AdditiveWeights) -> None:
    features = CommentFeatures(weights)
    assert features.transform([]).shape == (0, len(features.get_feature_names_out()))


def test_single_text_is_refused(weights: AdditiveWeights) -> None:
    with pytest.raises(TypeError, match="a sequence of texts"):
        CommentFeatures(weights).transform("You idiot")


def test_pipeline_copy_and_pickle_score_alike(weights: AdditiveWeights) -> None:
    texts = ["You idiot", "fake news", "", "don't"]
    features, classifier = CommentFeatures(weights), classifier_of(weights)
    expected = Scorer(weights).probabilities(texts)
    pipeline = make_pipeline(features, classifier)
    copies = make_pipeline(clone(features), classifier), dill.loads(dill.dumps(pipeline))
    for each in (pipeline, *copies):
        np.testing.assert_allclose(each.predict_proba(texts), expected, rtol=0, atol=CLOSE)
        assert each.predict(texts).tolist() == (expected[:, 1] > 0.5).astype(int).tolist()
