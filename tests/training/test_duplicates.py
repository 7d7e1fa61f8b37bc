"""Comments that are nearly the same share a number, others do not."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.duplicates import ALIKE, groups_of, members_of

LONG = (
    "the sample size of this study is far too small to say anything about the whole population of the world"
)

comments = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30).map(" ".join), max_size=12)


def test_nearly_equal_comments_share_a_number() -> None:
    texts = [
        LONG,
        "Something else altogether, with other words",
        LONG.upper().replace(" ", "  ") + "!!!",
        f"{LONG} today",
        "the sample size of this study is fine",
    ]
    groups = groups_of(texts)
    assert members_of(groups) == [[0, 2, 3]]


def test_comments_without_words_are_the_same_only_if_they_are() -> None:
    assert members_of(groups_of(["", "!!", "", "??", "a", "A "])) == [[0, 2], [4, 5]]


@given(comments.filter(len))
def test_pairs_are_found_as_by_comparing_all(texts: list[str]) -> None:
    def pairs(text: str) -> set[str]:
        words = text.split()
        return {" ".join(pair) for pair in pairwise(words)} or set(words)

    groups = groups_of(texts)
    for left, right in np.argwhere(groups[:, None] == groups[None, :]):
        assert left == right or any(
            len(pairs(texts[left]) & pairs(texts[other])) / len(pairs(texts[left]) | pairs(texts[other]))
            >= ALIKE
            for other in range(len(texts))
            if other != left
        ), "in a group only with something alike"
    for left, right in pairwise(sorted(range(len(texts)), key=texts.__getitem__)):
        if texts[left] == texts[right]:
            assert groups[left] == groups[right]


def test_most_of_the_pairs_at_the_limit_are_found() -> None:
    chance = np.random.default_rng(5)
    texts = []
    for place in range(200):
        words = [f"w{place}x{number}" for number in range(41)]
        other = list(words)
        for at in chance.choice(20, size=3, replace=False) * 2 + 1:  # each is in two of 40 pairs
            other[at] = f"o{place}x{at}"
        texts += [" ".join(words), " ".join(other)]
    assert len(members_of(groups_of(texts))) >= 190, "34 / 46 = 0.74"
