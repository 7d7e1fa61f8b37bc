"""Recipes are compared on comments that they have not learnt from, nor any that is nearly the same."""

from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from model_service.bundle import ADDITIVE, TALK
from training import leaderboard as module
from training.candidates import CANDIDATES, Candidate, Comments, Learnt, log_count_ratios, logistic, words_of
from training.leaderboard import INNER_FOLDS, leaderboard
from training.report.facts import Standing
from training.sample import generate

FOLDS = 3
SEED = 5
COPIES = 3
"""Of each comment, nearly the same."""


class Labelled:
    """Comments, several of which are nearly the same and have the same label."""

    def __init__(self, different: int) -> None:
        comments = list(generate(different, 2))
        # The first plain words are enough, and quick to read: nothing in them needs spaCy.
        plain = [" ".join([word for word in each.body.split() if word.isalpha()][:15]) for each in comments]
        kinds = [place for place in range(different) for _ in range(COPIES)]
        self.texts = [f"kind{kind} {plain[kind]}" for kind in kinds]
        self.removed = [bool(comments[kind].removed) for kind in kinds]
        self.groups = np.array(kinds, dtype=np.int64)


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return Labelled(100)


def compare(labelled: Labelled, monkeypatch: pytest.MonkeyPatch, *candidates: Candidate) -> list[Standing]:
    """Return how these do, all that are compared."""
    monkeypatch.setattr(module, "CANDIDATES", candidates)
    return leaderboard(labelled.texts, labelled.removed, labelled.groups, "additive", FOLDS, SEED)


def kinds_of(comments: Comments) -> list[str]:
    return [tokens[0] for tokens in comments.words.tokens]


