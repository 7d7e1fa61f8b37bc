"""A worker is stuck when comments wait and none is finished; waiting for something else is not that."""

import pytest

from streams.health import Progress, Report

Seen = tuple[float, int, int | None, bool, bool]


@pytest.mark.parametrize(
    ("seen", "stuck_for_s"),
    [
        ([], 20.0),
        ([(5.0, 0, 3, False, False), (15.0, 0, 9, False, False)], 20.0),
        ([(15.0, 1, 3, False, False)], 5.0),
        ([(15.0, 0, 0, False, False)], 5.0),
        ([(15.0, 0, None, False, False)], 5.0),
        ([(15.0, 0, 7, True, False)], 5.0),
        ([(15.0, 0, 0, False, True)], 20.0),
        ([(1.0, 4, 7, False, False), (15.0, 4, 7, False, False)], 19.0),
    ],
    ids=[
        "nothing seen",
        "lag and nothing finished",
        "a batch finished",
        "nothing waits",
        "broker away",
        "service away",
        "partitions that never come",
        "no batch since",
    ],
)
def test_worker_is_stuck_since_the_last_sign_of_life(seen: list[Seen], stuck_for_s: float) -> None:
    progress = Progress(now_s=0.0)
    for now_s, done, lag, waits, moves in seen:
        progress.see(now_s, done, lag, waits=waits, moves=moves)
    assert progress.stuck_for_s(20.0) == stuck_for_s


def test_report_names_the_faults_there_are() -> None:
    assert Report.of({"stopping": False, "no broker": False}) == Report(ok=True)
    assert Report.of({"stopping": True, "no broker": False}) == Report(ok=False, wrong=("stopping",))
