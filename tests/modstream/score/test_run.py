import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from model_service.settings import BASELINE
from modstream.replay.files import CommentFiles
from modstream.replay.reading import rounds
from modstream.score import rows
from modstream.score.errors import (
    OutputExistsError,
    OutputUnwritableError,
    RunBusyError,
    RunChangedError,
    RunDamagedError,
)
from modstream.score.outputs import growing
from modstream.score.run import begun, run
from modstream.score.state import Progress, State, StateFile, working_files
from modstream.windows.recount import Recount
from streams.classifiers.in_process import DEFAULT_CLASS, InProcessClassifier
from streams.key_hash import partition_of
from streams.moderator import Moderator
from streams.records import SourceRecord, encode
from streams.window_records import observation_of
from tests.modstream.score.examples import (
    RUN_S,
    Here,
    InterruptedRun,
    contents,
    make_job,
    records,
    score,
    write_comments,
)

COUNT = 600


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files into many chunks."""
    monkeypatch.setattr(rows, "ROWS_OF_A_CHUNK", 50)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_comments(tmp_path / "comments.ndjson", COUNT)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


class AlwaysAnswering:
    """What a worker's guard comes down to with a classifier that answers."""

    def __init__(self, threshold: float, reasons: int) -> None:
        self._classifier = InProcessClassifier(f"inprocess:{DEFAULT_CLASS}", str(BASELINE))
        self._wish = (threshold, reasons)

    async def score(self, texts: list[str], wanted: object, most: int) -> object:
        return await self._classifier.score(texts, *self._wish)


def test_outputs_are_those_of_a_worker_after_a_replay(file: Path, out: Path) -> None:
    """The worker gets its comments one partition after the other here, in batches of 512, as Kafka may do."""
    job = make_job(out, file)
    report = score(job)
    stream: dict[int, list[SourceRecord]] = {}
    for comment in rounds(CommentFiles([str(file)]).read):
        partition = stream.setdefault(partition_of(comment.key, 4), [])
        number = partition_of(comment.key, 4)
        record = SourceRecord("reddit_stream", number, len(partition), comment.key, comment.value, RUN_S)
        partition.append(record)
    guard = AlwaysAnswering(job.threshold, job.reasons)
    moderator = Moderator(guard, job.settings(), job.topics(), lambda: RUN_S)  # type: ignore[arg-type]
    outcomes = [
        outcome
        for partition in stream.values()
        for outcome in asyncio.run(moderator.handle(partition, lambda: False))
    ]
    by_topic: dict[str, set[bytes]] = {}
    for outcome in outcomes:
        for output in outcome.outputs:
            by_topic.setdefault(output.topic, set()).add(output.value or b"")
    lines = {name: content.splitlines() for name, content in contents(out).items()}
    assert set(lines["predictions.ndjson"]) == by_topic["reddit_prediction"]
    assert set(lines["alerts.ndjson"]) == by_topic["reddit_mod_alert"]
    letters = {letter["value"].encode() for letter in records(out / "predictions.dead_letters.ndjson")}
    assert letters == by_topic["reddit_dead_letter"]

    recount = Recount(job.window, 4)
    late = 0
    for outcome in outcomes:
        if outcome.prediction and b"created_utc" in (outcome.record.value or b""):
            seen = observation_of(outcome.prediction, job.threshold, RUN_S, job.max_ahead_s)
            late += recount.observe(outcome.record.partition, seen) is not None or seen.ahead
    assert lines["windows.ndjson"] == [encode(each) for each in recount.finish()]
    assert late == len(lines["late.ndjson"]) == (report.late or 0) + (report.ahead or 0)
    assert (report.late, report.ahead) != (0, 0)


def test_every_comment_is_in_the_account(file: Path, out: Path) -> None:
    report = score(make_job(out, file))
    dead = sum(number % 23 == 7 for number in range(COUNT))
    assert (report.read, report.predicted, report.dead_lettered) == (COUNT, COUNT - dead, dead)
    assert report.bad_rows == 6
    assert report.bad_named[0].startswith(f"{file}, line 52")
    found = records(out / "predictions.ndjson")
    assert len(found) == report.predicted
    assert report.without_time == sum(each["created_utc"] == RUN_S for each in found) > 0
    assert report.alerts == len(records(out / "alerts.ndjson")) > 0


