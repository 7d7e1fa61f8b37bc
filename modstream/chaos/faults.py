"""Carries faults out: signals now, and the second half when its time has come. One thread, nothing waits."""

import signal
from collections import Counter
from collections.abc import Callable

from model_service.errors import ServiceStartError
from modstream.chaos.agenda import Agenda
from modstream.chaos.bad_records import Record, bad_record
from modstream.chaos.errors import MemberNotBackError
from modstream.chaos.members import Member
from modstream.chaos.schedule import BROKER, Fault, Kind, role_of
from modstream.chaos.stack import Stack
from modstream.chaos.timeline import Carried, Timeline
from modstream.local_kafka.errors import LocalKafkaError

GRACE_S = {BROKER: 30.0}
USUAL_GRACE_S = 12.0
"""How long after SIGTERM a process is killed, in seconds; the broker has longer."""

LOOK_EVERY_S = 0.1
REVIVED_AFTER_S = 1.0
"""How long after a member ended by itself it is started again, as a supervisor would."""

STARTS = 20
START_AGAIN_AFTER_S = 0.5


class Faults:
    """Carries out the faults of a plan on a pipeline."""

    def __init__(
        self, stack: Stack, agenda: Agenda, timeline: Timeline, inject: Callable[[Record], None]
    ) -> None:
        """Prepare; nothing is done before `plan`.

        Args:
            stack: The running pipeline.
            agenda: Where the second halves go.
            timeline: Told of everything.
            inject: Puts a record on the comments' topic.
        """
        self._stack = stack
        self._agenda = agenda
        self._timeline = timeline
        self._inject = inject
        self.carried: list[Carried] = []
        self.kills: Counter[str] = Counter()
        """SIGKILLs of the schedule, by role."""
        self.forced: Counter[str] = Counter()
        """SIGKILLs of what did not end within its grace after SIGTERM, by role."""
        self.ended_by_themselves: Counter[str] = Counter()
        self._expected_down: set[str] = set()

    def plan(self, faults: tuple[Fault, ...]) -> None:
        """Put faults on the agenda."""
        for fault in faults:
            carried = Carried(fault)
            self.carried.append(carried)
            self._agenda.add(fault.at_s, lambda carried=carried: self._begin(carried))  # type: ignore[misc]

    def supervise(self) -> None:
        """Start again, soon, what has ended by itself; call it often."""
        for member in list(self._stack.wanted()):
            if member.is_running or member.name in self._expected_down:
                continue
            self.ended_by_themselves[role_of(member.name)] += 1
            self._timeline.note(f"{member.name} ended by itself")
            self._expected_down.add(member.name)
            self._later(REVIVED_AFTER_S, lambda member=member: self._start(member))  # type: ignore[misc]

    def _begin(self, carried: Carried) -> None:
        fault = carried.fault
        if fault.kind is Kind.BAD_RECORD:
            carried.began_s = carried.ended_s = self._timeline.note(f"bad record: {fault.target}")
            self._inject(bad_record(fault.target, len(self._timeline.moments)))
            return
        member = self._stack.members[fault.target]
        if fault.kind is Kind.ADD:
            self._add(carried, member)
        elif member.name in self._expected_down or not member.is_running:
            self._later(LOOK_EVERY_S, lambda: self._begin(carried))  # it is about to be there
        else:
            _HITS[fault.kind](self, carried, member)

    def _add(self, carried: Carried, member: Member) -> None:
        if member.is_running or member.name in self._expected_down:  # it was removed just now
            self._later(LOOK_EVERY_S, lambda: self._begin(carried))
            return
        carried.began_s = carried.ended_s = self._timeline.note(f"add {member.name}")
        self._start(member, told=True)

    def _kill(self, carried: Carried, member: Member) -> None:
        self._expected_down.add(member.name)
        member.signal(signal.SIGKILL)
        self.kills[role_of(member.name)] += 1
        carried.began_s = self._timeline.note(f"kill {member.name} (SIGKILL)")
        self._later(carried.fault.for_s, lambda: self._start(member, carried))

    def _pause(self, carried: Carried, member: Member) -> None:
        member.signal(signal.SIGSTOP)
        for_s = carried.fault.for_s
        carried.began_s = self._timeline.note(f"pause {member.name} for {for_s:g} s (SIGSTOP)")
        self._later(for_s, lambda: self._continue(carried, member))

    def _continue(self, carried: Carried, member: Member) -> None:
        member.signal(signal.SIGCONT)
        carried.ended_s = self._timeline.note(f"{member.name} goes on (SIGCONT)")

    def _stop(self, carried: Carried, member: Member) -> None:
        for_s = carried.fault.for_s
        carried.began_s = self._timeline.note(f"stop {member.name} for {for_s:g} s (SIGTERM)")
        self._end(member, lambda: self._later(for_s, lambda: self._start(member, carried)))

    def _remove(self, carried: Carried, member: Member) -> None:
        carried.began_s = self._timeline.note(f"remove {member.name} (SIGTERM)")

        def gone() -> None:
            self._expected_down.discard(member.name)
            carried.ended_s = self._timeline.note(f"{member.name} is gone")

        self._end(member, gone)
        member.wanted = False

    def _end(self, member: Member, then: Callable[[], None]) -> None:
        """Ask a member to end, see to it that it does, and do something once it has."""
        self._expected_down.add(member.name)
        member.signal(signal.SIGTERM)
        grace_s = GRACE_S.get(member.name, USUAL_GRACE_S)
        self._await_end(member, self._timeline.now_s + grace_s, grace_s, then)

    def _await_end(self, member: Member, until_s: float, grace_s: float, then: Callable[[], None]) -> None:
        if not member.is_running:
            then()
            return
        if self._timeline.now_s > until_s:
            member.signal(signal.SIGKILL)
            self.forced[role_of(member.name)] += 1
            self._timeline.note(f"{member.name} had not ended {grace_s:g} s after SIGTERM: killed")
            until_s = float("inf")
        self._later(LOOK_EVERY_S, lambda: self._await_end(member, until_s, grace_s, then))

    def _start(
        self, member: Member, carried: Carried | None = None, *, told: bool = False, tries: int = 1
    ) -> None:
        """Start a member; what is left of its last life may keep it from it for a moment."""
        try:
            member.start()
        except (ServiceStartError, LocalKafkaError) as error:
            if tries == STARTS:
                raise MemberNotBackError(member.name, tries, self._stack.folder) from error
            self._later(START_AGAIN_AFTER_S, lambda: self._start(member, carried, told=told, tries=tries + 1))
            return
        self._expected_down.discard(member.name)
        now_s = self._timeline.now_s if told else self._timeline.note(f"start {member.name}")
        if carried is not None:
            carried.ended_s = now_s

    def _later(self, in_s: float, task: Callable[[], None]) -> None:
        self._agenda.add(self._timeline.now_s + in_s, task)


_HITS: dict[Kind, Callable[[Faults, Carried, Member], None]] = {
    Kind.KILL: Faults._kill,
    Kind.PAUSE: Faults._pause,
    Kind.STOP: Faults._stop,
    Kind.REMOVE: Faults._remove,
}
