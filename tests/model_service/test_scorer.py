"""The scorer of either recipe: order, batches, and whatever the internet writes."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_service import scorer as scorer_module
from model_service.bundle import TALK
from model_service.explanation import Explanation
from model_service.reading import Read
from model_service.scored import Scored
from model_service.scorer import Scorer, _batches
from model_service.weights import Weights
from tests.model_service.examples import make_additive, make_texts, make_tfidf
from tests.model_service.nasty import MB, NASTY, anything, synthetic_texts

TEXTS = [*make_texts(count=40, seed=5)[0], *synthetic_texts(40), *NASTY.values()]

LETTERS = str.maketrans("0123456789", "abcdefghij")
LONG: dict[str, Callable[[int], str]] = {
    "one-letter": lambda n: "a" * n,
    "one-strange-letter": lambda n: "é" * n,
    "distinct-words": lambda n: " ".join(f"{at:09}".translate(LETTERS) for at in range(n // 10)),
    "distinct-strange-words": lambda n: " ".join(f"{at}é" for at in range(n // 100)),
    "one-word-again-and-again": lambda n: "idiot " * (n // 6),
    "spaces": lambda n: " " * n,
    "binary": lambda n: random.Random(1).randbytes(n // 16).decode("latin-1"),
    "zeros": lambda n: "\0" * n,
    "emoji": lambda n: "😀👨‍👩‍👧❤️ " * (n // 40),
    "emoji-without-a-space": lambda n: "😀" * (n // 4),
    "right-to-left": lambda n: "\u202eשלום עולם مرحبا\u202c " * (n // 40),
    "combining-flood": lambda n: "z" + "\u0335\u0301\u0489" * (n // 3),
    "lone-surrogates": lambda n: "\ud800\udfff " * (n // 8),
    "look-alikes": lambda n: "Vіаgrа" * (n // 12),
    "brackets": lambda n: "(" * (n // 4),
    "open-links": lambda n: "[a](" * (n // 8),
    "open-entities": lambda n: "&#x" * (n // 8),
    "full-stops": lambda n: "." * n,
    "line-ends": lambda n: "\n" * n,
    "question-marks": lambda n: "? " * (n // 4),
}


def test_answers_come_in_the_order_of_the_comments(scorer: Scorer) -> None:
    alone = np.concatenate([scorer.probabilities([text]) for text in TEXTS])
    order = np.random.default_rng(3).permutation(len(TEXTS))
    assert np.ptp(alone[:, 1]) > 0.5, "comments that differ, or it would show little"
    assert np.array_equal(scorer.probabilities(TEXTS), alone)
    assert np.array_equal(scorer.probabilities([TEXTS[place] for place in order]), alone[order])


@given(st.lists(st.one_of(anything, st.sampled_from(TEXTS)), min_size=1, max_size=8), st.randoms())
def test_answer_is_the_same_in_whatever_batch(
    scorer: Scorer, texts: list[str], chance: random.Random
) -> None:
    together = scorer.score(texts)
    begin = 0
    while begin < len(texts):
        end = begin + chance.randint(1, 3)
        for all_of, some in zip(together, scorer.score(texts[begin:end]), strict=True):
            assert np.array_equal(all_of[begin:end], some)
        begin = end


@pytest.mark.parametrize("limit", [1, 100, 1_000, 10_000])
def test_answer_is_the_same_wherever_batches_are_cut(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    expected = scorer.score(TEXTS)
    reasons = [each.reasons() for each in scorer.explain(TEXTS)]
    monkeypatch.setattr(scorer_module, "BATCH_CHARACTERS", limit)
    for found, of_one_batch in zip(scorer.score(TEXTS), expected, strict=True):
        assert np.array_equal(found, of_one_batch)
    assert [each.reasons() for each in scorer.explain(TEXTS)] == reasons


@pytest.mark.parametrize(
    ("texts", "batches"),
    [
        ([], []),
        ([""], [[""]]),
        (["", "", ""], [["", "", ""]]),
        (["aaa", "bb"], [["aaa", "bb"]]),
        (["aaa", "bbb"], [["aaa"], ["bbb"]]),
        (["aaaaaa", "b"], [["aaaaaa"], ["b"]]),
        (["a", "bbbbbbb", "c"], [["a"], ["bbbbbbb"], ["c"]]),
        (["aa", "bb", "c", "d", "eeeee", ""], [["aa", "bb", "c"], ["d"], ["eeeee", ""]]),
    ],
    ids=["nothing", "empty", "empties", "fits", "too-long", "long", "long-within", "many"],
)
def test_batches_hold_no_more_than_the_limit_unless_one_comment_does(
    texts: list[str], batches: list[list[str]]
) -> None:
    assert list(_batches(texts, 5)) == batches


def test_empty_batch_has_an_empty_answer(scorer: Scorer) -> None:
    answer = scorer.probabilities([])
    assert answer.shape == (0, 2)
    assert answer.dtype == np.float64
    assert [(len(each), each.dtype.name) for each in scorer.score([])] == [
        (0, "float64"),
        (0, "int64"),
        (0, "int64"),
    ]
    assert list(scorer.explain([])) == []


def test_columns_are_kept_and_removed(scorer: Scorer) -> None:
    answer = scorer.probabilities(TEXTS)
    assert answer.shape == (len(TEXTS), 2)
    assert np.array_equal(answer[:, 1], scorer.score(TEXTS).removed)
    assert np.array_equal(answer[:, 0], 1.0 - answer[:, 1])


@pytest.mark.parametrize(
    ("log_odds", "probability"),
    [
        *((0.0, 0.5), (2.0, 1 / (1 + np.exp(-2.0))), (-2.0, 1 / (1 + np.exp(2.0))), (-50.0, np.exp(-50.0))),
        *((1e300, 1.0), (-1e300, 0.0), (800.0, 1.0), (-800.0, 0.0)),
    ],
)
def test_probability_is_the_logistic_function_of_the_log_odds(log_odds: float, probability: float) -> None:
    counts = np.zeros(1, dtype=np.int64)
    assert Scored(np.array([log_odds]), counts, counts).removed[0] == pytest.approx(probability, rel=1e-12)


@pytest.mark.parametrize("weight", [-1e6, 1e6, -1e300, 1e300])
@pytest.mark.parametrize("make", [make_tfidf, make_additive])
def test_extreme_weights_give_probabilities_and_no_warning(
    make: Callable[[dict[str, float]], Weights], weight: float
) -> None:
    scorer = Scorer(make({"a": weight}))
    answer = scorer.probabilities(["a"])
    assert answer[0].tolist() == ([0.0, 1.0] if weight > 0 else [1.0, 0.0])
    assert [each.log_odds for each in scorer.explain(["a"])] == [weight]


@pytest.mark.parametrize("make_text", LONG.values(), ids=LONG.keys())
def test_longest_text_has_a_probability_in_time_linear_in_its_length(
    scorer: Scorer, make_text: Callable[[int], str]
) -> None:
    scorer.load()
    took_s = []
    for length in (MB // 4, MB):
        started = time.process_time()
        answer = scorer.probabilities([make_text(length)])
        took_s.append(time.process_time() - started)
        assert np.isfinite(answer).all()
        assert ((answer >= 0) & (answer <= 1)).all()
    assert took_s[1] < 8 * took_s[0] + 0.2, "the square would take 16 times as long"


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nasty_text_has_a_probability(scorer: Scorer, text: str) -> None:
    ((kept, removed),) = scorer.probabilities([text]).tolist()
    assert 0 <= kept <= 1
    assert 0 <= removed <= 1


def test_disguised_words_have_the_score_of_plain_ones(scorer: Scorer) -> None:
    plain, *disguised = scorer.score(
        [
            "you idiot wake up",
            "you id\u200biot wake\u00ad up",
            "yоu іdіоt wаkе uр",
            "ｙｏｕ 𝐢𝐝𝐢𝐨𝐭 ⓦⓐⓚⓔ up",
            "y\u0335ou idi\u0301ot wa\u0489ke up",
        ]
    ).log_odds.tolist()
    assert disguised == [plain] * 4


def test_text_is_not_changed_by_being_scored_before(weights: Weights) -> None:
    scorer = Scorer(weights)
    first = scorer.score(TEXTS).log_odds
    assert np.array_equal(scorer.score(TEXTS).log_odds, first)
    assert np.array_equal(Scorer(weights).score(TEXTS[::-1]).log_odds[::-1], first)


def test_what_takes_seconds_is_loaded_when_asked_for(weights: Weights) -> None:
    scorer = Scorer(weights)
    assert scorer._tokenizer._spacy is None
    scorer.load()
    assert scorer._tokenizer._spacy is not None


def test_threads_get_the_answers_that_one_gets(weights: Weights) -> None:
    texts = [*TEXTS, *(f"new{place}é idiot {place}km of science" for place in range(200))]
    expected = Scorer(weights).score(texts).log_odds
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        shared = Scorer(weights)

        def score(step: int) -> bool:
            parts = [shared.score(texts[at : at + step]).log_odds for at in range(0, len(texts), step)]
            return np.array_equal(np.concatenate(parts), expected)

        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(score, (1, 2, 3, 50))) == [True] * 4
    finally:
        sys.setswitchinterval(interval)


def test_threads_score_one_batch_after_the_other(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Scorer(weights)
    inside: list[int] = []
    most: list[int] = []
    read = shared._recipe.read

    def noted(texts: Sequence[str]) -> Read:
        inside.append(1)
        most.append(len(inside))
        done = read(texts)
        inside.pop()
        return done

    monkeypatch.setattr(shared._recipe, "read", noted)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(shared.score, [TEXTS] * 8))
    finally:
        sys.setswitchinterval(interval)
    assert most == [1] * 8


def test_short_text_does_not_wait_for_a_long_batch(scorer: Scorer) -> None:
    with ThreadPoolExecutor(1) as thread, scorer._turn:
        assert len(thread.submit(scorer.score, ["ready?"]).result(timeout=30).log_odds) == 1


def test_forked_process_gives_the_same_answers(
    recipe: str, weights: Weights, good_bundle: Path, additive_bundle: Path
) -> None:
    # In a process of its own, which has no threads that a fork would lose.
    code = (
        "import multiprocessing, sys\n"
        "from pathlib import Path\n"
        "from model_service.bundle import load_bundle\n"
        "from model_service.scorer import Scorer\n"
        "scorer = Scorer(load_bundle(Path(sys.argv[1])).weights)\n"
        "scorer.load()\n"
        "texts = sys.stdin.read().split('|')\n"
        "here = scorer.score(texts[::2]).log_odds.tolist()\n"
        "def score(texts): return scorer.score(texts).log_odds.tolist()\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    there = pool.map(score, [texts] * 4)\n"
        "print(here == there[0][::2], all(each == there[0] for each in there))\n"
        "print(there[0])\n"
    )
    texts = [text for text in TEXTS if text.isprintable() and "|" not in text]
    answer = subprocess.run(
        [sys.executable, "-c", code, str(good_bundle if recipe == TALK else additive_bundle)],
        input="|".join(texts),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    same, log_odds = answer.stdout.splitlines()
    assert same == "True True"
    assert log_odds == str(Scorer(weights).score(texts).log_odds.tolist())


def test_explanations_are_made_one_small_batch_after_the_other(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer_module, "EXPLAINED_CHARACTERS", 20)
    made: list[int] = []
    explain = scorer._recipe.explain

    def noted(read: Read) -> list[Explanation]:
        made.append(len(read.texts))
        return explain(read)

    monkeypatch.setattr(scorer._recipe, "explain", noted)
    explanations = scorer.explain(["0123456789"] * 5)
    next(explanations)
    assert made == [2], "the others take no memory yet"
    assert len(list(explanations)) == 4
    assert made == [2, 2, 1]
