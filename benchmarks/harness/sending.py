"""A sender as a process of its own."""

from pathlib import Path

import msgspec

from benchmarks.harness.comments import texts
from benchmarks.harness.contenders import PEERS_PYTHON
from benchmarks.harness.errors import NoOutputError
from benchmarks.harness.load import Load, Sent
from benchmarks.harness.processes import ContenderProcess

COMMAND = (str(PEERS_PYTHON), "-m", "benchmarks.harness.sender")
ENDS_WITHIN_S = 90.0
"""After its last comment was due: the broker may be behind."""


class Sending:
    """A load on its way; as a context manager it is stopped on the way out."""

    def __init__(self, load: Load, folder: Path) -> None:
        """Start to send.

        Args:
            load: What, and when.
            folder: For the sender's log.
        """
        self._log = folder / "sender.log"
        self._process = ContenderProcess.start(COMMAND, load.environment(), self._log)

    def __enter__(self) -> "Sending":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stop()

    def is_well(self) -> bool:
        """Return whether it sends, or has sent all."""
        return self._process.status in {None, 0}

    def sent(self) -> Sent:
        """Return what the sender says, when all is sent.

        Raises:
            NoOutputError: If it failed, or the broker did not take a comment.
        """
        status = self._process.wait(ENDS_WITHIN_S)
        lines = self._log.read_text().splitlines()
        if status != 0 or not lines:
            raise NoOutputError("the sender", f"ended with status {status}", self._log)
        sent = msgspec.json.decode(lines[-1], type=Sent)
        if sent.refused:
            raise NoOutputError("the sender", f"could not hand over {sent.refused:,} comments", self._log)
        return sent


def write_bodies(folder: Path) -> str:
    """Write the texts to draw from where a sender finds them; return where."""
    path = folder / "bodies.json"
    path.write_bytes(msgspec.json.encode(texts().bodies))
    return str(path)
