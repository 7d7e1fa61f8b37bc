"""The account of every input: pure bookkeeping, fed with what was read, in any order between topics."""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from modstream.verify.ledger import (
    ABOVE,
    CONFLICT,
    INPUT,
    MISMATCH,
    PREDICTED,
    REJECTED,
    WARNED,
    Ledger,
)
from modstream.verify.outputs import Forecast, Rejected, Warned
from modstream.verify.standings import STANDINGS, UNSETTLED, total
from modstream.verify.verdict import ERRORS, Offender, Verdict

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
    offset order), `verdict` whenever wanted. Memory: 25 bytes an input, and twenty offenders of each kind.
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

    def observe_prediction(self, at: Position, forecast: Forecast) -> None:
        """Enter a record of the prediction topic."""
        ledger = self._ledger_of(at, forecast)
        if ledger is None:
            return
        offset = forecast.source.offset
        flags = ledger.flags(offset)
        if self._enter(at, forecast, ledger, PREDICTED, REJECTED):
            ledger.mark(offset, PREDICTED | (ABOVE if forecast.probability > self._threshold else 0))
            if flags & WARNED and not ledger.agree(offset):
                ledger.mark(offset, MISMATCH)

    def observe_dead_letter(self, at: Position, rejected: Rejected) -> None:
        """Enter a record of the dead-letter topic."""
        ledger = self._ledger_of(at, rejected)
        if ledger is not None and self._enter(at, rejected, ledger, REJECTED, PREDICTED):
            ledger.mark(rejected.source.offset, REJECTED)

    def observe_alert(self, at: Position, warned: Warned) -> None:
        """Enter a record of the alert topic."""
        ledger = self._ledger_of(at, warned)
        if ledger is None:
            return
        offset = warned.source.offset
        flags = ledger.flags(offset)
        first = not flags & WARNED
        self._check_place(at, warned, first)
        self._compare(at, warned, ledger, ledger.warning(offset, warned.content), first)
        if first:
            ledger.told(offset, warned.told)
            unlike = flags & PREDICTED and not ledger.agree(offset)
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
        wrong = any(counts[name] for name in ERRORS)
        return Verdict(**counts, offenders=self._shown() if wrong else (), ok=not wrong)

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
        source = output.source
        ledger = self._ledgers.get(source.partition) if source.topic == self._topic else None
        if ledger is None or source.offset >= ledger.known:
            self._offend("orphaned", at, output)
            return None
        if source.offset < ledger.start:
            self._counts["expired"] += 1
            return None
        return ledger

    def _enter(
        self, at: Position, output: Forecast | Rejected, ledger: Ledger, same: int, other: int
    ) -> bool:
        """Compare an outcome with what was there; tells whether it is the first of its kind."""
        offset = output.source.offset
        flags = ledger.flags(offset)
        first = not flags & same
        self._check_place(at, output, first)
        if flags & other:
            self._conflict(at, output, ledger)
        else:
            self._compare(at, output, ledger, ledger.outcome(offset, output.content), first)
        return first

    def _compare(self, at: Position, output: Observed, ledger: Ledger, earlier: int, first: bool) -> None:
        if earlier != output.content:
            self._conflict(at, output, ledger)
        elif not first:
            self._counts["redelivered"] += 1

    def _conflict(self, at: Position, output: Observed, ledger: Ledger) -> None:
        if not ledger.flags(output.source.offset) & CONFLICT:
            ledger.mark(output.source.offset, CONFLICT)
            self._offend("conflicting", at, output)

    def _check_place(self, at: Position, output: Observed, first: bool) -> None:
        """Check partition and order; a repetition may come late, for it follows a restart."""
        if at.partition != output.source.partition:
            self._offend("misplaced", at, output)
        elif first:
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
        by_kind = [self._offenders.get(kind, []) + list(self._slots(kind)) for kind in ERRORS]
        in_turn = [each for row in zip_longest(*by_kind) for each in row if each is not None]
        return tuple(in_turn[:OFFENDERS_SHOWN])

    def _slots(self, kind: str) -> Iterator[Offender]:
        """Yield the source records of which a ledger says so."""
        for partition, ledger in sorted(self._ledgers.items()):
            for offset in ledger.offsets_with(STANDINGS.get(kind, frozenset()), OFFENDERS_SHOWN):
                yield Offender(kind, self._topic, partition, offset)