class Memory:
    """Knows again what it has seen, and guesses all else at random; notes what it was asked for."""

    def __init__(self) -> None:
        self.learnt: list[set[str]] = []
        self.asked: list[tuple[set[str], set[str]]] = []

    def learn(self, comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
        known = dict(zip(kinds_of(comments), removed.tolist(), strict=True))
        self.learnt.append(set(known))

        def margins(some: Comments) -> NDArray[np.float64]:
            self.asked.append((set(known), set(kinds_of(some))))
            chance = np.random.default_rng(len(known)).normal(size=len(some.words.tokens))
            seen = [2.0 * known[kind] - 1 if kind in known else 0.0 for kind in kinds_of(some)]
            return np.asarray(chance + 10 * np.array(seen))

        return margins


def test_what_is_nearly_the_same_is_on_one_side_of_every_split(
    labelled: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    (standing,) = compare(labelled, monkeypatch, Candidate("memory", memory.learn, (1.0, 2.0)))
    assert len(memory.asked) == FOLDS * (2 * INNER_FOLDS + 1)
    assert all(known.isdisjoint(asked) for known, asked in memory.asked)
    assert 0.3 < standing.roc_auc.mean < 0.7, "who only remembers knows nothing of other comments"


def test_every_comment_is_asked_for_once(labelled: Labelled, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    compare(labelled, monkeypatch, Candidate("memory", memory.learn, in_log_odds=True))
    assert len(memory.asked) == FOLDS, "log-odds need no calibration, and one setting no choice"
    asked = [kind for _, kinds in memory.asked for kind in kinds]
    assert sorted(asked) == sorted({f"kind{group}" for group in labelled.groups})


def telling(truth: dict[str, bool], setting_that_knows: float = 1.0, scale: float = 1.0) -> Any:
    """Return what learns nothing, but knows the truth of most comments with one of the settings."""

    def learn(comments: Comments, removed: NDArray[np.int64], setting: float) -> Learnt:
        def margins(some: Comments) -> NDArray[np.float64]:
            kinds = kinds_of(some)
            noise = np.array([int(kind.removeprefix("kind")) * 37 % 100 / 50 - 1 for kind in kinds])
            known = np.array([2.0 * truth[kind] - 1 for kind in kinds])
            return np.asarray(scale * (noise + known * (setting == setting_that_knows) * 0.7))

        return margins

    return learn


@pytest.fixture
def truth(labelled: Labelled) -> dict[str, bool]:
    return {f"kind{kind}": gone for kind, gone in zip(labelled.groups, labelled.removed, strict=True)}


def test_best_comes_first_and_the_default_recipe_is_marked(
    labelled: Labelled, truth: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Candidate("memory", Memory().learn)
    oracle = Candidate(ADDITIVE, telling(truth))
    found = compare(labelled, monkeypatch, memory, oracle)
    assert [(each.name, each.chosen) for each in found] == [(ADDITIVE, True), ("memory", False)]
    assert found[0].roc_auc.mean > found[1].roc_auc.mean
    for each in found:
        assert each.roc_auc.low <= each.roc_auc.mean <= each.roc_auc.high
        assert each.average_precision.low <= each.average_precision.mean <= each.average_precision.high
        assert each.seconds >= 0


@pytest.mark.parametrize("knows", [1.0, 2.0, 3.0])
def test_setting_is_chosen_by_what_ranks_best(
    labelled: Labelled, truth: dict[str, bool], monkeypatch: pytest.MonkeyPatch, knows: float
) -> None:
    (found,) = compare(labelled, monkeypatch, Candidate("oracle", telling(truth, knows), (1.0, 2.0, 3.0)))
    (alone,) = compare(labelled, monkeypatch, Candidate("oracle", telling(truth, knows), (knows,)))
    assert found.roc_auc.mean == alone.roc_auc.mean > 0.75


def test_margins_of_any_size_become_the_same_log_odds(
    labelled: Labelled, truth: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = compare(
        labelled,
        monkeypatch,
        Candidate("small", telling(truth, scale=0.1)),
        Candidate("large", telling(truth, scale=100.0)),
    )
    assert small.roc_auc.mean == pytest.approx(large.roc_auc.mean)
    assert small.calibration_error == pytest.approx(large.calibration_error, abs=0.02)
    (raw,) = compare(labelled, monkeypatch, Candidate("raw", telling(truth, scale=100.0), in_log_odds=True))
    assert raw.calibration_error > large.calibration_error + 0.05, "log-odds are taken as they are"


def test_same_seed_gives_the_same_standings_and_steps_are_told(
    labelled: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = (
        Candidate("words", logistic(words_of), (0.3, 3.0)),
        Candidate("ratios", log_count_ratios, (0.01,)),
    )
    monkeypatch.setattr(module, "CANDIDATES", short)
    steps: list[str] = []
    first, again = (
        leaderboard(labelled.texts, labelled.removed, labelled.groups, "words", FOLDS, SEED, steps.append)
        for _ in range(2)
    )
    timeless = [[msgspec.structs.replace(each, seconds=0.0) for each in found] for found in (first, again)]
    assert timeless[0] == timeless[1]
    assert steps == ["comparing 1 of 2: words", "comparing 2 of 2: ratios"] * 2


class Synthetic:
    """Comments that are read once, to learn from and to ask for."""

    def __init__(self) -> None:
        comments = list(generate(200, 1))
        read = Comments.read([each.body for each in comments])
        self.removed = np.array([each.removed for each in comments], dtype=np.int64)
        self.learn, self.test = read.take(np.arange(150)), read.take(np.arange(150, 200))


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return Synthetic()


@pytest.mark.parametrize("candidate", CANDIDATES, ids=[each.name for each in CANDIDATES])
def test_candidate_learns(synthetic: Synthetic, candidate: Candidate) -> None:
    for setting in {candidate.settings[0], candidate.settings[-1]}:
        learnt = candidate.learn(synthetic.learn, synthetic.removed[:150], setting)
        told = learnt(synthetic.test)
        assert told.shape == (50,)
        assert np.isfinite(told).all()
        seen, gone = learnt(synthetic.learn), synthetic.removed[:150] == 1
        assert seen[gone].mean() > seen[~gone].mean(), "above zero speaks for removal"
        alone = learnt(synthetic.test.take(np.array([7])))
        assert alone == pytest.approx(told[7:8]), "it does not depend on what else is asked for"


def test_names_differ_and_both_recipes_are_compared() -> None:
    names = [each.name for each in CANDIDATES]
    assert len(set(names)) == len(names)
    assert {ADDITIVE, TALK} <= set(names)
    assert all(len(each.settings) == 1 for each in CANDIDATES if each.in_log_odds)
