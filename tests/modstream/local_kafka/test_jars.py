import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modstream.local_kafka.errors import FolderNotWritableError, JarChecksumError, JarsUnavailableError
from modstream.local_kafka.jars import KAFKA_VERSION, Jar, ensure_jars, fetch_jar, listed
from modstream.local_kafka.probe import free_port


def make_jar(name: str) -> Jar:
    return Jar(hashlib.sha256(name.encode()).hexdigest(), "org.example", name, "1.0")


JARS = [make_jar(name) for name in ("a", "b", "c")]


class FakeRegistry:
    """Gives each jar its name as content; the first answers for a jar may be damaged."""

    def __init__(self, damaged_answers: int = 0) -> None:
        self.damaged_answers = damaged_answers
        self.asked: list[str] = []

    def __call__(self, jar: Jar, scratch: Path) -> Path:
        self.asked.append(jar.artifact)
        damaged = self.asked.count(jar.artifact) <= self.damaged_answers
        path = scratch / jar.filename
        path.write_text("half of i" if damaged else jar.artifact)
        return path


def folder_of(cache_dir: Path) -> Path:
    return cache_dir / f"kafka-{KAFKA_VERSION}"


def test_every_listed_jar_has_its_sum_and_is_listed_once() -> None:
    jars = listed()
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in jars)
    assert (
        len({(jar.group, jar.artifact) for jar in jars}) == len({jar.filename for jar in jars}) == len(jars)
    )


def test_the_list_is_of_one_kafka_and_can_log() -> None:
    jars = {jar.artifact: jar.version for jar in listed()}
    ours = {version for artifact, version in jars.items() if artifact.startswith("kafka")}
    assert ours == {KAFKA_VERSION}
    assert jars["log4j-slf4j-impl"] == jars["log4j-core"] == jars["log4j-api"]


def test_missing_jars_are_downloaded_and_present_ones_are_not(tmp_path: Path) -> None:
    registry = FakeRegistry()
    ensure_jars(tmp_path, JARS[:1], fetch=registry)
    paths = ensure_jars(tmp_path, JARS, fetch=registry)
    assert [path.read_text() for path in paths] == ["a", "b", "c"]
    assert sorted(registry.asked) == ["a", "b", "c"]
    assert sorted(path.name for path in folder_of(tmp_path).iterdir()) == [
        "a-1.0.jar",
        "b-1.0.jar",
        "c-1.0.jar",
    ]


def test_a_damaged_jar_in_the_cache_is_replaced(tmp_path: Path) -> None:
    registry = FakeRegistry()
    paths = ensure_jars(tmp_path, JARS, fetch=registry)
    paths[1].write_text("half")
    ensure_jars(tmp_path, JARS, fetch=registry)
    assert paths[1].read_text() == "b"
    assert len(registry.asked) == len(JARS) + 1


def test_a_download_damaged_once_is_tried_again(tmp_path: Path) -> None:
    registry = FakeRegistry(damaged_answers=1)
    assert ensure_jars(tmp_path, JARS[:1], fetch=registry)[0].read_text() == "a"


def test_a_download_damaged_twice_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    registry = FakeRegistry(damaged_answers=2)
    with pytest.raises(JarChecksumError, match=r"org\.example:a:1\.0"):
        ensure_jars(tmp_path, JARS[:1], fetch=registry)
    assert list(folder_of(tmp_path).iterdir()) == []
    assert ensure_jars(tmp_path, JARS[:1], fetch=registry)[0].read_text() == "a"


def test_first_starts_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(ensure_jars, tmp_path, JARS, fetch=FakeRegistry()) for _ in range(4)]
    assert all([path.read_text() for path in each.result()] == ["a", "b", "c"] for each in results)


def test_a_cache_folder_that_cannot_be_made_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(FolderNotWritableError, match=r"cannot write to .*MOD_CACHE_DIR"):
        ensure_jars(tmp_path / "cache", JARS, fetch=FakeRegistry())


def test_without_a_network_one_sentence_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        JarsUnavailableError, match=r"could not be downloaded .*MOD_KAFKA_BOOTSTRAP"
    ) as caught:
        ensure_jars(tmp_path, listed()[:1], fetch=fetch_jar)
    assert "\n" not in str(caught.value)
    assert list(folder_of(tmp_path).iterdir()) == []
