"""The distribution of a training, for a stream to be compared with."""

import numpy as np

from model_service.scored import Scored
from training.distribution import BINS, LONGEST_POWER, distribution_of


def test_shares_are_those_of_the_comments() -> None:
    tokens = np.array([0, 1, 2, 3, 4, 2**LONGEST_POWER - 1, 2**LONGEST_POWER, 10**6])
    scored = Scored(
        np.array([-100.0, -100, 0, 0, 0, 0, 100, 100]), tokens, np.minimum(tokens, [0, 1, 1, 0, 0, 0, 0, 0])
    )
    found = distribution_of(scored)
    assert (found.scores[0], found.scores[BINS // 2], found.scores[-1]) == (0.25, 0.5, 0.25)
    assert found.lengths[:4] == [0.125, 0.125, 0.25, 0.125]
    assert (found.lengths[-2], found.lengths[-1]) == (0.125, 0.25)
    assert len(found.lengths) == LONGEST_POWER + 2
    assert (found.unknown_tokens[0], found.unknown_tokens[BINS // 2], found.unknown_tokens[-1]) == (
        0.75,
        0.125,
        0.125,
    )
