import pytest

from modstream.demo.run import STALLED_AFTER_S, Patience

LATE_S = STALLED_AFTER_S + 0.5


@pytest.mark.parametrize(
    ("settled", "idle", "expected"),
    [
        pytest.param(0, False, True, id="nothing-came"),
        pytest.param(1, False, False, id="something-came"),
        pytest.param(0, True, False, id="nothing-to-wait-for-yet"),
    ],
)
def test_patience_ends_when_nothing_comes_out_for_long(settled: int, idle: bool, expected: bool) -> None:
    patience = Patience(0.0)
    assert not patience.is_over(STALLED_AFTER_S, 0, idle=False)
    assert patience.is_over(LATE_S, settled, idle=idle) is expected


def test_patience_begins_again_with_each_outcome() -> None:
    patience = Patience(0.0)
    assert not patience.is_over(50.0, 1, idle=False)
    assert not patience.is_over(110.0, 1, idle=False)
    assert patience.is_over(110.5, 1, idle=False)
