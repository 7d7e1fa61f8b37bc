"""Keeps a log readable while the broker is away: the client says the same thing twenty times a second."""

import logging

SAY_AGAIN_S = 30.0
"""How often the same message is let through, in seconds."""


class Sparing(logging.Filter):
    """Lets a message through once in a while, and then says how many like it were left out.

    Messages are alike when one logger makes them from one template, whatever the values.
    """

    def __init__(self, say_again_s: float = SAY_AGAIN_S) -> None:
        super().__init__()
        self._say_again_s = say_again_s
        self._said_at_s: dict[tuple[str, object], float] = {}
        self._left_out: dict[tuple[str, object], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be logged."""
        kind = (record.name, record.msg)
        if record.created - self._said_at_s.get(kind, -self._say_again_s) < self._say_again_s:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        self._said_at_s[kind] = record.created
        if left_out := self._left_out.pop(kind, 0):
            record.msg = f"{record.msg} (and {left_out} more like it)"
        return True


def spare(package: str) -> None:
    """Make the loggers that a package has now sparing."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == package:
            logging.getLogger(name).addFilter(Sparing())
