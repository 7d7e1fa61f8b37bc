import pytest

from modstream.demo.tally import NEWEST_ALERTS, AlertLine, Tally
from streams.records import Reason


def make_alert(comment_id: str) -> AlertLine:
    return AlertLine(0.9, comment_id, "text", (Reason("word", 1.0),))


def test_latency_is_from_comment_to_prediction_whichever_is_read_first() -> None:
    tally = Tally()
    tally.see_input("a", 1_000)
    tally.see_prediction("b", 2_050)
    tally.see_prediction("a", 1_020)
    tally.see_input("b", 2_000)
    assert sorted(tally.latencies_ms) == [20.0, 50.0]


def test_lag_is_what_has_no_outcome_yet() -> None:
    tally = Tally()
    for number in range(5):
        tally.see_input(str(number), 0)
    tally.see_prediction("0", 0)
    tally.see_dead_letter("1")
    assert (tally.settled, tally.lag) == (2, 3)


@pytest.mark.parametrize("outcomes_first", [False, True])
def test_repeated_outcome_settles_nothing(outcomes_first: bool) -> None:
    tally = Tally()
    if outcomes_first:
        tally.see_prediction("0", 7)
        tally.see_prediction("0", 9)
    for number in range(3):
        tally.see_input(str(number), 5)
    if not outcomes_first:
        tally.see_prediction("0", 7)
        tally.see_prediction("0", 9)
    tally.see_dead_letter("1")
    tally.see_dead_letter("1")
    assert (tally.settled, tally.lag) == (2, 1)
    assert len(tally.latencies_ms) == 1


def test_outcome_of_an_unknown_comment_settles_nothing() -> None:
    tally = Tally()
    tally.see_prediction("0", 0)
    assert (tally.settled, tally.lag) == (0, 0)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 51.0), (0.99, 100.0), (1.0, 100.0), (0.0, 1.0)])
def test_latency_of_a_share(share: float, expected: float) -> None:
    tally = Tally()
    tally.latencies_ms.extend(float(each) for each in range(100, 0, -1))
    assert tally.latency_ms(share) == expected


def test_latency_before_the_first_prediction_is_none() -> None:
    assert Tally().latency_ms(0.5) is None


def test_newest_alerts_come_first_and_old_ones_go() -> None:
    tally = Tally()
    for number in range(NEWEST_ALERTS + 3):
        tally.see_alert(make_alert(str(number)))
    assert tally.alerts == NEWEST_ALERTS + 3
    assert [alert.comment_id for alert in tally.newest][:2] == [
        str(NEWEST_ALERTS + 2),
        str(NEWEST_ALERTS + 1),
    ]
    assert len(tally.newest) == NEWEST_ALERTS
