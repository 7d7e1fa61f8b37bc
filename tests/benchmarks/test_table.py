from benchmarks.harness.comments import Mix
from benchmarks.harness.watching import End
from benchmarks.throughput import figures, table
from benchmarks.throughput.oversized import Behaviour, Seen
from benchmarks.throughput.picture import draw
from tests.benchmarks.test_figures import make_measure


def test_table_has_a_row_for_each_contender_in_our_order() -> None:
    rows = figures.rows([make_measure(contender=name) for name in ("bare", "ours")])
    found = [line for line in table.lines(rows, []) if line.startswith("| ")]
    assert [line.split(" | ")[0] for line in found] == [
        "| contender",
        "| modstream, in process",
        "| bare confluent-kafka loop",
    ]


def test_each_row_has_as_many_cells_as_headings() -> None:
    rows = figures.rows([make_measure(), make_measure(contender="bare", comments_per_s=None, cpu_us={})])
    widths = {line.count("|") for line in table.lines(rows, []) if line.startswith("|")}
    assert widths == {len(table.HEADINGS) + 1}


def test_table_says_why_there_are_no_figures() -> None:
    assert table.TOO_SHORT in [*table.lines(figures.rows([make_measure(comments_per_s=None, cpu_us={})]), [])]
    assert table.TOO_SHORT not in [*table.lines(figures.rows([make_measure()]), [])]


def test_loss_is_said_in_bold() -> None:
    (row,) = figures.rows([make_measure(done=97, lost=3, repeated=2)])
    assert table.outputs(row) == "97 of 100, **3 lost**, 2 twice"


def test_strange_outputs_and_rounds_that_did_not_end_are_told() -> None:
    stalled = make_measure(strange=4, end=End.STALLED)
    (row,) = figures.rows([stalled, make_measure()])
    assert table.outputs(row) == "all 100, **4 of no comment**, **1 of 2 rounds not ended**"


def test_complete_outputs_are_said_so() -> None:
    (row,) = figures.rows([make_measure()])
    assert table.outputs(row) == "all 100"


def test_mixes_are_apart_and_the_memo_is_named() -> None:
    found = [*table.lines(figures.rows([make_measure(mix=mix) for mix in Mix]), [])]
    assert [line for line in found if line.startswith("###")] == ["### Seen", "### Unseen"]
    assert any("memo" in line for line in found)


def test_refused_output_has_a_table_of_its_own() -> None:
    seen = Seen(contender="talk", behaviour=Behaviour.LOST_ALONE, others=500, others_done=500)
    assert [*table.lines([], [seen])][-1] == (
        "| the talk's design, Seldon REST | goes on and loses it, without a word | 500 of 500 |"
    )


def test_picture_is_drawn_with_gaps_in_the_figures() -> None:
    rows = figures.rows(
        [make_measure(mix=mix) for mix in Mix]
        + [make_measure(contender="talk", comments_per_s=None, cpu_us={}, lost=5)]
    )
    assert draw(rows, "a title", "png").startswith(b"\x89PNG")
