import pytest

from modstream.errors import OptionsError
from modstream.replay.comments import Outgoing
from modstream.replay.errors import NoEventTimeError
from modstream.replay.pacing import (
    LONGEST_NAP_S,
    AsFastAsPossible,
    FixedRate,
    Pace,
    Pacer,
    SpedUp,
    parse_pace,
)


class MovedClock:
    """A clock that moves when slept on, by as much as asked and a little more, as real ones do."""

    def __init__(self, oversleep_s: float = 0.0) -> None:
        self.now_s = 1000.0
        self.naps_s: list[float] = []
        self._oversleep_s = oversleep_s

    def read(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.naps_s.append(seconds)
        self.now_s += seconds + self._oversleep_s


def written_at(created_utc: float | None, round_number: int = 1) -> Outgoing:
    return Outgoing("c1", b"{}", "comments.csv, line 2", created_utc, round_number)


def never() -> bool:
    return False


def due_times(pace: Pace, comments: list[Outgoing]) -> list[float]:
    return [pace.due_s(index, comment) for index, comment in enumerate(comments)]


def test_a_fixed_rate_spaces_comments_evenly() -> None:
    assert due_times(FixedRate(4.0), [written_at(None)] * 4) == [0.0, 0.25, 0.5, 0.75]


def test_at_full_speed_every_comment_is_due_at_once() -> None:
    assert due_times(AsFastAsPossible(), [written_at(5.0)] * 3) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([100.0, 110.0, 130.0], [0.0, 1.0, 3.0], id="in order"),
        pytest.param(
            [100.0, 130.0, 110.0, 140.0], [0.0, 3.0, 3.0, 4.0], id="an older one goes with the last"
        ),
        pytest.param([100.0, 100.0], [0.0, 0.0], id="at the same time"),
        pytest.param([], [], id="none"),
    ],
)
def test_sped_up_follows_the_comments_own_times(times: list[float], expected: list[float]) -> None:
    assert due_times(SpedUp(10.0), [written_at(time) for time in times]) == expected


def test_a_second_round_begins_where_the_first_ended() -> None:
    comments = [written_at(time, number) for number in (1, 2, 3) for time in (100.0, 120.0)]
    assert due_times(SpedUp(10.0), comments) == [0.0, 2.0, 2.0, 4.0, 4.0, 6.0]


def test_a_comment_without_time_cannot_be_sped_up() -> None:
    with pytest.raises(NoEventTimeError, match=r"comments\.csv, line 2 has no created_utc"):
        SpedUp(10.0).due_s(0, written_at(None))


def test_oversleeping_never_adds_up() -> None:
    clock = MovedClock(oversleep_s=0.004)
    pacer = Pacer(FixedRate(100.0), clock.read, clock.sleep)
    for index in range(1000):
        assert pacer.wait_for(written_at(None), never)
        late_s = clock.now_s - 1000.0 - index / 100.0
        assert -1e-9 < late_s < 0.0041


def test_after_a_stall_the_comments_that_are_due_go_at_once() -> None:
    clock = MovedClock()
    pacer = Pacer(FixedRate(10.0), clock.read, clock.sleep)
    pacer.wait_for(written_at(None), never)
    clock.now_s += 0.5
    for _ in range(5):
        assert pacer.wait_for(written_at(None), never)
    assert clock.naps_s == []


def test_a_long_wait_hears_a_request_to_stop() -> None:
    clock = MovedClock()
    pacer = Pacer(SpedUp(1.0), clock.read, clock.sleep)
    pacer.wait_for(written_at(0.0), never)
    assert not pacer.wait_for(written_at(86_400.0), lambda: clock.now_s > 1001.0)
    assert clock.now_s < 1001.0 + 2 * LONGEST_NAP_S


@pytest.mark.parametrize(
    ("rate", "speed", "expected"),
    [
        pytest.param(None, None, FixedRate(100.0), id="default"),
        pytest.param("2.5", None, FixedRate(2.5), id="rate"),
        pytest.param("max", None, AsFastAsPossible(), id="max"),
        pytest.param("MAX", None, AsFastAsPossible(), id="max in capitals"),
        pytest.param(None, "x10", SpedUp(10.0), id="speed"),
        pytest.param(None, "10x", SpedUp(10.0), id="speed, x behind"),
        pytest.param(None, "0.5", SpedUp(0.5), id="speed without x"),
    ],
)
def test_options_name_a_pace(rate: str | None, speed: str | None, expected: Pace) -> None:
    assert parse_pace(rate, speed, 100.0) == expected


@pytest.mark.parametrize(
    ("rate", "speed", "message"),
    [
        pytest.param("5", "x10", "exclude each other", id="both"),
        pytest.param("0", None, "--rate 0", id="no rate"),
        pytest.param("-3", None, "--rate -3", id="negative rate"),
        pytest.param("fast", None, "--rate fast", id="rate of words"),
        pytest.param("nan", None, "--rate nan", id="rate not a number"),
        pytest.param("inf", None, "--rate inf", id="rate without end"),
        pytest.param(None, "x", "--speed x", id="speed without number"),
        pytest.param(None, "x0", "--speed x0", id="no speed"),
    ],
)
def test_options_that_make_no_sense_are_refused(rate: str | None, speed: str | None, message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        parse_pace(rate, speed, 100.0)
