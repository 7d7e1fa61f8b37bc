"""What a verification finds: counts, and the first offenders by name."""

from msgspec import Struct


class Offender(Struct, frozen=True):
    """One thing that is wrong and where; never a comment's body."""

    kind: str
    """The verdict's field that counts it, such as `missing`."""
    topic: str
    partition: int
    offset: int
    comment: str | None = None
    """The comment's id, where the record that told of it has one."""
    event_id: str | None = None
    """The source record, where the offender is an output."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of every input; counts are of distinct inputs unless they say that they are of records."""

    inputs: int
    """Comments in the input topic when the account was opened; what brings one of them back is none."""
    resubmitted: int
    """Records in the input topic that bring an earlier one back, as `modstream dlq replay` does."""
    predicted: int
    """Inputs with a prediction, recovered ones too."""
    recovered: int
    """Inputs that were dead-lettered and, when they were brought back, predicted."""
    dead_lettered: int
    """Inputs with a dead letter that have not recovered."""
    missing: int
    """Inputs without any outcome, and resubmissions without any."""
    redelivered: int
    """Output records that repeat an earlier one, with the same content but for `scored_at`; and dead letters
    of what was brought back in vain, whatever their error."""
    conflicting: int
    """Events with outputs of different content, or both predicted, without having been brought back, and
    dead-lettered."""
    orphaned: int
    """Output records whose `event_id` names no comment of the input topic, or that name a resubmission which
    is none."""
    misplaced: int
    """Output records on another partition number than their source."""
    out_of_order: int
    """Output records that come, for the first time, after one of a later source offset; resubmissions may."""
    malformed: int
    """Output records that cannot be read, or say nothing of their source."""
    expired: int
    """Output records whose source was deleted by retention; nothing is wrong with them."""
    alerts: int
    """Inputs with an alert."""
    alerts_missing: int
    """Predictions above the threshold without an alert."""
    alerts_unexpected: int
    """Alerts without their prediction, unlike it, or not above their own threshold."""
    offenders: tuple[Offender, ...]
    """The first few of what is wrong."""
    ok: bool
    """Whether nothing at all is wrong."""


ERRORS = (
    "missing",
    "conflicting",
    "orphaned",
    "misplaced",
    "out_of_order",
    "malformed",
    "alerts_missing",
    "alerts_unexpected",
)
"""Fields of the verdict that must be zero."""
