"""What a chaos run found: for scripts as JSON, for people as lines."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from modstream.chaos import measures
from modstream.chaos.measures import Weight
from modstream.chaos.plan import Plan
from modstream.chaos.schedule import BROKER, WORKER, Kind
from modstream.chaos.timeline import Carried, Moment
from modstream.chaos.watching import MemorySample, Sample
from modstream.verify import Verdict

MIB = 1024 * 1024

LONG_S = 5.0
"""Memory is compared over faults that last so long or longer."""

AWAY_S = 30.0
"""What grew over a fault that lasts so long or longer has a line of its own, and a limit."""

FLAT_BYTES = 64 * MIB
"""A worker that waits for so long may grow by its queue (32 MiB) and what it has fetched beside."""


class FaultReport(Struct, frozen=True, kw_only=True):
    """What became of one fault of the schedule; times are seconds after the comments began."""

    kind: Kind
    target: str
    planned_s: float
    for_s: float
    began_s: float | None
    """None if it was not carried out."""
    ended_s: float | None
    """When the target was started or continued."""
    first_output_s: float | None
    """From the kill, or from the end of the pause or stop, to the first new output."""
    all_partitions_s: float | None
    """The same, until every partition that had comments waiting had one."""
    workers_grew_bytes: int | None
    """By how much a worker's memory grew while it lasted, at the most; None for a short one."""


class Found(Struct, frozen=True, kw_only=True):
    """What a run saw, from which its report is made."""

    plan: Plan
    partitions: int
    batch_size: int
    carried: Sequence[Carried]
    moments: Sequence[Moment]
    samples: Sequence[Sample]
    memory: Sequence[MemorySample]
    kills: Mapping[str, int]
    forced: Mapping[str, int]
    ended_by_themselves: Mapping[str, int]
    confirmed: int
    bad_records: int
    repeated: int
    sent_s: float
    """When the last comment was confirmed."""
    drained_s: float | None
    """When the last comment was done with; None if it took too long."""
    verdict: Verdict
    seconds: float


class ChaosReport(Struct, frozen=True, kw_only=True):
    """A finished run; `--json` writes it."""

    ok: bool
    """The verdict is ok, nothing that was confirmed is gone, and all of the following holds."""
    problems: tuple[str, ...]
    """Why it is not ok."""
    scenario: str
    seed: int
    comments: int
    """Confirmed by the broker, without the bad records."""
    inputs: int
    """Records on the comments' topic."""
    bad_records: int
    repeated_by_sender: int
    """Records that the sender sent again, as their confirmation was lost; each may be two inputs."""
    workers: int
    partitions: int
    batch_size: int
    seconds: float
    kills: Mapping[str, int]
    """SIGKILLs of the schedule, by target."""
    kills_total: int
    forced_kills: Mapping[str, int]
    """SIGKILLs of what had not ended in its grace after SIGTERM."""
    ended_by_themselves: Mapping[str, int]
    """Processes that ended without being told to, and were started again."""
    interruptions: int
    """SIGKILLs, forced ones too, pauses, stops of the broker or the service, and unplanned ends."""
    redelivered: int
    redelivered_per_kill: float | None
    kill_bound: int
    """One batch for each kill and partition."""
    bound: int
    """One batch for each interruption and partition; more redeliveries are a failure."""
    slowest_recovery_s: float | None
    """The longest time from a fault to the first new output."""
    slowest_partition_recovery_s: float | None
    recovery_limit_s: float | None
    longest_pause_s: float
    """The longest time without any output while comments were waiting."""
    longest_partition_pause_s: float
    drained: bool
    drain_s: float | None
    """From the last comment sent, or the last fault if that was later, to the last one done with."""
    outputs_per_s: float
    memory: Mapping[str, Weight]
    faults: tuple[FaultReport, ...]
    timeline: tuple[Moment, ...]
    series: tuple[tuple[float, int, int, int], ...]
    """Time, inputs, outputs and lag, once a second."""
    verdict: Verdict


