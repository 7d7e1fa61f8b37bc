"""Whether memory grows: the slope of what is resident, after a warm-up. Pure."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from msgspec import Struct

from benchmarks.harness.load import Sent
from benchmarks.harness.watching import Sample
from benchmarks.scaling.figures import students_t

MIB = 1024 * 1024
MINUTE_S = 60.0

BLOCKS = 10
"""Neighbouring samples say nearly the same; the means of so many stretches are nearly independent."""


class Trace(Struct, frozen=True):
    """The memory of one part of the pipeline."""

    minutes: Sequence[float]
    mib: Sequence[float]


class Slope(Struct, frozen=True, kw_only=True):
    """How fast memory grows, MiB a minute."""

    mib_a_minute: float
    low: float
    """Where it is with 95 % confidence, as the next."""
    high: float
    at_start_mib: float
    """By the fitted line, when the warm-up was over."""
    from_minute: float
    to_minute: float


class Soak(Struct, frozen=True, kw_only=True):
    """What a long time under load showed."""

    contender: str
    per_s: float
    minutes: float
    warm_up_minutes: float
    comments: int
    outputs: int
    sent: Sent
    traces: dict[str, Trace]
    """By the part of the pipeline."""
    slopes: dict[str, Slope]


def traces(samples: Sequence[Sample], parts: Sequence[str]) -> dict[str, Trace]:
    """Return the memory of each part that is there, over the minutes since the first sample."""
    if not samples:
        return {}
    minutes = [(each.at_s - samples[0].at_s) / MINUTE_S for each in samples]
    return {
        part: Trace(minutes, [each.usage[part].memory_bytes / MIB for each in samples])
        for part in parts
        if part in samples[0].usage
    }


def slope(trace: Trace, warm_up_minutes: float) -> Slope | None:
    """Return how fast memory grows after a warm-up: the line through the means of ten stretches.

    None when there are fewer than two samples for each of them.
    """
    minutes, mib = np.array(trace.minutes), np.array(trace.mib)
    late = minutes >= warm_up_minutes
    minutes, mib = minutes[late], mib[late]
    if len(minutes) < 2 * BLOCKS:
        return None
    at = np.array([each.mean() for each in np.array_split(minutes, BLOCKS)])
    held = np.array([each.mean() for each in np.array_split(mib, BLOCKS)])
    away = at - at.mean()
    grows = float(away @ held / (away @ away))
    left = held - held.mean() - grows * away
    error = sqrt(float(left @ left) / (BLOCKS - 2) / float(away @ away))
    half = students_t(BLOCKS - 2) * error
    return Slope(
        mib_a_minute=grows,
        low=grows - half,
        high=grows + half,
        at_start_mib=float(held.mean() + grows * (minutes[0] - at.mean())),
        from_minute=float(minutes[0]),
        to_minute=float(minutes[-1]),
    )
