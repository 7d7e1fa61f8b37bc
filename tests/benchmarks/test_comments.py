from itertools import islice

from benchmarks.harness.comments import Mix, comments, strange_word

BODIES = ["Is that so?", "It is."]


def test_same_mix_gives_the_same_comments() -> None:
    assert [*comments(Mix.SEEN, 50, BODIES)] == [*comments(Mix.SEEN, 50, BODIES)]


def test_fewer_are_the_beginning_of_more() -> None:
    assert [*comments(Mix.UNSEEN, 5, BODIES)] == [*islice(comments(Mix.UNSEEN, 50, BODIES), 5)]


def test_seen_texts_are_those_given() -> None:
    assert {each.body for each in comments(Mix.SEEN, 50, BODIES)} == set(BODIES)


def test_unseen_texts_are_the_seen_ones_with_two_new_words() -> None:
    seen, unseen = comments(Mix.SEEN, 50, BODIES), [*comments(Mix.UNSEEN, 50, BODIES)]
    added = []
    for one, other in zip(seen, unseen, strict=True):
        assert other.body.startswith(f"{one.body} ")
        added += other.body.removeprefix(one.body).split()
    assert len(set(added)) == 100


def test_ids_are_unique_and_time_goes_forward() -> None:
    found = [*comments(Mix.SEEN, 50, BODIES)]
    assert len({each.id for each in found}) == 50
    times = [each.created_utc for each in found]
    assert times == sorted(set(times))


def test_strange_words_are_long_and_all_different() -> None:
    words = [strange_word(number) for number in (*range(20_000), 399_999)]
    assert len(set(words)) == len(words)
    assert min(map(len, words)) >= 10
