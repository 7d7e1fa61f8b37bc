"""Kafka's programs: the tool that prepares a data folder, and the broker itself."""

import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from modstream.local_kafka import configuration
from modstream.local_kafka.errors import BrokerFormatError
from modstream.local_kafka.folder import InstanceFolder, last_lines
from modstream.local_kafka.jars import ensure_jars
from modstream.local_kafka.java import java
from modstream.local_kafka.process import launch


@dataclass(frozen=True)
class Program:
    """Kafka as it can be run here."""

    java: Path
    classpath: str

    @classmethod
    def find(cls, cache_dir: Path) -> "Program":
        """Return Kafka, downloaded when it is not in the cache folder yet."""
        return cls(java(), ":".join(map(str, ensure_jars(cache_dir))))

    def format(
        self,
        folder: InstanceFolder,
        port: int,
        controller_port: int,
        extra: configuration.Extra = configuration.NOTHING,
    ) -> None:
        """Give an instance its identity and an empty data folder.

        It is made aside and then renamed, so that an interrupted attempt leaves nothing half done.
        """
        aside = folder.root / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        properties, output = folder.root / "format.properties", folder.logs / "format.log"
        text = configuration.server_properties(port, controller_port, aside.name, extra)
        properties.write_text(text, "utf-8")
        # Its first character is fixed: one in 64 would be a dash, which the tool takes for an option.
        cluster_id = "m" + secrets.token_urlsafe(16)[1:]
        arguments = ["format", "--config", str(properties), "--cluster-id", cluster_id, *extra.format_options]
        tool = self._run(["kafka.tools.StorageTool", *arguments], folder, output, die_with_parent=True)
        if tool.wait() != 0:
            raise BrokerFormatError(folder.data, last_lines(output))
        shutil.rmtree(folder.data, ignore_errors=True)
        aside.rename(folder.data)

    def serve(self, folder: InstanceFolder, *, die_with_parent: bool) -> subprocess.Popen[bytes]:
        """Start the broker; its command line ends with the properties file, by which it is known."""
        logging = folder.root / configuration.LOG4J2
        logging.write_text(configuration.LOGGING, "utf-8")
        arguments = [f"-Dlog4j2.configurationFile={logging.name}", "kafka.Kafka", str(folder.properties)]
        return self._run(arguments, folder, folder.output, die_with_parent=die_with_parent)

    def _run(
        self, arguments: list[str], folder: InstanceFolder, output: Path, *, die_with_parent: bool
    ) -> subprocess.Popen[bytes]:
        command = [str(self.java), *configuration.JVM_OPTIONS, *arguments]
        return launch(command, folder.root, output, self.classpath, die_with_parent=die_with_parent)
