"""How fast a model scores on one core: scikit-learn's objects with spaCy, as the talk has it, against ours.

    make bench-model            (or python -m benchmarks.model --json model.json)

The comments are split in two. The talk's recipe learns from the first half, and both ways score the second in
batches, twice: having seen the first half alone ("unseen"), and once more ("seen": texts repeat on a stream,
and both tokenizers remember). The ways take turns, and each has the CPU time of its quickest round. Both have
to give the same probabilities. Uses ../shared/data/rscience_comments.csv when it is there, else synthetic
comments, which repeat themselves more than real ones.
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
from model_service.tokenizer import Tokenizer
from training import pipeline
from training.data import CommentFile
from training.sample import generate

REAL = Path(__file__).parents[2] / "shared" / "data" / "rscience_comments.csv"
SYNTHETIC = 5_000
BATCH = 512
ROUNDS = 5
MIB = 1024 * 1024

type Score = Callable[[Sequence[str]], NDArray[np.float64]]

START = """
import json, time
import psutil
started = psutil.Process().create_time()
import numpy, spacy, msgspec, pydantic_settings
imported = psutil.Process().memory_info().rss
from model_service.reddit_classifier import RedditClassifier
RedditClassifier().predict(["Is that so?"])
first_s = time.time() - started
print(json.dumps({"first_score_s": first_s, "rss": psutil.Process().memory_info().rss, "imported": imported}))
"""


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


def talks_way(model: pipeline.Model) -> Score:
    """Return spaCy's tokenizer for each comment, and scikit-learn's objects for each batch."""
    tokenize: Any = spacy.blank("en").tokenizer

    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        documents = [tokenize(clean(text)) for text in texts]
        return model.probabilities(
            [[token.text for token in each if not token.is_space] for each in documents]
        )

    return score


def our_way(model: pipeline.Model) -> Score:
    """Return our tokenizer and scorer."""
    tokenize, scorer = Tokenizer(), Scorer(model.weights())

    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        return scorer.probabilities(tokenize.of_all(texts))[:, 1]

    return score


def timed(score: Score, texts: Sequence[str]) -> tuple[float, NDArray[np.float64]]:
    """Return the CPU time in seconds that scoring takes, and the probabilities."""
    began = time.process_time()
    found = [score(texts[first : first + BATCH]) for first in range(0, len(texts), BATCH)]
    return time.process_time() - began, np.concatenate(found)


def measured(model: pipeline.Model, first: Sequence[str], second: Sequence[str]) -> list[Way]:
    """Return how fast each way scores the second half.

    Raises:
        AssertionError: If they do not agree to 1e-9.
    """
    ways = {"the talk's": talks_way, "ours": our_way}
    took: dict[str, list[float]] = {f"{name}, {when}": [] for when in ("unseen", "seen") for name in ways}
    for _ in range(ROUNDS):
        answers = []
        for name, make in ways.items():
            score = make(model)
            timed(score, first)
            for when in ("unseen", "seen"):
                took_s, found = timed(score, second)
                took[f"{name}, {when}"].append(took_s)
                answers.append(found)
        for found in answers:
            np.testing.assert_allclose(found, answers[0], rtol=0, atol=1e-9)
    return [Way(name, len(second) / min(each)) for name, each in took.items()]


def started() -> dict[str, float]:
    """Return when a fresh process has its first score, in seconds, and how much memory it takes, in MiB."""
    found = json.loads(subprocess.run([sys.executable, "-c", START], check=True, capture_output=True).stdout)
    return {
        "first_score_s": found["first_score_s"],
        "memory_beyond_imports_mib": (found["rss"] - found["imported"]) / MIB,
    }


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    kind, texts, removed = comments()
    half = len(texts) // 2
    model = pipeline.fit(pipeline.tokens_of(texts[:half]), removed[:half], seed=1)
    ways = measured(model, texts[:half], texts[half:])
    start = started()
    theirs = {way.name.split(", ")[1]: way.comments_per_s for way in ways if way.name.startswith("the talk")}
    print(f"{len(texts) - half:,} {kind} comments, batches of {BATCH}, one core\n")  # noqa: T201
    print("| way | comments/s of CPU | times the talk's |\n|---|---|---|")  # noqa: T201
    for way in ways:
        times = way.comments_per_s / theirs[way.name.split(", ")[1]]
        print(f"| {way.name} | {way.comments_per_s:,.0f} | {times:.1f} |")  # noqa: T201
    print(  # noqa: T201
        f"\nfirst score {start['first_score_s']:.1f} s after the process started, "
        f"{start['memory_beyond_imports_mib']:.0f} MiB beyond what the libraries take"
    )
    if options.json:
        figures = {"comments": kind, "ways": [asdict(way) for way in ways], **start}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
