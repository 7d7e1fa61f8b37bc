"""The stack of docker-compose.yml under a name and on ports of its own, so that it disturbs no other."""

import json
import os
import subprocess
import urllib.request
import uuid
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from modstream.local_kafka import free_port
from tests.containers.engine import COMMAND, ROOT, docker, inspect, run

PORTS = ("KAFKA_PORT", "MODEL_REST_PORT", "MODEL_GRPC_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")

WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))

KILL = "import os, sys; os.kill(int(sys.argv[1]), 9)"


class Stack:
    """One run of the stack."""

    def __init__(self) -> None:
        self.name = f"modstream-test-{uuid.uuid4().hex[:8]}"
        self.ports = {name: free_port() for name in PORTS}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
        self.environment = clean | {name: str(port) for name, port in self.ports.items()}

    def compose(self, *arguments: str, **settings: str) -> str:
        """Return what `docker compose ...` printed; settings go before those of the test's shell."""
        return run(*self._command(*arguments), env=self.environment | settings)

    def begin(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start `docker compose ...` and return at once."""
        return subprocess.Popen(
            self._command(*arguments),
            env=self.environment | settings,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def containers(self, service: str) -> list[str]:
        """Return the ids of a service's containers, running or not."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def crash(self, container: str) -> None:
        """Kill a container's program as a crash would; after `docker kill`, a stop, Docker starts nothing.

        From a container that sees the engine's processes, wherever the engine runs.
        """
        pid = str(inspect(container)["State"]["Pid"])
        sees_all = ("--privileged", "--pid", "host", "--user", "0")
        docker("run", "--rm", *sees_all, "--entrypoint", "python", COMMAND, "-c", KILL, pid)

    def is_healthy(self, container: str) -> bool:
        """Tell whether a container runs and its health check says so."""
        state = inspect(container)["State"]
        return bool(state["Running"] and state["Health"]["Status"] == "healthy")

    def sent(self) -> int:
        """Return how many comments the stream holds, asked from outside, through the published port."""
        consumer = KafkaConsumer(bootstrap_servers=f"localhost:{self.ports['KAFKA_PORT']}")
        try:
            partitions = [TopicPartition("reddit_stream", number) for number in range(4)]
            return sum(consumer.end_offsets(partitions).values())
        finally:
            consumer.close()

    def get(self, port: str, path: str, body: Any = None) -> Any:
        """Return the JSON that a published port answers with."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[port]}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with WITHOUT_PROXY.open(request, timeout=10) as answer:
            return json.load(answer)

    def left(self) -> list[str]:
        """Return the containers, volumes and networks that there are of this stack."""
        mine = ("--quiet", "--filter", f"label=com.docker.compose.project={self.name}")
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return [each for kind in kinds for each in docker(*kind, *mine).split()]

    def _command(self, *arguments: str) -> list[str]:
        return ["docker", "compose", "--project-name", self.name, "--progress", "plain", *arguments]
