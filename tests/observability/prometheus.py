"""A real Prometheus with our rules, which looks each second and raises alerts at once."""

import json
import math
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import yaml

from modstream.child_process import bound_to_parent
from modstream.local_kafka import free_port
from tests.observability.definitions import PROMETHEUS, RULE_FILES, load_yaml

EVERY = "1s"

SHORTER: Mapping[str, Mapping[str, str]] = {
    "modstream:alerts:share_rate30m": {"[30m]": "[15s]"},
    "ModstreamAlertShareChanged": {"[30m]": "[15s]"},
    "ModstreamWatermarkStandsStill": {"[15m]": "[15s]", "900": "15"},
}
"""How far two alerts look back, which would take them half an hour."""

READY_WITHIN_S = 30.0
POLL_S = 0.1

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Prometheus:
    """One running Prometheus, on loopback; as a context manager it is gone in the end."""

    def __init__(self, program: Path, folder: Path, targets: Mapping[str, Sequence[str]]) -> None:
        """Write a configuration and start; it answers some moments later.

        Args:
            program: The executable.
            folder: Where configuration, data and log go.
            targets: What to scrape, by the jobs of our `prometheus.yml`.
        """
        self.log = folder / "prometheus.log"
        self._url = f"http://127.0.0.1:{(port := free_port())}"
        command = [
            str(program),
            f"--config.file={_configure(folder, targets)}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                bound_to_parent(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def wait_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                _direct.open(f"{self._url}/-/ready", timeout=2.0).close()
            except OSError as error:
                assert self._process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, error
                time.sleep(POLL_S)
            else:
                return

    def count(self, expression: str) -> int:
        """Return how many series an expression gives that have a number; one without a label counts as well.

        Raises:
            ValueError: If it cannot be evaluated.
        """
        found = self._ask("query", query=expression)
        samples = [found["result"]] if found["resultType"] == "scalar" else _values(found["result"])
        return sum(math.isfinite(float(value)) for _, value in samples)

    def firing(self) -> dict[str, Mapping[str, str]]:
        """Return the annotations of the alerts that fire, by their names."""
        found = self._ask("alerts")["alerts"]
        return {
            each["labels"]["alertname"]: each["annotations"] for each in found if each["state"] == "firing"
        }

    def broken_rules(self) -> list[str]:
        """Return what is wrong with rules that could not be evaluated."""
        groups = self._ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] == "err"]

    def _ask(self, what: str, **parameters: str) -> Any:
        url = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with _direct.open(url, timeout=10.0) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{parameters or what}: {error.read().decode()}") from error


def _values(series: Sequence[Mapping[str, Any]]) -> list[tuple[float, str]]:
    return [each["value"] for each in series]


def _configure(folder: Path, targets: Mapping[str, Sequence[str]]) -> Path:
    """Write our configuration anew: targets of this machine, and nothing that takes minutes."""
    configuration = load_yaml(PROMETHEUS / "prometheus.yml")
    configuration["global"] |= {
        "scrape_interval": EVERY,
        "scrape_timeout": EVERY,
        "evaluation_interval": EVERY,
    }
    configuration["rule_files"] = [str(_hurried(file, folder)) for file in RULE_FILES]
    configuration["scrape_configs"] = [
        {"job_name": each["job_name"], "static_configs": [{"targets": list(targets[each["job_name"]])}]}
        for each in configuration["scrape_configs"]
    ]
    written = folder / "prometheus.yml"
    written.write_text(yaml.safe_dump(configuration), "utf-8")
    return written


def _hurried(file: Path, folder: Path) -> Path:
    """Write a copy of a file of rules in which durations are shorter, and nothing else."""
    rules = load_yaml(file)
    for group in rules["groups"]:
        group.pop("interval", None)
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = EVERY
            for duration, shorter in SHORTER.get(rule.get("alert") or rule["record"], {}).items():
                assert duration in rule["expr"], rule
                rule["expr"] = rule["expr"].replace(duration, shorter)
    copy = folder / file.name
    copy.write_text(yaml.safe_dump(rules), "utf-8")
    return copy
