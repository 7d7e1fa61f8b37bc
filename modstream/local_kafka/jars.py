"""Kafka's jars: which they are, and how they come into the cache folder.

`jars.sha256` beside this module lists them, so that nothing has to be resolved at run time and nothing
runs that is not what we tested. Maintainers write that list anew, after changing `ENDPOINTS`, with

    python -m modstream.local_kafka.jars
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from modstream.console import err, progress, say
from modstream.local_kafka.errors import FolderNotWritableError, JarChecksumError, JarsUnavailableError

KAFKA_VERSION = "4.1.0"

ENDPOINTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.kafka:kafka-server:{KAFKA_VERSION}",
    # Kafka's POM names no logging backend (its release archive adds this one); without it nothing is
    # logged. Resolved by itself: together, jgo would take the versions of Jackson that this one manages.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
)
"""What is resolved, one after the other; of a jar in two versions the first counts."""

LIST = "jars.sha256"

AT_ONCE = 8
"""Downloads at a time; more gains nothing, and the registry asks for modesty."""

TRIES = 2
"""A download that arrives damaged is tried once more."""


@dataclass(frozen=True)
class Jar:
    """One jar by its Maven coordinate, and the SHA-256 of its content in hexadecimal."""

    sha256: str
    group: str
    artifact: str
    version: str

    @classmethod
    def parse(cls, line: str) -> "Jar":
        """Return the jar of one line, `sha256  group:artifact:version`."""
        sha256, coordinate = line.split()
        group, artifact, version = coordinate.split(":")
        return cls(sha256, group, artifact, version)

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def filename(self) -> str:
        """Return the name of its file in the cache folder."""
        return f"{self.artifact}-{self.version}.jar"


def listed() -> list[Jar]:
    """Return the jars of Kafka, in the order of the class path."""
    text = files("modstream.local_kafka").joinpath(LIST).read_text("utf-8")
    return [Jar.parse(line) for line in text.splitlines()]


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file's content in hexadecimal, or None when there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def fetch_jar(jar: Jar, scratch: Path) -> Path:
    """Download one jar into the scratch folder and return its file, not checked yet.

    Raises:
        JarsUnavailableError: If that fails.
    """
    import requests
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=scratch)
    try:
        artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
        return Path(artifact.resolve())
    except requests.RequestException as error:
        raise JarsUnavailableError(str(jar), type(error).__name__) from error
    except RuntimeError as error:  # what jgo raises when no repository has the file
        raise JarsUnavailableError(str(jar), "the repository does not offer it") from error


Fetch = Callable[[Jar, Path], Path]


def ensure_jars(
    cache_dir: Path, jars: Iterable[Jar] | None = None, *, fetch: Fetch = fetch_jar
) -> list[Path]:
    """Return the files of Kafka's class path, each checked; download those which are missing or damaged.

    Several processes may do this at the same time: each file appears whole, by a rename.

    Args:
        cache_dir: The cache folder; the jars are kept in a folder of it named for Kafka's version.
        jars: Which jars; Kafka's by default.
        fetch: How a jar is downloaded.

    Raises:
        JarsUnavailableError: If one cannot be downloaded.
        JarChecksumError: If one arrives with another content than the list says.
        FolderNotWritableError: If the cache folder cannot be written.
    """
    jars = list(jars or listed())
    folder = cache_dir / f"kafka-{KAFKA_VERSION}"
    try:
        if wrong := _not_as_listed(jars, folder):
            _download_all(wrong, folder, fetch)
    except OSError as error:
        raise FolderNotWritableError(folder, "MOD_CACHE_DIR", error.strerror or str(error)) from error
    return [folder / jar.filename for jar in jars]


def _not_as_listed(jars: list[Jar], folder: Path) -> list[Jar]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(sha256_of, [folder / jar.filename for jar in jars]))
    return [jar for jar, sha256 in zip(jars, found, strict=True) if sha256 != jar.sha256]


def _download_all(jars: list[Jar], folder: Path, fetch: Fetch) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".downloading-", dir=folder) as scratch:
        _download_at_once(jars, folder, Path(scratch), fetch)


def _download_at_once(jars: list[Jar], folder: Path, scratch: Path, fetch: Fetch) -> None:
    err.print(f"downloading Kafka {KAFKA_VERSION} ({len(jars)} jars, kept in {folder})", markup=False)
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        with progress("downloading", total=len(jars)) as advance:
            downloads = [pool.submit(_download, jar, folder, scratch, fetch) for jar in jars]
            for each in as_completed(downloads):
                each.result()
                advance(1)
    finally:
        # After a failure the rest would fail alike, only later.
        pool.shutdown(cancel_futures=True)


def _download(jar: Jar, folder: Path, scratch: Path, fetch: Fetch) -> None:
    """Put one jar into the folder; it is there whole and checked, or not at all."""
    found = ""
    for _ in range(TRIES):
        arrived = fetch(jar, scratch)
        found = sha256_of(arrived) or ""
        if found == jar.sha256:
            arrived.replace(folder / jar.filename)
            return
        arrived.unlink(missing_ok=True)
    raise JarChecksumError(str(jar), jar.sha256, found)


def _resolve() -> list[Jar]:
    import jgo

    jars: dict[tuple[str, str], Jar] = {}
    for endpoint in ENDPOINTS:
        for each in jgo.build(endpoint, update=True).lockfile.dependencies:
            jar = Jar(each.sha256, each.groupId, each.artifactId, each.version)
            jars.setdefault((jar.group, jar.artifact), jar)
    return sorted(jars.values(), key=str)


def _write_list() -> None:
    """Resolve the endpoints and write the list anew, sorted, with what the registry offers today."""
    path = Path(__file__).with_name(LIST)
    jars = _resolve()
    path.write_text("".join(f"{jar.sha256}  {jar}\n" for jar in jars), "utf-8")
    say(f"{path}: {len(jars)} jars")


if __name__ == "__main__":
    _write_list()
