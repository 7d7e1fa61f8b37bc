"""A worker is stuck when comments wait and none is finished; waiting for something else is not that."""

import pytest

from streams.health import Progress, Report

Seen = tuple[float, int, int | None, bool]


@pytest.mark.parametrize(
    ("seen", "stuck_for_s"),
    [
        ([], 20.0),
        ([(5.0, 0, 3, False), (15.0, 0, 9, False)], 20.0),
        ([(15.0, 1, 3, False)], 5.0),
        ([(15.0, 0, 0, False)], 5.0),
        ([(15.0, 0, None, False)], 5.0),
        ([(15.0, 0, 7, True)], 5.0),
        ([(1.0, 4, 7, False), (15.0, 4, 7, False)], 19.0),
    ],
    ids=[
        "nothing seen",
        "lag and nothing finished",
        "a batch finished",
        "nothing waits",
        "broker away",
        "service away",
        "no batch since",
    ],
)
def test_worker_is_stuck_since_the_last_sign_of_life(seen: list[Seen], stuck_for_s: float) -> None:
    progress = Progress(now_s=0.0)
    for now_s, finished, lag, waits in seen:
        progress.see(now_s, finished, lag, waits=waits)
    assert progress.stuck_for_s(20.0) == stuck_for_s


def test_report_names_the_faults_there_are() -> None:
    assert Report.of({"stopping": False, "no broker": False}) == Report(ok=True)
    assert Report.of({"stopping": True, "no broker": False}) == Report(ok=False, wrong=("stopping",))
