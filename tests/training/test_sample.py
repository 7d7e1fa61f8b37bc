import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import islice, pairwise
from pathlib import Path
from typing import IO

import msgspec
import pytest

from training.crossing import folds_of, out_of_fold
from training.data import CommentFile
from training.errors import SampleUnwritableError, TrainingError
from training.evaluation import over_folds
from training.recipes import RECIPES
from training.sample import START_S, SampleComment, generate, write_csv, write_ndjson
from training.sample_phrases import ASIDES, FILLERS, KINDS

Write = Callable[[Iterable[SampleComment], IO[bytes]], None]

IN_ANOTHER_PROCESS = """
import sys
from training.sample import generate, write_ndjson
write_ndjson(generate(300, 5), sys.stdout.buffer)
"""


@pytest.fixture(scope="module")
def ten_thousand() -> list[SampleComment]:
    return list(generate(10_000, seed=1))


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_gives_the_same_comments_in_every_process(hash_seed: str) -> None:
    here = io.BytesIO()
    write_ndjson(generate(300, seed=5), here)
    there = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert there.stdout == here.getvalue()


def test_fewer_comments_are_the_beginning_of_more() -> None:
    assert list(generate(50, seed=3)) == list(islice(generate(1_000_000_000, seed=3), 50))


def test_another_seed_gives_other_comments_and_other_ids() -> None:
    one, other = list(generate(200, seed=1)), list(generate(200, seed=2))
    assert not {comment.id for comment in one} & {comment.id for comment in other}
    assert len({comment.body for comment in one} & {comment.body for comment in other}) < 10


def test_no_comments_can_be_asked_for() -> None:
    assert list(generate(0, seed=1)) == []


def test_ids_are_unique_and_nearly_all_bodies_too(ten_thousand: list[SampleComment]) -> None:
    assert len({comment.id for comment in ten_thousand}) == 10_000
    assert len({comment.body for comment in ten_thousand}) >= 9_500


def test_about_a_third_is_removed(ten_thousand: list[SampleComment]) -> None:
    assert 0.32 <= sum(comment.removed for comment in ten_thousand) / 10_000 <= 0.39


def test_comments_are_a_few_seconds_apart(ten_thousand: list[SampleComment]) -> None:
    assert ten_thousand[0].created_utc == START_S
    pauses = [later.created_utc - earlier.created_utc for earlier, later in pairwise(ten_thousand)]
    assert (min(pauses), max(pauses)) == (1, 9)


def test_authors_are_clearly_synthetic(ten_thousand: list[SampleComment]) -> None:
    assert all(re.fullmatch(r"user_\d{4}", comment.author) for comment in ten_thousand)


def test_there_are_several_subreddits(ten_thousand: list[SampleComment]) -> None:
    found = {comment.subreddit for comment in ten_thousand}
    assert found == {"science", "askscience", "psychology", "medicine", "environment", "space"}


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"^&gt; .+\n\n", id="block quote"),
        pytest.param(r"\[[^]]+\]\(https://", id="Markdown link"),
        pytest.param(r"\*\*\w+\*\*", id="bold"),
        pytest.param(r"(?i)my doctor told me", id="anecdote"),
        pytest.param(r" /s$", id="sarcasm"),
        pytest.param(r"[😂🙄🤔]", id="emoji"),
        pytest.param(r"^[^a-z]{20,}$", id="shouting"),
        pytest.param(r"^[^A-Z]{20,}$", id="lower case"),
        pytest.param(r"\?$", id="question"),
        pytest.param(r"^.{1,30}$", id="short"),
        pytest.param(r"^(?s:.{300,})$", id="long"),
    ],
)
def test_there_is_variety_among_kept_and_removed(ten_thousand: list[SampleComment], pattern: str) -> None:
    labels = [comment.removed for comment in ten_thousand if re.search(pattern, comment.body)]
    assert 0 < sum(labels) < len(labels)


def test_no_gap_stays_open(ten_thousand: list[SampleComment]) -> None:
    assert not [comment.body for comment in ten_thousand if "{" in comment.body or "}" in comment.body]


def test_links_are_whole_and_lead_to_the_domain_for_examples(ten_thousand: list[SampleComment]) -> None:
    hosts = {
        host for comment in ten_thousand for host in re.findall(r"(?i)\bhttps?://([^/]+)/", comment.body)
    }
    assert hosts == {"example.org", "www.example.org", "blog.example.org"}


def test_every_gap_has_a_filler_and_every_filler_a_gap() -> None:
    fillers = [text for choices in FILLERS.values() for text in choices]
    sentences = [sentence for kind in KINDS for sentence in kind.sentences]
    gaps = set(re.findall(r"\{(\w+)\}", " ".join([*sentences, *ASIDES, *fillers])))
    assert gaps == {*FILLERS, "topic", "group"}


@pytest.mark.parametrize("write", [write_csv, write_ndjson])
def test_what_is_written_reads_back_equal(tmp_path: Path, write: Write) -> None:
    comments = list(generate(500, seed=4))
    path = tmp_path / "comments"
    with path.open("wb") as stream:
        write(comments, stream)
        assert not stream.closed
    file = CommentFile(path, labelled=True)
    rows = [{**row.fields, "removed": row.removed} for row in file]
    assert msgspec.convert(rows, list[SampleComment], strict=False) == comments
    assert file.bad_count == 0


def test_csv_names_its_columns() -> None:
    stream = io.BytesIO()
    write_csv([], stream)
    assert stream.getvalue() == b"id,body,removed,created_utc,subreddit,author,score\n"


def test_ndjson_has_one_comment_a_line() -> None:
    stream = io.BytesIO()
    write_ndjson(generate(100, seed=1), stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 100
    assert list(json.loads(lines[0])) == list(SampleComment.__struct_fields__)


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_learn_something_but_not_everything(recipe: str) -> None:
    comments = list(generate(800, seed=1))
    texts, removed = [comment.body for comment in comments], [comment.removed for comment in comments]
    crossed = out_of_fold(RECIPES[recipe], texts, removed, folds_of(removed, 3, seed=1), 1)
    assert 0.75 < over_folds(removed, crossed).roc_auc < 0.95


def test_the_error_names_the_place_and_the_reason() -> None:
    error = SampleUnwritableError("comments.csv", "No space left on device")
    assert str(error) == "cannot write comments to comments.csv: No space left on device"
    assert isinstance(error, TrainingError)
