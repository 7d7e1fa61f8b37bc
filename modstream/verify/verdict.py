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
    window: str | None = None
    """Start, end and subreddit, where the offender is a row of the window statistics."""


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
    windows: int = 0
    """Rows of the window statistics, one a window and subreddit, that are final and equal a recount."""
    windows_open: int = 0
    """Rows that may still change."""
    windows_missing: int = 0
    """Rows of windows that nothing can change any more, and that were not published as final."""
    windows_wrong: int = 0
    """Final rows of such windows that differ from a recount of the predictions."""
    windows_other: int = 0
    """Rows of windows of another size than MOD_WINDOW_SIZE_S says; they are left out."""
    windows_step_s: int = 0
    """Seconds from one published window's start to the next one's, if MOD_WINDOW_STEP_S says otherwise."""
    windows_checked: bool = False
    """Whether windows were looked at: every prediction since the beginning has to be on its topic."""
    late: int = 0
    """Inputs that count in no window because they are later than the allowed lateness."""
    ahead: int = 0
    """Inputs that count in no window because they are ahead of their time."""
    late_wrong: int = 0
    """Inputs that the topic of late comments and a recount do not agree about."""
    offenders: tuple[Offender, ...]
    """The first few of what is wrong."""
    ok: bool
    """Whether nothing at all is wrong."""


COMMENT_ERRORS = (
    "missing",
    "conflicting",
    "orphaned",
    "misplaced",
    "out_of_order",
    "malformed",
    "alerts_missing",
    "alerts_unexpected",
)
"""Fields of the verdict that must be zero, of those about comments."""

ROW_ERRORS = ("windows_missing", "windows_wrong")
"""Fields of the verdict that must be zero, of those about rows of the window statistics."""

WINDOW_ERRORS = (*ROW_ERRORS, "late_wrong")
"""Fields of the verdict that must be zero, of those about windows."""

ERRORS = COMMENT_ERRORS + WINDOW_ERRORS
