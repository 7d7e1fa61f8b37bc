"""How fast a model scores on one core: scikit-learn's objects with spaCy, as the talk has it, against ours.

    make bench-model            (or python -m benchmarks.model --json model.json)

The comments are split in two. Both recipes learn from the first half, and every way scores the second in
batches, twice: having seen the first half alone ("unseen"), and once more ("seen": texts repeat on a stream,
and our tokenizer remembers). The ways take turns, and each has the CPU time of its quickest round. The ways
to score the talk's recipe have to give the same probabilities. Uses ../shared/data/rscience_comments.csv when
it is there, else synthetic comments, which repeat themselves more than real ones.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from numpy.typing import NDArray

from model_service.scorer import Scorer
from model_service.text import clean
from model_service.weights import Weights
from training import additive, talk
from training.data import CommentFile
from training.sample import generate

REAL = Path(__file__).parents[2] / "shared" / "data" / "rscience_comments.csv"
SYNTHETIC = 5_000
BATCH = 512
ROUNDS = 5
MIB = 1024 * 1024

THEIRS, OURS = "the talk's recipe, the talk's way", "the talk's recipe, ours"

type Score = Callable[[Sequence[str]], NDArray[np.float64]]

IMPORTS = "import json, time, psutil, numpy, msgspec, pydantic_settings, spacy; spacy.blank('en')\n"
"""What the libraries take: memory beyond that is ours."""

START = """
import json, time, psutil
started = psutil.Process().create_time()
from model_service.reddit_classifier import RedditClassifier
classifier = RedditClassifier()
classifier.predict(["Is that so?"])
first_s = time.time() - started
classifier.load()
for place in range(0, 300_000, 1_000):
    classifier.predict([f"word{number} another{number}" for number in range(place, place + 1_000)])
"""

TELL = "print(json.dumps({'rss': psutil.Process().memory_info().rss, 'first_s': FIRST}))"


@dataclass(frozen=True)
class Way:
    """One way to score, and how fast it is."""

    name: str
    comments_per_s: float
    """Of CPU time."""


def comments() -> tuple[str, list[str], list[bool]]:
    """Return what the comments are, their texts, and whether each was removed."""
    if REAL.is_file():
        rows = list(CommentFile(REAL, labelled=True))
        return "real", [row.body for row in rows], [bool(row.removed) for row in rows]
    samples = list(generate(SYNTHETIC, seed=1))
    return "synthetic", [each.body for each in samples], [each.removed for each in samples]


def talks_way(model: talk.Model) -> Score:
    """Return spaCy's tokenizer for each comment, and scikit-learn's objects for each batch."""
    tokenize: Any = spacy.blank("en").tokenizer

    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        documents = [tokenize(clean(text)) for text in texts]
        return model.probabilities(
            [[token.text for token in each if not token.is_space] for each in documents]
        )

    return score


def our_way(weights: Weights) -> Score:
    """Return our scorer."""
    scorer = Scorer(weights)
    scorer.load()
    return lambda texts: scorer.probabilities(texts)[:, 1]


def explaining(weights: Weights) -> Score:
    """Return our scorer, which gives five reasons for each comment too."""
    scorer = Scorer(weights)
    scorer.load()

    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        for _ in scorer.reasons(texts, 5):
            pass
        return scorer.probabilities(texts)[:, 1]

    return score


def timed(score: Score, texts: Sequence[str]) -> tuple[float, NDArray[np.float64]]:
    """Return the CPU time in seconds that scoring takes, and the probabilities."""
    began = time.process_time()
    found = [score(texts[first : first + BATCH]) for first in range(0, len(texts), BATCH)]
    return time.process_time() - began, np.concatenate(found)


def measured(talks: talk.Model, default: Weights, first: Sequence[str], second: Sequence[str]) -> list[Way]:
    """Return how fast each way scores the second half.

    Raises:
        AssertionError: If those that should agree do not, to 1e-9.
    """
    ways: dict[str, Callable[[], Score]] = {
        THEIRS: lambda: talks_way(talks),
        OURS: lambda: our_way(talks.weights),
        "the default recipe, ours": lambda: our_way(default),
        "the default recipe with five reasons each, ours": lambda: explaining(default),
    }
    took: dict[str, list[float]] = {f"{name}, {when}": [] for when in ("unseen", "seen") for name in ways}
    for _ in range(ROUNDS):
        answers: dict[str, NDArray[np.float64]] = {}
        for name, make in ways.items():
            score = make()
            timed(score, first)
            for when in ("unseen", "seen"):
                took_s, answers[name] = timed(score, second)
                took[f"{name}, {when}"].append(took_s)
        np.testing.assert_allclose(answers[OURS], answers[THEIRS], rtol=0, atol=1e-9)
    return [Way(name, len(second) / min(each)) for name, each in took.items()]


def started() -> dict[str, float]:
    """Return when a fresh process has its first score, in seconds, and how much memory it takes, in MiB."""
    imported = told(IMPORTS + TELL.replace("FIRST", "0"))
    full = told(START + TELL.replace("FIRST", "first_s"))
    return {
        "first_score_s": full["first_s"],
        "memory_beyond_imports_mib": (full["rss"] - imported["rss"]) / MIB,
    }


def told(code: str) -> dict[str, float]:
    """Return what a fresh process prints."""
    found: dict[str, float] = json.loads(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    )
    return found


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    kind, texts, removed = comments()
    half = len(texts) // 2
    talks = talk.fit(talk.read(texts[:half]), removed[:half], seed=1)
    default = additive.fit(texts[:half], removed[:half], seed=1)
    ways = measured(talks, default, texts[:half], texts[half:])
    start = started()
    theirs = {way.name.rpartition(", ")[2]: way.comments_per_s for way in ways if way.name.startswith(THEIRS)}
    print(f"{len(texts) - half:,} {kind} comments, batches of {BATCH}, one core\n")  # noqa: T201
    print("| way | comments/s of CPU | times the talk's |\n|---|---|---|")  # noqa: T201
    for way in ways:
        times = way.comments_per_s / theirs[way.name.rpartition(", ")[2]]
        print(f"| {way.name} | {way.comments_per_s:,.0f} | {times:.1f} |")  # noqa: T201
    print(  # noqa: T201
        f"\nfirst score {start['first_score_s']:.1f} s after the process started, "
        f"{start['memory_beyond_imports_mib']:.0f} MiB beyond what the libraries take, its table full"
    )
    if options.json:
        figures = {"comments": kind, "ways": [asdict(way) for way in ways], **start}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
