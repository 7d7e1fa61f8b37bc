"""Invented comments, and the model that is learnt from them."""

import random
from collections.abc import Sequence

from training import pipeline
from training.pipeline import Model

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


def make_model(tokens: Sequence[Sequence[str]], removed: Sequence[bool]) -> Model:
    return pipeline.fit(tokens, removed, SEED)
