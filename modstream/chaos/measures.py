"""What a run's samples say: pauses, recoveries, throughput, memory. Pure arithmetic."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from modstream.chaos.watching import MemorySample, Sample

STRAGGLERS_S = 0.2
"""What a killed process sent last may still arrive; it is no sign of recovery."""

RATE_OVER_S = 2.0


class Recovery(Struct, frozen=True):
    """How soon there was something new after a fault, in seconds; None where nothing was to come or came."""

    first_s: float | None
    """Until any partition had a new output."""
    all_s: float | None
    """Until each partition that had comments waiting had one."""


class Weight(Struct, frozen=True):
    """The resident memory of a member over a run, in bytes."""

    first: int
    most: int
    last: int


def recovery(samples: Sequence[Sample], since_s: float) -> Recovery:
    """Return how long after a moment the outputs grew again.

    Args:
        samples: In order of time.
        since_s: The kill, or the end of an outage.
    """
    after = [each for each in samples if each.at_s >= since_s + STRAGGLERS_S]
    if not after:
        return Recovery(None, None)
    base = after[0]
    grown_s: dict[int, float] = {}
    waiting: set[int] = set()
    for sample in after:
        waiting |= _waiting(sample) if not grown_s else set()
        for partition, outputs in enumerate(sample.outputs):
            if outputs > base.outputs[partition]:
                grown_s.setdefault(partition, sample.at_s - since_s)
        if grown_s and waiting <= grown_s.keys():
            break
    everywhere = bool(grown_s) and waiting <= grown_s.keys()
    return Recovery(
        _rounded(min(grown_s.values(), default=None)),
        _rounded(max(grown_s.values())) if everywhere else None,
    )


def longest_pause_s(samples: Sequence[Sample]) -> float:
    """Return the longest time in which no output came, in any partition, while comments were waiting."""
    return _longest_pause([(each.at_s, sum(each.outputs), each.lag > 0) for each in samples])


def longest_partition_pause_s(samples: Sequence[Sample]) -> float:
    """Return the longest time in which a partition with comments waiting had no output."""
    partitions = len(samples[0].inputs) if samples else 0
    return max(
        (
            _longest_pause([(each.at_s, each.outputs[n], n in _waiting(each)) for each in samples])
            for n in range(partitions)
        ),
        default=0.0,
    )


def _longest_pause(points: Iterable[tuple[float, int, bool]]) -> float:
    """Return the longest time between two growths, given time, count, and whether anything was waiting.

    It counts while something waits; a hole between two samples counts if something waited before it.
    """
    longest, still_since_s, before, waited = 0.0, None, None, False
    for at_s, count, waits in points:
        if waited and still_since_s is not None:
            longest = max(longest, at_s - still_since_s)
        if still_since_s is None or count != before or not waits:
            still_since_s, before = at_s, count
        waited = waits
    return round(longest, 2)


def throughput(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Return the outputs a second at each sample but the first, over up to `RATE_OVER_S` before it."""
    rates = []
    begin = 0
    for end in range(1, len(samples)):
        while samples[end].at_s - samples[begin].at_s > RATE_OVER_S and begin < end - 1:
            begin += 1
        first, last = samples[begin], samples[end]
        rates.append((last.at_s, (sum(last.outputs) - sum(first.outputs)) / (last.at_s - first.at_s)))
    return rates


def with_gaps(points: Iterable[tuple[float, float]], gap_s: float) -> tuple[list[float], list[float]]:
    """Return times and values to draw, with a hole (NaN) wherever two points are further apart than that."""
    times: list[float] = []
    values: list[float] = []
    for at_s, value in points:
        if times and at_s - times[-1] > gap_s:
            times.append(at_s)
            values.append(float("nan"))
        times.append(at_s)
        values.append(value)
    return times, values


def weights(memory: Sequence[MemorySample]) -> dict[str, Weight]:
    """Return the first, the largest and the last memory of each member."""
    by_member: dict[str, list[int]] = {}
    for sample in memory:
        for name, weight in sample.by_member.items():
            by_member.setdefault(name, []).append(weight)
    return {name: Weight(each[0], max(each), each[-1]) for name, each in sorted(by_member.items())}


def growth(memory: Sequence[MemorySample], began_s: float, ended_s: float, prefix: str) -> int | None:
    """Return by how much the memory of members grew at the most within a time, None when too few were seen.

    Args:
        memory: In order of time.
        began_s: From when.
        ended_s: Until when.
        prefix: Of the members' names.
    """
    within = weights([each for each in memory if began_s <= each.at_s <= ended_s])
    grown = [each.most - each.first for name, each in within.items() if name.startswith(prefix)]
    return max(grown, default=None)


def rates_by_second(samples: Sequence[Sample]) -> list[tuple[float, int, int, int]]:
    """Return time, inputs, outputs and lag, about once a second."""
    chosen: list[Sample] = []
    for sample in samples:
        if not chosen or sample.at_s - chosen[-1].at_s >= 1.0:
            chosen.append(sample)
    return [(round(each.at_s, 2), sum(each.inputs), sum(each.outputs), each.lag) for each in chosen]


def _waiting(sample: Sample) -> set[int]:
    """Return the partitions with comments that the group is not done with."""
    return {
        number
        for number, (inputs, committed) in enumerate(zip(sample.inputs, sample.committed, strict=True))
        if inputs > committed
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
