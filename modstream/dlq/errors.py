"""What stops `modstream dlq`.

ModstreamError
└── DlqError
    ├── LetterNotFoundError    no dead letter has this event id or comment id
    ├── AmbiguousIdError       a comment id that several events have, where one is needed
    └── NoValueError           the letter has no value to print
"""

from collections.abc import Sequence

from modstream.errors import ModstreamError
from streams.printable import printable

NAMED = 3
"""An error names so many events at the most."""


class DlqError(ModstreamError):
    """Base of the errors of `modstream dlq`."""


class LetterNotFoundError(DlqError):
    """No dead letter has this event id or comment id."""

    def __init__(self, wanted: str, letters: int) -> None:
        super().__init__(
            f"none of the {letters:,} dead letters has the event id or the comment id {printable(wanted)}: "
            "see 'modstream dlq ls'"
        )


class AmbiguousIdError(DlqError):
    """A comment id that several events have, where one is needed."""

    def __init__(self, wanted: str, events: Sequence[str]) -> None:
        named = ", ".join(events[:NAMED]) + (", ..." if len(events) > NAMED else "")
        super().__init__(
            f"{printable(wanted)} is the comment id of {len(events):,} events: name one, {printable(named)}"
        )


class NoValueError(DlqError):
    """The letter has no value to print."""

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(f"the dead letter of {printable(event_id)} holds no value: {reason}")
