from pathlib import Path

from modstream.demo.comments import open_comments
from modstream.demo.options import DemoOptions
from modstream.replay import AsFastAsPossible


def options(comments: Path | None, limit: int | None = None) -> DemoOptions:
    return DemoOptions(comments, AsFastAsPossible(), limit, workers=1, keep=False)


def test_rows_that_are_no_comments_are_known_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "comments.ndjson"
    path.write_text('{"id": "c1", "body": "x"}\nnonsense\n{"id": "c2", "body": "y"}\n{"id": "c3"}\n')
    comments = open_comments(options(path))
    assert [each.id for each in comments.each] == ["c1", "c2"]
    assert comments.skipped.bad_rows == 2
    assert [named.partition(": ")[0] for named in comments.skipped.bad_named] == [
        f"{path}, line 2",
        f"{path}, line 4",
    ]


def test_synthetic_comments_have_no_bad_rows() -> None:
    comments = open_comments(options(None, limit=5))
    assert len(list(comments.each)) == 5
    assert (comments.skipped.bad_rows, comments.skipped.bad_named) == (0, [])
