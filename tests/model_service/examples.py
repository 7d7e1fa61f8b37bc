"""Invented comments, and models that know their words."""

import random
from collections.abc import Mapping

import numpy as np

from model_service import style
from model_service.ngrams import of_chunk
from model_service.text import clean
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights, TfidfWeights
from training import talk
from training.talk import Model

SEED = 7
KEPT = ("the study", "a control group", "peer review", "sample size", "p-value", "I don't think so", "see §3")
REMOVED = ("you idiot", "lol 😂", "fake news", "wake up sheeple", "r/conspiracy", "shut up!!!", "it's a hoax")
EITHER = ("the", "is", "of", "and", "science", "this", "what about", "e.g. mice", "(really)", "U.S.", "100km")


def make_texts(count: int = 120, seed: int = SEED) -> tuple[list[str], list[bool]]:
    """Return texts, and whether each was removed; every other one was, and a few are mislabelled."""
    chance = random.Random(seed)
    texts, removed = [], []
    for place in range(count):
        is_removed = place % 2 == 1
        words = chance.choices(EITHER, k=6) + chance.choices(REMOVED if is_removed else KEPT, k=4)
        chance.shuffle(words)
        texts.append(" ".join(words))
        removed.append(is_removed if chance.random() > 0.1 else not is_removed)
    return texts, removed


def make_model() -> Model:
    """Return the talk's recipe, learnt from the invented comments."""
    texts, removed = make_texts()
    return talk.fit(talk.read(texts), removed, SEED)


def make_tfidf(coefficients: Mapping[str, float], intercept: float = 0.0) -> TfidfWeights:
    """Return weights of words whose inverse document frequency is 1."""
    return TfidfWeights(
        vocabulary=tuple(coefficients),
        idf=np.ones(len(coefficients)),
        coefficients=np.array(list(coefficients.values()), dtype=np.float64),
        intercept=intercept,
    )


def make_additive(
    phrases: Mapping[str, float] | None = None,
    ngrams: Mapping[str, float] | None = None,
    style_weights: Mapping[str, float] | None = None,
    intercept: float = 0.0,
    power: float = 0.0,
    style_limit: float = 4.0,
) -> AdditiveWeights:
    """Return weights of the default recipe; what is not named weighs nothing."""
    phrases, ngrams, style_weights = phrases or {}, ngrams or {}, style_weights or {}
    features = len(style.FEATURES)
    return AdditiveWeights(
        phrases=tuple(phrases),
        phrase_weights=np.array(list(phrases.values()), dtype=np.float64),
        ngrams=tuple(ngrams),
        ngram_weights=np.array(list(ngrams.values()), dtype=np.float64),
        style_features=style.FEATURES,
        style_means=np.zeros(features),
        style_scales=np.ones(features),
        style_weights=np.array([style_weights.get(name, 0.0) for name in style.FEATURES]),
        style_limit=style_limit,
        power=power,
        intercept=intercept,
    )


def make_random_additive(seed: int = SEED) -> AdditiveWeights:
    """Return weights at random of what is in the invented comments, of everything in the formula."""
    random_numbers = np.random.default_rng(seed)
    texts = [*make_texts()[0], "naïve 😀😀 ಠ_ಠ url >:( 中文字符 don't"]
    tokens = Tokenizer().of_all(texts)
    phrases = sorted(
        {
            " ".join(row[at : at + length])
            for row in tokens
            for length in (1, 2, 3)
            for at in range(len(row) - length + 1)
            if random_numbers.random() < 0.5
        }
    )
    grams = sorted({gram for text in texts for chunk in clean(text).split() for gram in of_chunk(chunk)})
    features = len(style.FEATURES)
    return AdditiveWeights(
        phrases=tuple(phrases),
        phrase_weights=random_numbers.normal(size=len(phrases)),
        ngrams=tuple(grams),
        ngram_weights=random_numbers.normal(size=len(grams)) / 10,
        style_features=style.FEATURES,
        style_means=random_numbers.normal(size=features),
        style_scales=random_numbers.uniform(0.1, 2.0, size=features),
        style_weights=random_numbers.normal(size=features) / 5,
        style_limit=1.5,
        power=0.7,
        intercept=-0.3,
    )
