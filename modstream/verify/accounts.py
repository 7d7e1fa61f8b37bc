"""The account of every input: pure bookkeeping, fed with what was read, in any order between topics."""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from modstream.verify.ledger import (
    ABOVE,
    ANSWERED,
    CONFLICT,
    INPUT,
    LETTER,
    MISMATCH,
    PREDICTED,
    PREDICTED_AGAIN,
    PREDICTION,
    REJECTED,
    REJECTED_AGAIN,
    RESUBMISSION,
    WARNED,
    Ledger,
)
from modstream.verify.outputs import Forecast, Rejected, Warned
from modstream.verify.standings import STANDINGS, UNSETTLED, total
from modstream.verify.verdict import COMMENT_ERRORS, Offender, Verdict

OFFENDERS_SHOWN = 20
"""A verdict names so many offenders at the most."""

COUNTED_BY_RECORD = ("redelivered", "conflicting", "misplaced", "out_of_order", "malformed", "expired")
"""Fields of the verdict that are counted as the records come; the others follow from the ledgers."""

Observed = Forecast | Warned | Rejected


class Position(NamedTuple):
    """Where an output record is."""

    topic: str
    partition: int
    offset: int


class Accounts:
    """Accounts for every input of one topic by the outputs that name it.

    Call `open_partition` for each partition, `observe_...` for each record (those of one output partition in
    offset order), `verdict` whenever wanted. Memory: 26 bytes an input, 34 in partitions with dead letters,
    and twenty offenders of each kind.

    A record that brings an earlier one back is no input: its outputs count for that one, and none is an error
    if that one was dead-lettered. It is missing if it has none, and makes up for no loss of the earlier one.
    """

    def __init__(self, topic: str, threshold: float) -> None:
        self._topic = topic
        self._threshold = threshold
        self._ledgers: dict[int, Ledger] = {}
        self._counts: Counter[str] = Counter()
        self._offenders: dict[str, list[Offender]] = {}
        self._latest: dict[tuple[str, int], int] = {}

    def open_partition(self, partition: int, start: int) -> None:
        """Begin the account of a partition of the input topic.

        Args:
            partition: Its number.
            start: First offset of its log; what came before has expired.
        """
        self._ledgers[partition] = Ledger(start)

    def account_until(self, partition: int, end: int) -> None:
        """Account for every input before `end`; all of these will be shown to `observe_input`."""
        ledger = self._ledgers[partition]
        ledger.grow(end)
        ledger.scope = max(ledger.scope, end)

    def known_until(self, partition: int, end: int) -> None:
        """Learn that inputs up to `end` exist: outputs for them are no orphans, though not in the account."""
        self._ledgers[partition].grow(end)

    def observe_input(self, partition: int, offset: int) -> None:
        """Count an input record that really exists; offsets without one are gaps, not losses."""
        self._ledgers[partition].mark(offset, INPUT)

    def observe_resubmission(self, partition: int, offset: int) -> None:
        """Count a record that brings an earlier one back, in place of `observe_input`."""
        self._ledgers[partition].mark(offset, RESUBMISSION)

    def observe_prediction(self, at: Position, forecast: Forecast) -> None:
        """Enter a record of the prediction topic."""
        ledger = self._ledger_of(at, forecast)
        if ledger is None:
            return
        offset = forecast.source.offset
        flags = ledger.flags(offset)
        again = forecast.resubmission is not None
        first = not flags & PREDICTION
        self._check_place(at, forecast, in_line=not again and not flags & PREDICTED)
        self._compare(at, forecast, ledger, ledger.prediction(offset, forecast.content), first)
        ledger.mark(offset, PREDICTED_AGAIN if again else PREDICTED)
        if flags & LETTER and not again:
            self._conflict(at, forecast, ledger)
        if first:
            unlike = flags & WARNED and not ledger.agree(offset)
            above = forecast.probability > self._threshold
            ledger.mark(offset, (ABOVE if above else 0) | (MISMATCH if unlike else 0))

    def observe_dead_letter(self, at: Position, rejected: Rejected) -> None:
        """Enter a record of the dead-letter topic."""
        ledger = self._ledger_of(at, rejected)
        if ledger is None:
            return
        offset = rejected.source.offset
        flags = ledger.flags(offset)
        again = rejected.resubmission is not None
        self._check_place(at, rejected, in_line=not again and not flags & REJECTED)
        if not again:
            first = not flags & REJECTED
            self._compare(at, rejected, ledger, ledger.letter(offset, rejected.content), first)
        elif flags & LETTER:
            self._counts["redelivered"] += 1  # the error may be another one by now
        ledger.mark(offset, REJECTED_AGAIN if again else REJECTED)
        if flags & PREDICTED:
            self._conflict(at, rejected, ledger)

    def observe_alert(self, at: Position, warned: Warned) -> None:
        """Enter a record of the alert topic."""
        ledger = self._ledger_of(at, warned)
        if ledger is None:
            return
        offset = warned.source.offset
        flags = ledger.flags(offset)
        first = not flags & WARNED
        self._check_place(at, warned, in_line=first and warned.resubmission is None)
        self._compare(at, warned, ledger, ledger.warning(offset, warned.content), first)
        if first:
            ledger.told(offset, warned.told)
            unlike = flags & PREDICTION and not ledger.agree(offset)
            ledger.mark(offset, WARNED | (MISMATCH if unlike or not warned.above else 0))

    def observe_malformed(self, at: Position) -> None:
        """Count an output record that cannot be read."""
        self._offend("malformed", at)

    def verdict(self) -> Verdict:
        """Return what is known now; may be called again after more records."""
        census: Counter[int] = Counter()
        for ledger in self._ledgers.values():
            census.update(ledger.census())
        counts = {name: self._counts[name] for name in COUNTED_BY_RECORD}
        for name, combinations in STANDINGS.items():
            counts[name] = self._counts[name] + total(census, combinations)
        wrong = any(counts[name] for name in COMMENT_ERRORS)
        fields = {**counts, "offenders": self._shown() if wrong else (), "ok": not wrong}
        return msgspec.convert(fields, Verdict)

    @property
    def settled(self) -> bool:
        """Whether every input has its outcome and every outcome its alert, so that waiting is over."""
        return not any(total(ledger.census(), UNSETTLED) for ledger in self._ledgers.values())

    @property
    def size_bytes(self) -> int:
        """Return the memory that the entries take."""
        return sum(ledger.size_bytes for ledger in self._ledgers.values())

    def _ledger_of(self, at: Position, output: Observed) -> Ledger | None:
        """Return where to enter an output, or None after counting one whose source is not there."""
        source, resubmission = output.source, output.resubmission
        ledger = self._ledgers.get(source.partition) if source.topic == self._topic else None
        read = source.offset if resubmission is None else resubmission
        if ledger is None or read >= ledger.known:
            self._offend("orphaned", at, output)
            return None
        if resubmission is not None and resubmission >= ledger.start:
            ledger.mark(resubmission, ANSWERED)
        if source.offset < ledger.start:
            self._counts["expired"] += 1
            return None
        return ledger

    def _compare(self, at: Position, output: Observed, ledger: Ledger, earlier: int, first: bool) -> None:
        if earlier != output.content:
            self._conflict(at, output, ledger)
        elif not first:
            self._counts["redelivered"] += 1

    def _conflict(self, at: Position, output: Observed, ledger: Ledger) -> None:
        if not ledger.flags(output.source.offset) & CONFLICT:
            ledger.mark(output.source.offset, CONFLICT)
            self._offend("conflicting", at, output)

    def _check_place(self, at: Position, output: Observed, in_line: bool) -> None:
        """Check the partition and, for what has to be in line, the order.

        A repetition may come late, for it follows a restart, and what comes from a resubmission always does.
        """
        if at.partition != output.source.partition:
            self._offend("misplaced", at, output)
        elif in_line:
            line = (at.topic, at.partition)
            if output.source.offset < self._latest.get(line, -1):
                self._offend("out_of_order", at, output)
            else:
                self._latest[line] = output.source.offset

    def _offend(self, kind: str, at: Position, output: Observed | None = None) -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= OFFENDERS_SHOWN:
            comment, event_id = (output.comment, output.source.event_id) if output else (None, None)
            offender = Offender(kind, at.topic, at.partition, at.offset, comment, event_id)
            self._offenders.setdefault(kind, []).append(offender)

    def _shown(self) -> tuple[Offender, ...]:
        """Return the first offenders, each kind in its turn, so that no kind hides another."""
        by_kind = [self._offenders.get(kind, []) + list(self._slots(kind)) for kind in COMMENT_ERRORS]
        in_turn = [each for row in zip_longest(*by_kind) for each in row if each is not None]
        return tuple(in_turn[:OFFENDERS_SHOWN])

    def _slots(self, kind: str) -> Iterator[Offender]:
        """Yield the source records of which a ledger says so."""
        for partition, ledger in sorted(self._ledgers.items()):
            for offset in ledger.offsets_with(STANDINGS.get(kind, frozenset()), OFFENDERS_SHOWN):
                yield Offender(kind, self._topic, partition, offset)
