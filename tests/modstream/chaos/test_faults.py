"""Faults are carried out on time, in full, and within bounds; by a clock that is moved."""

import signal

import pytest

from modstream.chaos.agenda import Agenda
from modstream.chaos.bad_records import Record
from modstream.chaos.faults import REVIVED_AFTER_S, USUAL_GRACE_S, Faults
from modstream.chaos.members import Member
from modstream.chaos.schedule import Fault, Kind
from modstream.chaos.timeline import Carried, Timeline
from modstream.local_kafka.errors import PortTakenError


class PretendMember(Member):
    """Ends on SIGKILL at once, and on SIGTERM unless it is stubborn."""

    def __init__(self, name: str, *, stubborn: bool = False, late_starts: int = 0) -> None:
        super().__init__(name)
        self.signals: list[int] = []
        self.starts = 0
        self.alive = False
        self._stubborn = stubborn
        self._late_starts = late_starts

    def start(self) -> None:
        if self._late_starts:
            self._late_starts -= 1
            raise PortTakenError(1)
        self.starts += 1
        self.alive = self.wanted = True

    def signal(self, number: int) -> None:
        self.signals.append(number)
        if number == signal.SIGKILL or (number == signal.SIGTERM and not self._stubborn):
            self.alive = False

    def reap(self) -> None:
        pass

    @property
    def pid(self) -> int | None:
        return 1 if self.alive else None


class PretendStack:
    """Members, and nothing else."""

    folder = "nowhere"

    def __init__(self, *members: PretendMember) -> None:
        self.members = {each.name: each for each in members}

    def wanted(self) -> list[PretendMember]:
        return [each for each in self.members.values() if each.wanted]


class Rig:
    """Faults on pretended members, under a clock of its own."""

    def __init__(self, *members: PretendMember, absent: bool = False) -> None:
        self.now_s = 0.0
        self.told: list[str] = []
        self.injected: list[Record] = []
        self.agenda = Agenda()
        if not absent:
            for member in members:
                member.alive = member.wanted = True
        timeline = Timeline(lambda: self.now_s, self.told.append)
        stack = PretendStack(*members)
        self.faults = Faults(stack, self.agenda, timeline, self.injected.append)  # type: ignore[arg-type]

    def run(self, until_s: float, *faults: Fault) -> list[Carried]:
        self.faults.plan(faults)
        while self.now_s < until_s:
            self.agenda.run_due(self.now_s)
            self.faults.supervise()
            self.now_s += 0.05
        return self.faults.carried


def test_killed_member_is_started_again_after_its_time() -> None:
    member = PretendMember("worker-1")
    rig = Rig(member)
    (carried,) = rig.run(5.0, Fault(1.0, Kind.KILL, "worker-1", 2.0))
    assert member.signals == [signal.SIGKILL]
    assert member.starts == 1
    assert carried.began_s == pytest.approx(1.0, abs=0.1)
    assert carried.ended_s == pytest.approx(3.0, abs=0.2)
    assert rig.faults.kills == {"worker": 1}
    assert not rig.faults.ended_by_themselves
    assert any("kill worker-1 (SIGKILL)" in line for line in rig.told)


def test_paused_member_goes_on() -> None:
    member = PretendMember("service")
    (carried,) = Rig(member).run(5.0, Fault(1.0, Kind.PAUSE, "service", 2.0))
    assert member.signals == [signal.SIGSTOP, signal.SIGCONT]
    assert None not in (carried.began_s, carried.ended_s)
    assert member.starts == 0


def test_stopped_member_is_away_from_its_end_on() -> None:
    member = PretendMember("broker")
    (carried,) = Rig(member).run(5.0, Fault(1.0, Kind.STOP, "broker", 2.0))
    assert (member.signals, member.starts) == ([signal.SIGTERM], 1)
    assert None not in (carried.began_s, carried.ended_s)


def test_member_that_does_not_end_in_its_grace_is_killed_and_that_is_told() -> None:
    member = PretendMember("worker-1", stubborn=True)
    rig = Rig(member)
    (carried,) = rig.run(30.0, Fault(1.0, Kind.REMOVE, "worker-1"))
    assert member.signals == [signal.SIGTERM, signal.SIGKILL]
    assert carried.ended_s == pytest.approx(1.2 + USUAL_GRACE_S, abs=0.5)
    assert (rig.faults.kills, rig.faults.forced) == ({}, {"worker": 1})
    assert any(f"had not ended {USUAL_GRACE_S:g} s after SIGTERM: killed" in line for line in rig.told)
    assert member.starts == 0


def test_added_worker_waits_until_the_removed_one_of_its_name_is_gone() -> None:
    member = PretendMember("worker-1", stubborn=True)
    rig = Rig(member)
    removed, added = rig.run(30.0, Fault(1.0, Kind.REMOVE, "worker-1"), Fault(2.0, Kind.ADD, "worker-1"))
    assert removed.ended_s is not None
    assert added.began_s is not None
    assert added.began_s > removed.ended_s > USUAL_GRACE_S
    assert member.alive


def test_member_that_ends_by_itself_is_started_again_and_counted() -> None:
    member = PretendMember("worker-1")
    rig = Rig(member)
    member.alive = False
    rig.run(REVIVED_AFTER_S + 0.2)
    assert member.alive
    assert rig.faults.ended_by_themselves == {"worker": 1}


def test_fault_waits_for_a_member_that_is_away() -> None:
    member = PretendMember("worker-1")
    rig = Rig(member)
    member.alive = False
    (carried,) = rig.run(5.0, Fault(0.1, Kind.KILL, "worker-1", 0.5))
    assert None not in (carried.began_s, carried.ended_s)
    assert rig.faults.kills == {"worker": 1}


def test_start_is_tried_again_while_what_was_killed_holds_the_port() -> None:
    member = PretendMember("service", late_starts=3)
    (carried,) = Rig(member).run(8.0, Fault(1.0, Kind.KILL, "service", 0.5))
    assert member.alive
    assert carried.ended_s == pytest.approx(3.0, abs=0.3)


def test_bad_record_is_sent() -> None:
    rig = Rig()
    (carried,) = rig.run(2.0, Fault(1.0, Kind.BAD_RECORD, "tombstone"))
    assert [each.value for each in rig.injected] == [None]
    assert None not in (carried.began_s, carried.ended_s)
