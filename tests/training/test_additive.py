"""The default recipe, against the sum that its weights stand for."""

import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from math import isfinite, log

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from model_service.ngrams import of_chunk
from model_service.style import FEATURES, style_of
from model_service.text import clean, tidy
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights
from tests.model_service.examples import make_texts
from training.additive import Model, calibrated, fit, fit_documents, out_of_fold
from training.documents import MOST_WORDS, Documents, read
from training.errors import NoVocabularyError
from training.lexicons import LEXICONS

SEED = 7
TOKENIZER = Tokenizer()

WRITE_WEIGHTS = """
import sys
from hashlib import sha256
from tests.model_service.examples import make_texts
from tests.training.test_additive import bytes_of
from training.additive import fit
print(sha256(bytes_of(fit(*make_texts(80), seed=7))).hexdigest())
"""


def log_odds_by_hand(weights: AdditiveWeights, text: str) -> float:
    """Return the log-odds of removal as the docstring of `AdditiveWeights` has them, one term at a time."""
    tokens, chunks = TOKENIZER(text), clean(text).split()
    of_phrases = dict(zip(weights.phrases, weights.phrase_weights, strict=True))
    of_ngrams = dict(zip(weights.ngrams, weights.ngram_weights, strict=True))
    counted = 0.0
    for start in range(len(tokens)):
        for words in range(1, MOST_WORDS + 1):
            if start + words <= len(tokens):
                counted += of_phrases.get(" ".join(tokens[start : start + words]), 0.0)
    for chunk in chunks:
        for ngram in of_chunk(chunk):
            counted += of_ngrams.get(ngram, 0.0)
    log_odds = weights.intercept + counted / max(len(tokens), 1) ** weights.power
    features = style_of(
        [tidy(text)], np.array([len(tokens)]), np.array([len(chunks)]), np.array([len(set(chunks))])
    )[0]
    for feature, mean, scale, weight in zip(
        features, weights.style_means, weights.style_scales, weights.style_weights, strict=True
    ):
        log_odds += min(max((feature - mean) / scale, -weights.style_limit), weights.style_limit) * weight
    return float(log_odds)


def bytes_of(weights: AdditiveWeights) -> bytes:
    return msgspec.msgpack.encode(weights, enc_hook=lambda array: array.tobytes())


class Split:
    """Invented comments to learn from, and others."""

    def __init__(self) -> None:
        texts, removed = make_texts(240)
        documents = read(texts)
        self.learn, self.removed = documents.take(np.arange(160)), removed[:160]
        self.held_out, self.texts, self.truth = (
            documents.take(np.arange(160, 240)),
            texts[160:],
            removed[160:],
        )


@pytest.fixture(scope="module")
def split() -> Split:
    return Split()


def margins_of_parts(learn: Documents, removed: Sequence[bool], test: Documents) -> NDArray[np.float64]:
    """Return the calibrated log-odds of the model before it is made into weights."""
    truth = np.array(removed, dtype=np.int64)
    slope, offset = calibrated(out_of_fold(learn, truth, SEED), truth)
    return slope * Model.of(learn, truth, SEED).margins(test) + offset


def test_weights_say_of_new_comments_what_the_model_in_all_its_parts_says(split: Split) -> None:
    weights = fit_documents(split.learn, split.removed, SEED, most=None)
    by_hand = [log_odds_by_hand(weights, text) for text in split.texts]
    np.testing.assert_allclose(
        by_hand, margins_of_parts(split.learn, split.removed, split.held_out), rtol=0, atol=1e-9
    )


def test_rounding_changes_next_to_nothing(split: Split) -> None:
    exact = fit_documents(split.learn, split.removed, SEED, most=None)
    rounded = fit_documents(split.learn, split.removed, SEED)
    for text in split.texts:
        assert log_odds_by_hand(rounded, text) == pytest.approx(log_odds_by_hand(exact, text), abs=1e-5)


def test_removed_comments_score_higher(split: Split) -> None:
    weights = fit_documents(split.learn, split.removed, SEED)
    assert roc_auc_score(split.truth, [log_odds_by_hand(weights, text) for text in split.texts]) > 0.8


def test_columns_are_chosen_by_the_comments_learnt_from_alone(split: Split) -> None:
    texts, removed = make_texts(240)
    alone = fit(texts[:160], removed[:160], SEED)
    assert bytes_of(fit_documents(split.learn, split.removed, SEED)) == bytes_of(alone)


