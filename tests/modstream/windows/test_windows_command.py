"""`modstream windows` as a user runs it, on a real broker."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaProducer

from streams.topics import Topics
from tests import command
from tests.modstream.windows.examples import make_stats, value

DEADLINE_S = 60.0
NOWHERE = "127.0.0.1:9"


def run(bootstrap: str, topics: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command.run(bootstrap, topics, "windows", *arguments)


def put(bootstrap: str, topics: Topics, *values: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for number, each in enumerate(values):
        producer.send(str(topics.window_stats), each, partition=number % topics.window_stats.partitions)
    producer.close(timeout=DEADLINE_S)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        pytest.param([], 1, "no Kafka broker answers", id="no-broker"),
        pytest.param(["--follow"], 1, "no Kafka broker answers", id="no-broker-to-follow"),
        pytest.param(["plot", "--out", "a.png"], 1, "no Kafka broker answers", id="no-broker-to-draw"),
        pytest.param(["--all", "--subreddit", "space"], 2, "exclude each other", id="all-and-one"),
        pytest.param(["--subreddit", ""], 2, "a name is needed", id="no-name"),
        pytest.param(["--last", "0"], 2, "--last", id="none"),
        pytest.param(
            ["--last", "3", "plot", "--out", "a.png"], 2, "come after 'plot'", id="options-too-early"
        ),
        pytest.param(["plot"], 2, "--out", id="no-file"),
        pytest.param(["plot", "--out", "a.gif"], 2, "ends in .png, .svg, .pdf", id="another-ending"),
        pytest.param(["plot", "--out", "none/a.png"], 1, "cannot write to none/a.png", id="no-folder"),
        pytest.param(["plot", "--out", "a.png", "--since", "yesterday"], 2, "--since", id="no-time"),
    ],
)
def test_wrong_use_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(NOWHERE, Topics.named(), *arguments)
    assert done.returncode == status
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_help_has_examples_and_the_sub_commands() -> None:
    done = run(NOWHERE, Topics.named(), "--help")
    assert done.returncode == 0
    for text in ("modstream windows --follow", "--subreddit", "--json", "plot"):
        assert text in done.stdout


@pytest.mark.kafka
def test_missing_topic_is_one_sentence(kafka_bootstrap: str) -> None:
    done = run(kafka_bootstrap, Topics.named("nobody-made-"))
    assert done.returncode == 1
    assert "nobody-made-reddit_window_stats; create them with" in done.stderr


@pytest.mark.kafka
def test_no_windows_yet_is_said_and_no_failure(kafka_bootstrap: str, topics: Topics, tmp_path: Path) -> None:
    shown = run(kafka_bootstrap, topics)
    assert (shown.returncode, shown.stderr.count("Traceback")) == (0, 0)
    assert "no windows on" in shown.stdout
    as_json = run(kafka_bootstrap, topics, "--json")
    assert (as_json.returncode, as_json.stdout) == (0, "")
    assert "MOD_WINDOW_UPDATE_S=0" in as_json.stderr
    drawn = run(kafka_bootstrap, topics, "plot", "--out", str(tmp_path / "a.png"))
    assert drawn.returncode == 1
    assert "no windows on" in drawn.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.kafka
def test_newest_windows_are_shown_and_drawn(kafka_bootstrap: str, topics: Topics, tmp_path: Path) -> None:
    put(
        kafka_bootstrap,
        topics,
        *[value(minute) for minute in range(20)],
        value(19, revision=2, count=5),
        value(19, subreddit="space", count=3),
        b"no statistics",
    )
    rows = [
        json.loads(row) for row in run(kafka_bootstrap, topics, "--last", "2", "--json").stdout.splitlines()
    ]
    assert [(row["count"], row["state"], row["window_start"]) for row in rows] == [
        (5, "revised", make_stats(19).window_start),
        (4, "final", make_stats(18).window_start),
    ]
    everyone = run(kafka_bootstrap, topics, "--last", "1", "--all").stdout.splitlines()
    assert [each.split()[3] for each in everyone[:2]] == ["*", "space"]
    said = r"1 window of 60 s, newest first, as of \S+ \S+ UTC; 1 record passed over: no statistics"
    assert re.fullmatch(said, everyone[2])
    assert len(run(kafka_bootstrap, topics, "--subreddit", "space").stdout.splitlines()) == 2

    picture = tmp_path / "a.png"
    plot = ["plot", "--out", str(picture)]
    for arguments in (["--subreddit", "nosuch"], [*plot, "--subreddit", "nosuch"]):
        missed = run(kafka_bootstrap, topics, *arguments)
        assert (missed.returncode, missed.stdout) == (1, "")
        assert "no window with nosuch on" in missed.stderr
        assert "there are: space" in missed.stderr
    drawn = run(kafka_bootstrap, topics, *plot, "--since", "2123-11-14")
    assert "no windows since 2123-11-14T00:00:00Z; the newest starts at 2023-11-14T22:33:00Z" in drawn.stderr
    drawn = run(kafka_bootstrap, topics, *plot, "--since", "2023-11-14T22:20")
    assert drawn.returncode == 0, drawn.stderr
    assert "14 windows drawn" in drawn.stdout
    assert picture.stat().st_size > 10_000


@pytest.mark.kafka
def test_a_stray_window_is_left_out_of_the_picture_unless_windows_are_counted_out(
    kafka_bootstrap: str, topics: Topics, tmp_path: Path
) -> None:
    put(kafka_bootstrap, topics, *[value(minute) for minute in range(3)], value(10**6, count=1))
    picture = str(tmp_path / "a.png")
    drawn = run(kafka_bootstrap, topics, "plot", "--out", picture)
    assert drawn.stdout == (
        f"3 windows drawn: {picture}; 1 beyond a long gap is left out: --last 4 draws all\n"
    )
    drawn = run(kafka_bootstrap, topics, "plot", "--out", picture, "--last", "4")
    assert drawn.stdout == f"4 windows drawn: {picture}\n"
    drawn = run(kafka_bootstrap, topics, "plot", "--out", picture, "--last", "1")
    assert drawn.stdout == f"1 window drawn: {picture}\n"


@pytest.mark.kafka
def test_following_prints_changes_until_told_to_stop(kafka_bootstrap: str, topics: Topics) -> None:
    put(kafka_bootstrap, topics, value(1, final=False))
    process = subprocess.Popen(
        [sys.executable, "-m", "modstream", "windows", "--follow", "--json"],
        env=command.on_topics(kafka_bootstrap, topics),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["state"] == "open"
    put(kafka_bootstrap, topics, value(1, revision=2))
    assert json.loads(process.stdout.readline())["state"] == "final"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")
