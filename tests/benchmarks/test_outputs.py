from benchmarks.harness.outputs import Tally


def tally() -> Tally:
    return Tally("p.reddit_stream", {0: 2, 1: 1})


def test_every_comment_once_is_complete() -> None:
    counted = tally()
    for event, at_ms in (
        ("p.reddit_stream:0:1", 20),
        ("p.reddit_stream:1:0", 10),
        ("p.reddit_stream:0:0", 20),
    ):
        counted.predicted(event, at_ms)
    found = counted.counted()
    assert (found.predicted, found.lost, found.repeated, found.strange) == (3, 0, 0, 0)
    assert list(found.appended.items()) == [(10, 1), (20, 2)]


def test_missing_comment_is_lost() -> None:
    counted = tally()
    counted.predicted("p.reddit_stream:0:1", 20)
    assert counted.counted().lost == 2


def test_second_output_of_a_comment_is_a_repetition() -> None:
    counted = tally()
    for at_ms in (10, 99):
        counted.predicted("p.reddit_stream:0:1", at_ms)
    found = counted.counted()
    assert (found.predicted, found.repeated, dict(found.appended)) == (1, 1, {10: 1})


def test_dead_letter_is_no_loss() -> None:
    counted = tally()
    counted.dead_lettered("p.reddit_stream:0:0")
    found = counted.counted()
    assert (found.dead_lettered, found.predicted, found.lost) == (1, 0, 2)
    assert counted.is_dead_lettered("p.reddit_stream:0:0")
    assert not counted.is_predicted("p.reddit_stream:0:0")


def test_output_of_no_comment_is_strange() -> None:
    counted = tally()
    for event in ("other:0:0", "p.reddit_stream:0:2", "p.reddit_stream:7:0", "p.reddit_stream:0:x", ""):
        counted.predicted(event, 1)
    assert (counted.counted().strange, counted.counted().predicted) == (5, 0)