def test_only_the_weightiest_phrases_and_ngrams_are_kept(split: Split) -> None:
    whole = fit_documents(split.learn, split.removed, SEED)
    weights = fit_documents(split.learn, split.removed, SEED, most=10)
    assert len(weights.phrases) + len(weights.ngrams) == 10
    assert set(weights.phrases) < set(whole.phrases)
    assert set(weights.ngrams) < set(whole.ngrams)
    assert list(weights.phrases) == sorted(weights.phrases)


def test_weights_are_those_a_float32_can_say(split: Split) -> None:
    weights = fit_documents(split.learn, split.removed, SEED)
    for values in (weights.phrase_weights, weights.ngram_weights, weights.style_weights):
        assert values.dtype == np.float64
        assert (values == values.astype(np.float32)).all()
    assert weights.style_means.shape == weights.style_scales.shape == (len(FEATURES),)


def test_weights_are_the_same_bytes_in_another_process() -> None:
    other = subprocess.run(
        [sys.executable, "-c", WRITE_WEIGHTS],
        capture_output=True,
        text=True,
        check=True,
        env={"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "2"},
    )
    assert other.stdout.strip() == sha256(bytes_of(fit(*make_texts(80), seed=SEED))).hexdigest()


def test_word_that_no_comment_has_gets_the_weight_of_its_lexicon() -> None:
    texts = [
        "mice and cells grow here",
        "stoned on weed and cells",
        "the genes grow",
        "drunk on beer and genes",
    ] * 8
    weights = fit(texts, [False, True, False, True] * 8, SEED)
    weight_of = dict(zip(weights.phrases, weights.phrase_weights, strict=True))
    assert "lsd" in LEXICONS["drugs"]
    assert weight_of["lsd"] > 0


@pytest.mark.parametrize("count", [4, 6, 50])
def test_few_comments_are_enough(count: int) -> None:
    weights = fit(*make_texts(count), seed=SEED)
    assert isfinite(log_odds_by_hand(weights, "the study is a hoax"))


def test_comments_without_a_word_in_common_are_refused() -> None:
    with pytest.raises(NoVocabularyError, match="none of the words in these 4 comments occurs in 2"):
        fit(["one", "two", "three", "four"], [True, False, True, False], SEED)


def test_empty_comments_are_learnt_from_like_any() -> None:
    texts, removed = make_texts(40)
    weights = fit(["", " \n", *texts], [True, False, *removed], SEED)
    assert isfinite(log_odds_by_hand(weights, ""))


def test_calibration_stays_finite_where_margins_tell_all() -> None:
    slope, offset = calibrated(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    assert 0 < slope < 10
    assert offset == pytest.approx(0, abs=1e-3)


def test_margins_that_mislead_count_for_nothing() -> None:
    slope, offset = calibrated(np.array([2.0, 1.0, 1.5, -1.0]), np.array([0, 0, 0, 1]))
    assert slope == 0
    assert offset == pytest.approx(log((3 * 0.2 + 2 / 3) / (3 * 0.8 + 1 / 3)))


def test_counts_are_those_of_plain_loops() -> None:
    texts = ["Mice eat cheese.", "mice EAT mice", "cheese  eats\nmice"]
    documents = read(texts)
    phrase_counts, ngram_counts = documents.phrases.matrix.toarray(), documents.ngrams.matrix.toarray()
    for text, phrase_row, ngram_row in zip(texts, phrase_counts, ngram_counts, strict=True):
        tokens, ngrams = (
            TOKENIZER(text),
            [ngram for chunk in clean(text).split() for ngram in of_chunk(chunk)],
        )
        for phrase, count in zip(documents.phrases.names, phrase_row, strict=True):
            words = phrase.split(" ")
            assert count == sum(tokens[at : at + len(words)] == words for at in range(len(tokens)))
        for ngram, count in zip(documents.ngrams.names, ngram_row, strict=True):
            assert count == ngrams.count(ngram)
    assert " mice" in documents.ngrams.names
    assert "mice" in documents.phrases.names
    assert "cheese ." not in documents.phrases.names


def test_lexicons_hold_words_that_the_tokenizer_gives() -> None:
    words = sorted(set().union(*LEXICONS.values()))
    assert TOKENIZER.of_all(words) == [[word] for word in words]
