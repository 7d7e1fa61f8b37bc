"""One run of the demo, from nothing to a verified result."""

import threading
import time
from collections.abc import Iterator

from modstream.console import say
from modstream.demo.errors import ReplayFailedError, StalledError
from modstream.demo.memory import resident_bytes
from modstream.demo.options import DemoOptions, DemoReport
from modstream.demo.stack import Stack
from modstream.demo.tally import Tally
from modstream.demo.view import view_for_console
from modstream.demo.watching import Watcher
from modstream.replay import Outgoing, Pace, ReplayReport, replay
from modstream.thresholds import threshold_of
from modstream.verify import verify
from streams.settings import StreamSettings

REFRESH_S = 0.2
STALLED_AFTER_S = 60.0
"""How long nothing may come out while comments wait; a service that is loading takes less."""


SETTLED_WITHIN_S = 15.0
"""How long verification waits: a batch's predictions may be seen before its alerts are published."""


class Patience:
    """Tells when nothing has come out for too long; the clock is an argument."""

    def __init__(self, now_s: float) -> None:
        self._moved_s = now_s
        self._settled = 0

    def is_over(self, now_s: float, settled: int, *, idle: bool) -> bool:
        """Return whether nothing was settled for `STALLED_AFTER_S`.

        Args:
            now_s: Seconds after some start.
            settled: How many comments have their outcome.
            idle: That there is nothing to settle now, and more will come.
        """
        if settled > self._settled or idle:
            self._moved_s, self._settled = now_s, settled
        return now_s - self._moved_s > STALLED_AFTER_S


class Replaying(threading.Thread):
    """Sends the comments while the main thread shows what comes out."""

    def __init__(self, comments: Iterator[Outgoing], stack: Stack, pace: Pace) -> None:
        super().__init__(name="replay", daemon=True)
        self._comments = comments
        self._stack = stack
        self._pace = pace
        self._enough = threading.Event()
        self._report: ReplayReport | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Send until the end or until told to stop."""
        try:
            self._report = replay(
                self._comments,
                self._stack.cluster,
                self._stack.topics.comments.name,
                self._pace,
                should_stop=self._enough.is_set,
            )
        except Exception as error:  # the thread's outermost edge: told to whoever asks for the report
            self._error = error

    def stop(self) -> None:
        """Stop sending."""
        self._enough.set()
        if self.is_alive():
            self.join()

    def report(self) -> ReplayReport | None:
        """Return what was sent, None while it is being sent.

        Raises:
            ModstreamError: If the replay ended with an error, or some comments were refused.
        """
        if self._error is not None:
            raise self._error
        if self._report is not None and self._report.failed:
            raise ReplayFailedError(self._report.failed, self._report.failures[0].reason)
        return self._report


class Demo:
    """Replays comments through a stack and watches what comes out."""

    def __init__(self, stack: Stack, comments: Iterator[Outgoing], options: DemoOptions) -> None:
        self._stack = stack
        self._comments = comments
        self._options = options
        self._threshold = threshold_of()
        self._tally = Tally()
        self._started = time.monotonic()
        self._first_alert_s: float | None = None
        self._peak_bytes = 0

    def run(self) -> DemoReport:
        """Start, replay, watch, verify.

        Raises:
            ModstreamError: With what went wrong.
        """
        stack, threshold = self._stack, self._threshold
        say(f"Starting Kafka, the model service and {self._options.workers} worker(s); logs: {stack.logs}")
        stack.start(self._options.workers)
        watcher = Watcher(stack.cluster, stack.topics, self._tally)
        replaying = Replaying(self._comments, stack, self._options.pace)
        watcher.start()
        replaying.start()
        try:
            sent = self._show_until_settled(replaying, watcher)
        finally:
            replaying.stop()
            watcher.stop()
        say("Verifying: one outcome for every comment")
        windows = StreamSettings().windows
        verdict = verify(stack.cluster, stack.topics, threshold, wait_s=SETTLED_WITHIN_S, windows=windows)
        return DemoReport(
            comments=verdict.inputs,
            predictions=verdict.predicted,
            dead_letters=verdict.dead_lettered,
            alerts=verdict.alerts,
            lost=verdict.missing,
            conflicting=verdict.conflicting,
            threshold=threshold,
            rate=sent.rate,
            first_alert_s=self._first_alert_s,
            latency_p50_ms=self._tally.latency_ms(0.5),
            latency_p99_ms=self._tally.latency_ms(0.99),
            peak_memory_bytes=self._peak_bytes,
            seconds=self._seconds(),
            verification=verdict,
        )

    def _show_until_settled(self, replaying: Replaying, watcher: Watcher) -> ReplayReport:
        view = view_for_console()
        patience = Patience(self._seconds())
        try:
            while True:
                time.sleep(REFRESH_S)
                self._stack.require_alive()
                watcher.require_alive()
                self._peak_bytes = max(self._peak_bytes, resident_bytes())
                now_s, tally = self._seconds(), self._tally
                view.update(tally, now_s)
                if tally.alerts and self._first_alert_s is None:
                    self._first_alert_s = now_s
                sent = replaying.report()
                if sent is not None and tally.settled >= sent.sent:
                    return sent
                if patience.is_over(now_s, tally.settled, idle=sent is None and not tally.lag):
                    waiting = tally.lag if sent is None else sent.sent - tally.settled
                    raise StalledError(waiting, STALLED_AFTER_S, str(self._stack.logs))
        finally:
            view.close()

    def _seconds(self) -> float:
        return time.monotonic() - self._started