def report_of(found: Found) -> ChaosReport:
    """Return the report of a run."""
    plan, verdict = found.plan, found.verdict
    faults = tuple(_fault_report(each, found) for each in found.carried)
    kills = sum(found.kills.values())
    interruptions = kills + sum(found.forced.values()) + _others(found)
    one_batch_each = found.partitions * found.batch_size
    last_fault_s = max((each.ended_s for each in faults if each.ended_s is not None), default=0.0)
    problems = tuple(_problems(found, faults, interruptions * one_batch_each))
    return ChaosReport(
        ok=not problems,
        problems=problems,
        scenario=plan.scenario,
        seed=plan.seed,
        comments=found.confirmed - found.bad_records,
        inputs=verdict.inputs,
        bad_records=found.bad_records,
        repeated_by_sender=found.repeated,
        workers=plan.workers,
        partitions=found.partitions,
        batch_size=found.batch_size,
        seconds=round(found.seconds, 1),
        kills=dict(found.kills),
        kills_total=kills,
        forced_kills=dict(found.forced),
        ended_by_themselves=dict(found.ended_by_themselves),
        interruptions=interruptions,
        redelivered=verdict.redelivered,
        redelivered_per_kill=round(verdict.redelivered / kills, 1) if kills else None,
        kill_bound=kills * one_batch_each,
        bound=interruptions * one_batch_each,
        slowest_recovery_s=_slowest(each.first_output_s for each in faults),
        slowest_partition_recovery_s=_slowest(each.all_partitions_s for each in faults),
        recovery_limit_s=plan.recovers_within_s,
        longest_pause_s=measures.longest_pause_s(found.samples),
        longest_partition_pause_s=measures.longest_partition_pause_s(found.samples),
        drained=found.drained_s is not None,
        drain_s=_drain_s(found, last_fault_s),
        outputs_per_s=_outputs_per_s(found.samples),
        memory=measures.weights(found.memory),
        faults=faults,
        timeline=tuple(found.moments),
        series=tuple(measures.rates_by_second(found.samples)),
        verdict=verdict,
    )


def lines(report: ChaosReport) -> Iterator[str]:
    """Yield a report for people, line by line."""
    by_target = ", ".join(f"{count} {name}" for name, count in sorted(report.kills.items())) or "none"
    yield (
        f"{report.kills_total} kills ({by_target}), {len(report.faults)} faults in all, "
        f"{report.comments:,} comments and {report.bad_records} bad records in {report.seconds:.0f} s"
    )
    if report.forced_kills:
        yield f"killed after their grace: {_counts(report.forced_kills)}"
    if report.ended_by_themselves:
        yield f"ended by themselves and started again: {_counts(report.ended_by_themselves)}"
    verdict = report.verdict
    yield f"{verdict.missing:,} lost, {verdict.conflicting:,} conflicting"
    yield (
        f"{report.redelivered:,} output records redelivered; at most {report.bound:,} may be: a batch for "
        f"each of {report.interruptions} interruptions and partition (for each kill: {report.kill_bound:,})"
    )
    yield (
        f"from a fault to the first new output {_seconds(report.slowest_recovery_s)} at the most, "
        f"in every partition {_seconds(report.slowest_partition_recovery_s)}"
    )
    yield (
        f"longest pause of the output {report.longest_pause_s:.1f} s, of one partition "
        f"{report.longest_partition_pause_s:.1f} s; drained in {_seconds(report.drain_s)}; "
        f"{report.outputs_per_s:,.0f} outputs/s on the average"
    )
    yield from _memory_lines(report)
    for problem in report.problems:
        yield f"problem: {problem}"
    yield f"seed {report.seed}: {'ok' if report.ok else 'not ok'}"


def _memory_lines(report: ChaosReport) -> Iterator[str]:
    for name, weight in report.memory.items():
        first, most, last = (each / MIB for each in (weight.first, weight.most, weight.last))
        yield f"memory of {name}: {first:.0f} MiB at first, {most:.0f} at the most, {last:.0f} at the end"
    for fault in report.faults:
        if fault.for_s >= AWAY_S and fault.workers_grew_bytes is not None:
            grown = fault.workers_grew_bytes / MIB
            yield (
                f"{fault.kind} {fault.target} for {fault.for_s:g} s: meanwhile no worker grew by more than "
                f"{grown:.1f} MiB"
            )