def test_predictions_are_in_the_order_of_several_files(out: Path, tmp_path: Path) -> None:
    first, second = (write_comments(tmp_path / f"{name}.ndjson", 60) for name in "ab")
    score(make_job(out, first, second))
    found = records(out / "predictions.ndjson")
    ids = [each["id"] for each in found]
    assert ids == ids[: len(ids) // 2] * 2
    assert len({each["event_id"] for each in found}) == len(found)


def test_a_large_comment_is_a_dead_letter_with_its_origin(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text(f"id,body\nc1,words\nc2,{'x' * 20_000}\n")
    report = score(make_job(out, path))
    assert (report.predicted, report.dead_lettered) == (1, 1)
    (letter,) = records(out / "predictions.dead_letters.ndjson")
    assert (letter["key"], letter["error"]) == ("c2", "CommentTooLargeError")
    assert letter["origin"] == f"{path}, line 3"


def test_without_dead_letters_there_is_no_file_of_them(out: Path, tmp_path: Path) -> None:
    (out / "predictions.dead_letters.ndjson").write_text("of an earlier run")
    score(make_job(out, write_comments(tmp_path / "few.ndjson", 5)), force=True)
    assert set(contents(out)) == {"predictions.ndjson", "alerts.ndjson", "windows.ndjson", "late.ndjson"}


def test_an_empty_file_has_empty_outputs(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("id,body\n")
    assert score(make_job(out, path)).read == 0
    assert set(contents(out).values()) == {b""}


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("stops", [(0,), (1, 1, 1), (5, 0, 2), (11,)])
def test_an_interrupted_run_ends_with_the_same_bytes(
    file: Path, out: Path, tmp_path: Path, stops: tuple[int, ...]
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    score(make_job(whole, file))
    job = make_job(out, file)
    for number, stop_after in enumerate(stops):
        with pytest.raises(InterruptedRun):
            score(job, now_s=RUN_S + number, stop_after=stop_after)
        for path in working_files(job).values():  # a crash after more was written than the state says
            path.write_bytes(path.read_bytes() + b'{"id":"half a li')
    report = score(job, now_s=RUN_S + 100.0)
    assert contents(out) == contents(whole)
    assert (report.read, report.resumed_at) == (COUNT, 50 * sum(stops))


@pytest.mark.parametrize("renamed", range(5))
def test_a_run_that_ended_while_files_got_their_names_is_finished(
    file: Path, out: Path, tmp_path: Path, renamed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    score(make_job(whole, file))
    left = renamed
    rename = Path.replace

    def crash(self: Path, target: Path) -> Path:
        nonlocal left
        if self.name.endswith(".partial"):
            left -= 1
            if left < 0:
                raise InterruptedRun
        return rename(self, target)

    with monkeypatch.context() as patched, pytest.raises(InterruptedRun):
        patched.setattr(Path, "replace", crash)
        score(make_job(out, file))
    score(make_job(out, file))
    assert contents(out) == contents(whole)


@pytest.mark.usefixtures("small_chunks")
def test_another_job_does_not_go_on(file: Path, out: Path) -> None:
    job = make_job(out, file)
    with pytest.raises(InterruptedRun):
        score(job, stop_after=2)
    with pytest.raises(RunChangedError, match=r"threshold.*--restart"):
        score(make_job(out, file, threshold=0.4))
    file.write_text('{"id": "c1", "body": "words"}\n')
    with pytest.raises(RunChangedError, match="inputs"):
        score(make_job(out, file))
    assert begun(make_job(out, file), RUN_S, restart=True, force=False).progress.rows == 0


class NoRoomForWindows:
    """Shows the work as nobody; the disk is full when windows are counted."""

    @contextmanager
    def __call__(self, task: str, total: int) -> Iterator[Callable[[int], None]]:
        def advance(size: int) -> None:
            if task == "counting windows":
                raise InterruptedRun

        yield advance


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("changes", [{"windows": "w.ndjson"}, {"windows": None, "late": "w.ndjson"}])
@pytest.mark.parametrize("stop_after", [2, None])
def test_what_is_written_last_may_go_elsewhere(
    file: Path, out: Path, tmp_path: Path, changes: dict[str, str | None], stop_after: int | None
) -> None:
    """Whether the comments or only the windows were interrupted."""
    moved = {what: name and str(out / name) for what, name in changes.items()}
    whole = tmp_path / "whole"
    whole.mkdir()
    score(make_job(whole, file))
    job = make_job(out, file)
    state = begun(job, RUN_S, restart=False, force=False)
    with pytest.raises(InterruptedRun):
        run(state, Here(job, RUN_S, stop_after), NoRoomForWindows(), save_every_s=0.0)
    report = score(make_job(out, file, **moved), now_s=RUN_S + 100.0)
    assert report.resumed_at == (COUNT if stop_after is None else 100)
    found, expected = contents(out), contents(whole)
    assert found["predictions.ndjson"] == expected["predictions.ndjson"]
    assert found["w.ndjson"] == expected["windows.ndjson" if moved["windows"] else "late.ndjson"]
    assert set(found) == {Path(each).name for each in report.outputs.values()}


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        pytest.param("alerts.ndjson", "a.ndjson", r"alerts \(.*alerts.ndjson is written", id="elsewhere"),
        pytest.param("alerts.ndjson", None, r"alerts \(.*alerts.ndjson is written", id="not-any-more"),
        pytest.param(None, "a.ndjson", r"alerts \(the rest is written", id="only-now"),
    ],
)
def test_alerts_stay_where_they_were_begun(
    file: Path, out: Path, before: str | None, after: str | None, sentence: str
) -> None:
    with pytest.raises(InterruptedRun):
        score(make_job(out, file, alerts=before and str(out / before)), stop_after=2)
    with pytest.raises(RunChangedError, match=sentence):
        score(make_job(out, file, alerts=after and str(out / after)))


def test_whole_outputs_go_nowhere_else(file: Path, out: Path) -> None:
    job = make_job(out, file)
    StateFile(job.out).save(
        State(job=job, started_s=RUN_S, progress=Progress(rows=COUNT), scored=True, whole=True)
    )
    with pytest.raises(RunChangedError, match=r"windows \(.*windows.ndjson is written"):
        score(make_job(out, file, windows=str(out / "w.ndjson")))


def test_what_another_process_writes_is_not_removed(file: Path, out: Path) -> None:
    job = make_job(out, file)
    with pytest.raises(InterruptedRun):
        score(job, stop_after=0)
    with growing({"windows": out / "windows.ndjson.partial"}, {}), pytest.raises(RunBusyError):
        score(make_job(out, file, windows=None))
    assert (out / "windows.ndjson.partial").exists()


def test_what_another_stopped_run_has_begun_is_not_removed(file: Path, out: Path) -> None:
    job, other = make_job(out, file), make_job(out, file, out=str(out / "windows.ndjson"), windows=None)
    for each in (job, other):
        with pytest.raises(InterruptedRun):
            score(each, stop_after=0)
    with pytest.raises(InterruptedRun):
        score(make_job(out, file, windows=None), stop_after=0)
    assert (out / "windows.ndjson.partial").exists()


@pytest.mark.usefixtures("small_chunks")
def test_a_partial_file_that_lost_something_is_refused(file: Path, out: Path) -> None:
    job = make_job(out, file)
    with pytest.raises(InterruptedRun):
        score(job, stop_after=2)
    working_files(job)["predictions"].write_bytes(b"")
    with pytest.raises(RunDamagedError, match="is shorter than it was"):
        score(job)


def test_an_output_that_is_there_is_not_replaced_unasked(file: Path, out: Path) -> None:
    job = make_job(out, file)
    score(job)
    before = contents(out)
    with pytest.raises(OutputExistsError, match="--force"):
        score(job, now_s=RUN_S + 1)
    assert contents(out) == before
    score(job, now_s=RUN_S + 1, force=True)
    assert contents(out) != before


def test_two_runs_do_not_write_the_same_output(file: Path, out: Path) -> None:
    job = make_job(out, file)
    with growing(working_files(job), {}), pytest.raises(RunBusyError):
        score(job)


def test_a_folder_that_is_not_there_is_said(file: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritableError, match=r"predictions\.ndjson: No such file or directory"):
        score(make_job(tmp_path / "nowhere", file))


def test_parquet_holds_the_predictions(file: Path, out: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: make install")
    score(make_job(out, file))
    score(make_job(out, file, out=str(out / "p.parquet"), alerts=None, windows=None, late=None))
    assert parquet.read_table(out / "p.parquet").to_pylist() == records(out / "predictions.ndjson")
    assert not [name for name in contents(out) if name.endswith((".partial", ".state"))]
