from pathlib import Path

import pytest

from benchmarks.harness.contenders import CONTENDERS, NAMES, chosen, require_installed
from benchmarks.harness.errors import NoSuchContenderError, PeersMissingError
from benchmarks.harness.processes import ROOT
from benchmarks.peers.job import Job
from benchmarks.throughput.options import parse
from streams.settings import StreamSettings

JOB = Job(
    bootstrap="127.0.0.1:9092",
    comments="lane.reddit_stream",
    predictions="lane.reddit_prediction",
    alerts="lane.reddit_mod_alert",
    group="ours-1",
    model="/models/one",
    service_url="http://127.0.0.1:9000",
    folder="/run/ours-1",
    mix="seen",
    count=7,
)


def test_job_comes_back_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in JOB.environment().items():
        monkeypatch.setenv(name, value)
    assert Job.here() == JOB


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(CONTENDERS)


def test_chosen_are_in_our_order() -> None:
    assert [each.name for each in chosen(["bare", "ours"])] == ["ours", "bare"]
    assert [each.name for each in chosen()] == [*NAMES]


def test_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(NoSuchContenderError, match="flink; there are ours-rest"):
        chosen(["flink"])


def test_peers_have_to_be_installed(tmp_path: Path) -> None:
    require_installed(chosen(["ours", "talk", "scorer"]), tmp_path / "python")
    with pytest.raises(PeersMissingError, match="make bench"):
        require_installed(chosen(["bare"]), tmp_path / "python")


@pytest.mark.parametrize(
    ("name", "url"),
    [("ours", "inprocess:"), ("ours-rest", "http://127.0.0.1:9000"), ("ours-grpc", "grpc://127.0.0.1:5000")],
)
def test_our_worker_reads_the_lane_and_asks_the_right_classifier(
    name: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours,) = chosen([name])
    for key, value in ours.environment(JOB, "grpc://127.0.0.1:5000").items():
        monkeypatch.setenv(key, value)
    settings = StreamSettings()
    assert (settings.topic_prefix, settings.classifier_url, settings.group_id) == ("lane.", url, "ours-1")


@pytest.mark.parametrize(("name", "models"), [("ours", 1), ("ours-2", 2)])
def test_our_worker_has_as_many_models_as_it_is_told(
    name: str, models: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ours,) = chosen([name])
    for key, value in ours.environment(JOB).items():
        monkeypatch.setenv(key, value)
    assert StreamSettings().model_processes == models


def test_who_has_more_processes_says_of_whom() -> None:
    named = [each.more_of for each in CONTENDERS if each.more_of]
    assert named == ["ours", "quix-batches", "bytewax-batches", "bare"]
    assert set(named) <= set(NAMES)


def test_refused_outputs_are_tried_unless_contenders_are_named() -> None:
    assert parse([]).oversized
    assert not parse(["--only", "ours"]).oversized
    assert parse(["--only", "ours", "--oversized"]).oversized
    assert not parse(["--no-oversized"]).oversized


def test_folder_of_the_round_is_put_into_commands() -> None:
    (bytewax,) = chosen(["bytewax"])
    assert "/run/ours-1" in bytewax.command(JOB)
    assert bytewax.preparation(JOB)[-2:] == ["/run/ours-1", "1"]


def test_program_of_every_peer_is_there() -> None:
    for each in CONTENDERS:
        for argument in each.arguments:
            if argument.startswith("benchmarks.peers."):
                assert (ROOT / f"{argument.replace('.', '/')}.py").is_file()
            elif argument.endswith(".py:flow"):
                assert (ROOT / argument.removesuffix(":flow")).is_file()


def test_picture_is_beside_the_report() -> None:
    assert parse(["--json", "out/bench.json"]).picture == Path("out/bench.png")
    assert parse([]).picture is None


def test_talk_is_no_folder() -> None:
    assert parse(["--model", "talk"]).model is None
    assert parse(["--model", "models/mine"]).model == Path("models/mine")


@pytest.mark.parametrize(
    "arguments", [["--comments", "0"], ["--rounds", "-1"], ["--mix", "odd"]], ids=lambda each: each[0]
)
def test_senseless_option_ends_with_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
