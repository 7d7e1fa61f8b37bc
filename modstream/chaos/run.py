"""One chaos run, from an empty folder to a verified report."""

import time
from collections.abc import Iterator

from modstream.chaos.agenda import Agenda
from modstream.chaos.faults import Faults
from modstream.chaos.plan import Plan
from modstream.chaos.report import ChaosReport, Found, report_of
from modstream.chaos.sending import Sending
from modstream.chaos.stack import Stack
from modstream.chaos.timeline import Timeline
from modstream.chaos.view import Show, standing
from modstream.chaos.watching import Sample, Watcher
from modstream.console import progress, say
from modstream.replay import Outgoing
from modstream.thresholds import threshold_of
from modstream.verify import Verdict
from streams.settings import StreamSettings

TICK_S = 0.02

STALLED_AFTER_S = 120.0
"""How long nothing may be done with, once the faults are over and comments wait, in seconds."""

SETTLED_WITHIN_S = 60.0
"""How long verification waits for the last outcomes."""


class Patience:
    """Tells when nothing has moved for too long; the clock is an argument."""

    def __init__(self) -> None:
        self._moved_s: float | None = None
        self._done = -1

    def is_over(self, now_s: float, done: int) -> bool:
        """Return whether the count of what is done did not change for `STALLED_AFTER_S`."""
        if self._moved_s is None or done != self._done:
            self._moved_s, self._done = now_s, done
        return now_s - self._moved_s > STALLED_AFTER_S


class ChaosRun:
    """Sends comments through a stack, hurts it by a plan, lets it recover, and verifies."""

    def __init__(self, plan: Plan, comments: Iterator[Outgoing], stack: Stack) -> None:
        self._plan = plan
        self._comments = comments
        self._stack = stack
        self._agenda = Agenda()
        self._sent_s: float | None = None
        self.watcher: Watcher
        """What was seen; there once the run has begun."""

    def run(self) -> ChaosReport:
        """Start, hurt, recover, verify.

        Raises:
            ModstreamError: With what went wrong with the run itself; the report says what the pipeline did.
        """
        plan, stack = self._plan, self._stack
        say(f"seed {plan.seed}, scenario {plan.scenario}: {len(plan.faults)} faults in {plan.seconds:.0f} s")
        stack.start(plan.workers)
        timeline = Timeline(time.monotonic, say)
        sending = Sending(
            self._comments, plan.per_s, stack.cluster, stack.topics.comments.name, lambda: timeline.now_s
        )
        self.watcher = Watcher(stack, lambda: timeline.now_s)
        faults = Faults(stack, self._agenda, timeline, sending.inject)
        faults.plan(plan.faults)
        sending.start()
        self.watcher.start()
        try:
            with standing() as show:
                self._until_faults_are_over(faults, timeline, sending, show)
                drained_s = self._until_drained(faults, timeline, sending, show)
        finally:
            sending.stop()
            self.watcher.stop()
        return self._report(faults, timeline, sending, drained_s)

    def _until_faults_are_over(
        self, faults: Faults, timeline: Timeline, sending: Sending, show: Show
    ) -> None:
        """Carry out the schedule while comments are sent; both are over when this returns."""
        while not (self._is_sent(sending, timeline) and self._agenda.is_empty):
            self._tick(faults, timeline, sending, show)

    def _until_drained(
        self, faults: Faults, timeline: Timeline, sending: Sending, show: Show
    ) -> float | None:
        """Return when the group was done with every comment; None when it stopped getting on with it."""
        over_s = timeline.note("no more faults; waiting until every comment is done with")
        patience = Patience()
        while True:
            self._tick(faults, timeline, sending, show)
            latest = self.watcher.latest
            # A sample from before the last comment or fault does not know of it.
            if latest and latest.at_s > over_s and latest.lag == 0 and self._agenda.is_empty:
                return timeline.note("every comment is done with")
            if patience.is_over(timeline.now_s, sum(latest.committed) if latest else 0):
                timeline.note(f"nothing was done with for {STALLED_AFTER_S:g} s")
                return None

    def _tick(self, faults: Faults, timeline: Timeline, sending: Sending, show: Show) -> None:
        time.sleep(TICK_S)
        self._agenda.run_due(timeline.now_s)
        faults.supervise()
        show(timeline.now_s, _standing(sending, self.watcher.latest))

    def _is_sent(self, sending: Sending, timeline: Timeline) -> bool:
        if sending.is_done and self._sent_s is None:
            self._sent_s = timeline.note(f"every comment is sent ({sending.confirmed:,} records confirmed)")
        return sending.is_done

    def _report(
        self, faults: Faults, timeline: Timeline, sending: Sending, drained_s: float | None
    ) -> ChaosReport:
        settings = StreamSettings()
        seconds = timeline.now_s
        verdict = _verified(self._stack, settings)
        return report_of(
            Found(
                plan=self._plan,
                partitions=self._stack.topics.comments.partitions,
                batch_size=settings.batch_size,
                carried=faults.carried,
                moments=timeline.moments,
                samples=self.watcher.samples,
                memory=self.watcher.memory,
                kills=faults.kills,
                forced=faults.forced,
                ended_by_themselves=faults.ended_by_themselves,
                confirmed=sending.confirmed,
                bad_records=sending.bad,
                repeated=sending.repeated,
                sent_s=self._sent_s or seconds,
                drained_s=drained_s,
                verdict=verdict,
                seconds=seconds,
            )
        )


def _verified(stack: Stack, settings: StreamSettings) -> Verdict:
    import asyncio

    from modstream.verify.audit import audit_once

    say("verifying: one outcome for every comment, and every window final")
    with progress("verifying", total=None) as advance:
        return asyncio.run(
            audit_once(
                stack.cluster,
                stack.topics,
                threshold_of(),
                windows=settings.windows,
                windows_too=True,
                wait_s=SETTLED_WITHIN_S,
                on_read=advance,
            )
        )


def _standing(sending: Sending, latest: Sample | None) -> str:
    if latest is None:
        return f"{sending.confirmed:,} records sent"
    return f"{sending.confirmed:,} records sent, {sum(latest.outputs):,} outputs, {latest.lag:,} waiting"
