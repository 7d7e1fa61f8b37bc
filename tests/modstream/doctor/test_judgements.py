"""What is said of what was found; without a cluster."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from model_service.bundle import load_bundle
from model_service.settings import BASELINE, ServiceSettings
from modstream.doctor import clocks, permissions, pipeline, round_trip, service
from modstream.doctor.findings import Finding, Status
from modstream.doctor.permissions import Program
from modstream.doctor.report import as_json, is_well, line, summary
from modstream.doctor.settings import look as look_at_settings
from modstream.state.standing import Checkpoint, MergerStanding, PartitionStanding, Standing
from modstream.topic_admin import TopicState
from streams.classifiers import Scores
from streams.rights import FoundTopic, Right
from streams.topics import Topics

TOPICS = Topics.named()


def standing(log_end: int, committed: int = 0, counted: int = 0) -> Standing:
    checkpoint = Checkpoint(counted, None, None, 0, 0, 0, 0)
    return Standing(
        "g", [PartitionStanding(0, committed, log_end, checkpoint, None)], MergerStanding(0, 0, 0)
    )


@pytest.mark.parametrize(
    ("found", "members", "status", "words"),
    [
        (standing(10), 1, Status.OK, "comments that wait: 10; workers in group g: 1"),
        (standing(10_001), 3, Status.WARNING, "wait: 10,001"),
        (standing(0), 0, Status.WARNING, "workers in group g: 0"),
        (standing(9, committed=5, counted=2), 1, Status.WARNING, "in no window"),
    ],
    ids=["well", "much waits", "nobody works", "comments in no window"],
)
def test_lag_is_judged_by_what_waits_and_who_works(
    found: Standing, members: int, status: Status, words: str
) -> None:
    finding = pipeline.judge_lag(found, members)
    assert finding.status is status
    assert words in finding.found
    assert bool(finding.advice) == (status is not Status.OK)


def topic(name: str, *, missing: bool = False, differences: tuple[str, ...] = ()) -> TopicState:
    return TopicState(name, "purpose", missing=missing, differences=differences)


def test_missing_topic_is_a_fault_and_a_different_one_a_warning() -> None:
    different = topic("b", differences=("partitions=1, not 4",))
    finding = pipeline.judge_topics([topic("a", missing=True), different])
    assert (finding.status, finding.found) == (Status.FAILED, "missing: a")
    finding = pipeline.judge_topics([topic("a"), different])
    assert (finding.status, finding.found) == (Status.WARNING, "b has partitions=1, not 4")
    assert pipeline.judge_topics([topic("a")]).status is Status.OK


@pytest.mark.parametrize(
    ("program", "reads", "writes"),
    [
        ("replay", set(), {"reddit_stream"}),
        (
            "verify",
            {
                "reddit_stream",
                "reddit_prediction",
                "reddit_mod_alert",
                "reddit_dead_letter",
                "reddit_late",
                "reddit_window_stats",
            },
            set(),
        ),
        (
            "worker",
            {"reddit_stream", "reddit_window_partial", "reddit_window_state"},
            {each.name for each in TOPICS} - {"reddit_stream"},
        ),
    ],
)
def test_programs_need_no_more_than_they_use(program: Program, reads: set[str], writes: set[str]) -> None:
    wanted = permissions.wanted(program, TOPICS)
    assert {name for name, rights in wanted.items() if Right.READ in rights} == reads
    assert {name for name, rights in wanted.items() if Right.WRITE in rights} == writes


def test_permissions_that_are_lacking_are_named() -> None:
    wanted = {"a": [Right.READ, Right.WRITE], "b": [Right.READ]}
    found = {name: FoundTopic(exists=True, partitions=1, allowed=[Right.READ]) for name in wanted}
    finding = permissions.judge("worker", found, wanted, "g", may_join=False)
    assert (finding.status, finding.found) == (Status.FAILED, "the worker may not: write a; read group g")
    assert permissions.judge("verify", found, {"b": [Right.READ]}, "g", may_join=True).status is Status.OK


@pytest.mark.parametrize(
    ("ahead_s", "found"),
    [
        ({}, None),
        ({"a": 1.9, "b": -1.9}, None),
        ({"a": 1.0, "the model service": -40.2}, "the model service is 40 s behind this machine"),
        ({"a": 7.0}, "a is 7 s ahead of this machine"),
    ],
)
def test_clock_that_is_off_is_named_with_how_much(ahead_s: dict[str, float], found: str | None) -> None:
    finding = clocks.judge(ahead_s)
    assert finding.status is (Status.WARNING if found else Status.OK)
    assert finding.found == found or not found


def answer_strangely(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"SSH-2.0\r\n")


class Strange(BaseHTTPRequestHandler):
    """Answers with a time that is none."""

    def do_GET(self) -> None:
        self.send_response_only(200)
        self.send_header("Date", "some day")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name for it
        pass


def test_service_that_does_not_tell_the_time_is_passed_over() -> None:
    with HTTPServer(("127.0.0.1", 0), Strange) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        assert clocks.time_at(f"http://127.0.0.1:{server.server_port}") is None
        answering.join()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        speaking = threading.Thread(target=answer_strangely, args=(listener,))
        speaking.start()
        assert clocks.time_at(f"http://127.0.0.1:{listener.getsockname()[1]}") is None
        speaking.join()
    assert clocks.time_at("grpc://127.0.0.1:9") is None


def test_topics_whose_configuration_may_not_be_seen_are_a_warning() -> None:
    topics = Topics.named(partitions=1)
    seen = {each.name: FoundTopic(exists=True, partitions=1, allowed=()) for each in topics}
    assert pipeline.judge_seen(seen, topics).status is Status.WARNING
    grown = {**seen, "reddit_stream": FoundTopic(exists=True, partitions=2, allowed=())}
    assert pipeline.judge_seen(grown, topics).found == "reddit_stream has 2 partitions, not 1"
    gone = {**seen, "reddit_late": FoundTopic(exists=False, partitions=0, allowed=())}
    assert pipeline.judge_seen(gone, topics).status is Status.FAILED


def test_model_that_is_not_the_bundle_is_warned_of(tmp_path: Path) -> None:
    settings = ServiceSettings(model_dir=BASELINE)
    version = load_bundle(BASELINE).model_version
    assert service.judge(Scores([0.1], version, {}, 0.5), "http://m", settings).status is Status.OK
    other = service.judge(Scores([0.1], "another", {}, 0.5), "http://m", settings)
    assert other.status is Status.WARNING
    assert version in other.found
    missing = service.judge(
        Scores([0.1], version, {}, 0.5), "http://m", ServiceSettings(model_dir=tmp_path / "none")
    )
    assert (missing.status, "cannot be compared" in missing.found) == (Status.WARNING, True)


def test_dead_letter_ends_the_round_trip_with_where_to_look() -> None:
    assert round_trip.judge(is_scored=True, event_id="t:0:1", took_s=0.5).status is Status.OK
    dead = round_trip.judge(is_scored=False, event_id="t:0:1", took_s=0.5)
    assert (dead.status, dead.advice) == (Status.FAILED, "see why: modstream dlq show t:0:1")


def test_misspelt_setting_is_found_and_one_of_fausts_is_left_alone() -> None:
    given = {"MOD_CLASSIFER_URL": "x", "MOD_BROKER_COMMIT_EVERY": "1", "MOD_BATCH_SIZE": "2", "PATH": "y"}
    finding = look_at_settings(given)
    assert finding.status is Status.WARNING
    assert finding.found == "MOD_CLASSIFER_URL is unknown: is MOD_CLASSIFIER_URL meant?"
    assert look_at_settings({"MOD_BATCH_SIZE": "2"}).status is Status.OK


def test_report_says_what_to_do_and_obeys_nothing_that_was_found() -> None:
    bad = Finding("topics", Status.FAILED, "missing: \x1b[2Ja", "create them")
    assert line(bad).plain == "topics      FAILED  missing: \\x1b[2Ja\n                    → create them"
    assert summary([bad, Finding("lag", Status.WARNING, "w")]) == "1 failed, 1 warned of"
    assert summary([Finding("lag", Status.OK, "w")]) == "all is well"
    assert not is_well([bad])
    assert is_well([Finding("lag", Status.WARNING, "w")])
    assert '"ok": false' in as_json([bad])