def _fault_report(carried: Carried, found: Found) -> FaultReport:
    fault, began_s, ended_s = carried.fault, carried.began_s, carried.ended_s
    since_s = began_s if fault.kind is Kind.KILL else ended_s
    hurts = fault.kind in (Kind.KILL, Kind.PAUSE, Kind.STOP)
    recovered = (
        measures.recovery(found.samples, since_s)
        if hurts and since_s is not None
        else measures.Recovery(None, None)
    )
    lasts = began_s is not None and ended_s is not None and fault.for_s >= LONG_S
    return FaultReport(
        kind=fault.kind,
        target=fault.target,
        planned_s=fault.at_s,
        for_s=fault.for_s,
        began_s=_rounded(began_s),
        ended_s=_rounded(ended_s),
        first_output_s=recovered.first_s,
        all_partitions_s=recovered.all_s,
        workers_grew_bytes=measures.growth(found.memory, began_s or 0.0, ended_s or 0.0, WORKER)
        if lasts
        else None,
    )


def _others(found: Found) -> int:
    """Return how many faults beside kills may have cut a batch in two."""
    carried = [each.fault for each in found.carried if each.began_s is not None]
    pauses = sum(each.kind is Kind.PAUSE for each in carried)
    stops = sum(each.kind is Kind.STOP and not each.target.startswith(WORKER) for each in carried)
    return pauses + stops + sum(found.ended_by_themselves.values())


def _problems(found: Found, faults: Sequence[FaultReport], bound: int) -> Iterator[str]:
    verdict = found.verdict
    if not verdict.ok:
        wrong = verdict.windows_missing + verdict.windows_wrong
        yield (
            f"the verdict: {verdict.missing:,} lost, {verdict.conflicting:,} conflicting, {wrong:,} rows of "
            "windows missing or wrong; see its offenders"
        )
    if verdict.windows_open:
        yield f"{verdict.windows_open:,} rows of the window statistics were not final at the end"
    if verdict.inputs < found.confirmed:
        yield f"the broker confirmed {found.confirmed:,} records and holds {verdict.inputs:,}"
    if verdict.redelivered > bound:
        yield f"{verdict.redelivered:,} redelivered, more than the bound of {bound:,}"
    if found.drained_s is None:
        yield "comments were still waiting at the end"
    yield from _misbehaviour(found, faults)
    undone = sum(each.began_s is None or each.ended_s is None for each in faults)
    if undone:
        yield f"{undone} faults of the schedule were not carried out in full"
    limit_s = found.plan.recovers_within_s
    if limit_s is not None:
        late = [each for each in faults if each.first_output_s is None or each.first_output_s > limit_s]
        if late:
            yield f"after {len(late)} faults it took more than {limit_s:g} s to the first new output"


def _misbehaviour(found: Found, faults: Sequence[FaultReport]) -> Iterator[str]:
    """Yield what workers did that they promise not to do."""
    if slow := found.forced.get(WORKER, 0):
        yield f"{slow} workers had not ended in their grace after SIGTERM"
    # One that starts in the very moment in which the broker dies may end; nothing else is a reason.
    ended = found.ended_by_themselves.get(WORKER, 0)
    excused = sum(each.target == BROKER and each.began_s is not None for each in faults)
    if ended > excused:
        yield f"{ended} workers ended by themselves"
    for fault in faults:
        if fault.for_s >= AWAY_S and (fault.workers_grew_bytes or 0) > FLAT_BYTES:
            yield f"a worker grew by {(fault.workers_grew_bytes or 0) / MIB:.0f} MiB while it waited"


def _drain_s(found: Found, last_fault_s: float) -> float | None:
    if found.drained_s is None:
        return None
    return round(max(0.0, found.drained_s - max(found.sent_s, last_fault_s)), 1)


def _outputs_per_s(samples: Sequence[Sample]) -> float:
    moving = [each for each in samples if each.lag > 0]
    if len(moving) <= 1:
        return 0.0
    first, last = moving[0], moving[-1]
    return round((sum(last.outputs) - sum(first.outputs)) / (last.at_s - first.at_s), 1)


def _slowest(times: Iterator[float | None]) -> float | None:
    return max((each for each in times if each is not None), default=None)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _seconds(seconds: float | None) -> str:
    return "not known" if seconds is None else f"{seconds:.1f} s"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
