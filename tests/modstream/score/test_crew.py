from pathlib import Path

import psutil
import pytest

from model_service.settings import BASELINE
from modstream.score.crew import crew
from modstream.score.errors import ScoringFailedError
from modstream.score.job import Model
from modstream.score.local import LocalEngine
from modstream.score.state import Progress
from tests.modstream.score.examples import RUN_S, Here, make_job, write_comments

FROM_THE_START = Progress(offsets=(0,) * 4)


def test_processes_give_the_answers_of_one_in_the_same_order(tmp_path: Path) -> None:
    job = make_job(tmp_path, write_comments(tmp_path / "comments.ndjson", 3_000))
    with crew(job, Model(str(BASELINE), RUN_S), 2) as answer:
        found = list(LocalEngine(job, answer).results(FROM_THE_START))
        assert len(psutil.Process().children()) >= 2
    assert found == list(Here(job).results(FROM_THE_START))


def test_a_killed_process_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    job = make_job(tmp_path, write_comments(tmp_path / "comments.ndjson", 5_000))
    before = set(psutil.Process().children())
    with crew(job, Model(str(BASELINE), RUN_S), 1) as answer:
        results = LocalEngine(job, answer).results(FROM_THE_START)
        next(results)
        for child in set(psutil.Process().children()) - before:
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()
        with pytest.raises(ScoringFailedError, match="ended with status -9"):
            list(results)


def test_a_model_that_is_gone_is_said(tmp_path: Path) -> None:
    job = make_job(tmp_path, write_comments(tmp_path / "comments.ndjson", 5))
    with (
        crew(job, Model(str(tmp_path / "gone"), RUN_S), 1) as answer,
        pytest.raises(ScoringFailedError, match="no model bundle"),
    ):
        list(LocalEngine(job, answer).results(FROM_THE_START))
