"""What samples and counted outputs say: rates, CPU time a comment, medians over rounds. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import median

from msgspec import Struct

from benchmarks.harness.comments import Mix
from benchmarks.harness.watching import End, Sample

MIB = 1024 * 1024
MILLI, MICRO = 1e3, 1e6
LEAST_S = 2.0
"""Less than that between the first look with outputs and the last tells nothing."""

LIMIT = "bare"
"""The contender that others are compared with."""


class Measure(Struct, frozen=True, kw_only=True):
    """One contender's turn."""

    contender: str
    mix: Mix
    round: int
    comments: int
    comments_per_s: float | None
    """From the first burst of outputs to the last; None when there were too few comments to tell."""
    cpu_us: Mapping[str, float]
    """CPU time a comment, microseconds, by the part of the pipeline; empty when there were too few."""
    memory_mib: Mapping[str, float]
    """The most that was resident at once, by the part of the pipeline."""
    done: int
    """Comments with an output."""
    lost: int
    repeated: int
    strange: int
    """Outputs that are no comment's."""
    end: End


class Row(Struct, frozen=True, kw_only=True):
    """One contender's rounds over one mix: medians."""

    contender: str
    mix: Mix
    comments: int
    rounds: int
    comments_per_s: float | None
    slowest: float | None
    fastest: float | None
    of_limit: float | None
    """Its rate as a share of the bare loop's in the same round."""
    cpu_us: Mapping[str, float]
    memory_mib: Mapping[str, float]
    done: int
    """In the round with the fewest."""
    lost: int
    """In the round with the most."""
    repeated: int
    strange: int
    stalled: int
    """Rounds that did not come to their end."""


def is_long_enough(samples: Sequence[Sample]) -> bool:
    """Return whether a run can be measured: most of it was watched, and that took a while."""
    first = next((each for each in samples if each.outputs), None)
    if first is None or 2 * first.outputs > samples[-1].outputs:
        return False
    last = next(each for each in samples if each.outputs == samples[-1].outputs)
    return last.at_s - first.at_s >= LEAST_S


def rate(appended: Mapping[int, int]) -> float | None:
    """Return outputs a second from the first burst of them to the last, by the broker's clock.

    The work for the first burst was done before the clock starts, so it does not count; else whoever
    publishes 16,000 at once seems to be faster than it is.

    Args:
        appended: How many were appended at each time, in milliseconds, in order.
    """
    if not appended:
        return None
    began_ms, before = first_burst(appended)
    took_ms = max(appended) - began_ms
    return MILLI * (sum(appended.values()) - before) / took_ms if took_ms else None


def first_burst(appended: Mapping[int, int]) -> tuple[int, int]:
    """Return when the first burst of outputs ended, and how many were in it.

    It ends at the first pause that is at least half as long as a usual one.
    """
    usual_ms = _usual_ms([later - earlier for earlier, later in pairwise(appended)])
    count = 0
    for at_ms, next_ms in pairwise(appended):
        count += appended[at_ms]
        if next_ms - at_ms >= usual_ms / 2:
            return at_ms, count
    return max(appended), sum(appended.values())


def _usual_ms(pauses_ms: Sequence[int]) -> int:
    """Return the pause that, with all that are longer, makes up half of the time; one hiccup is not usual."""
    ordered = sorted(pauses_ms, reverse=True)
    summed = zip(ordered, accumulate(ordered), strict=True)
    return next((pause for pause, so_far in summed if 2 * so_far >= sum(pauses_ms)), 0)


def cpu_us(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the CPU time of each part for one output, in microseconds.

    It is taken from the first sample that has outputs, so that imports and loading do not count.
    """
    if not samples or not samples[-1].outputs:
        return {}
    last = next(each for each in samples if each.outputs == samples[-1].outputs)
    first = next(each for each in samples if each.outputs)
    made = last.outputs - first.outputs
    if not made:
        return {}
    return {
        part: MICRO * (usage.cpu_s - first.usage[part].cpu_s) / made for part, usage in last.usage.items()
    }


def memory_mib(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the most memory that each part had at once, in MiB."""
    parts = samples[0].usage if samples else {}
    return {part: max(each.usage[part].memory_bytes for each in samples) / MIB for part in parts}


def rows(measures: Iterable[Measure]) -> list[Row]:
    """Return the medians of each contender and mix, in the order in which they first came."""
    grouped: dict[tuple[Mix, str], list[Measure]] = {}
    for each in measures:
        grouped.setdefault((each.mix, each.contender), []).append(each)
    limits = {
        (each.mix, each.round): each.comments_per_s
        for (_, name), group in grouped.items()
        if name == LIMIT
        for each in group
    }
    return [_row(group, limits) for group in grouped.values()]


def _row(group: Sequence[Measure], limits: Mapping[tuple[Mix, int], float | None]) -> Row:
    rates = [each.comments_per_s for each in group if each.comments_per_s is not None]
    shares = [
        each.comments_per_s / limit
        for each in group
        if each.comments_per_s is not None and (limit := limits.get((each.mix, each.round)))
    ]
    return Row(
        contender=group[0].contender,
        mix=group[0].mix,
        comments=group[0].comments,
        rounds=len(group),
        comments_per_s=_median(rates),
        slowest=min(rates, default=None),
        fastest=max(rates, default=None),
        of_limit=_median(shares),
        cpu_us=_medians(group, lambda each: each.cpu_us),
        memory_mib=_medians(group, lambda each: each.memory_mib),
        done=min(each.done for each in group),
        lost=max(each.lost for each in group),
        repeated=max(each.repeated for each in group),
        strange=max(each.strange for each in group),
        stalled=sum(each.end is not End.DONE for each in group),
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _medians(group: Sequence[Measure], of: Callable[[Measure], Mapping[str, float]]) -> dict[str, float]:
    parts = dict.fromkeys(part for each in group for part in of(each))
    return {part: median(of(each)[part] for each in group if part in of(each)) for part in parts}
