"""Comments without end, each with an id of its own."""

from itertools import islice
from pathlib import Path

import pytest

from modstream.chaos import loading
from modstream.chaos.errors import NoCommentsError
from modstream.chaos.loading import comments


def test_comments_come_again_under_new_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SYNTHETIC", 3)
    found = list(comments(8, seed=5, data=None))
    assert len({each.id for each in found}) == len(found) == 8
    assert [each.id for each in found] == [each.id for each in comments(8, seed=5, data=None)]


def test_a_file_is_sent_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    path.write_text("id,body,removed\na,one,0\nb,two,1\n")
    found = list(islice(comments(5, seed=0, data=path), 5))
    assert [each.id for each in found] == ["a", "b", "a-2", "b-2", "a-3"]
    assert b"removed" not in found[0].value


def test_a_file_without_comments_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    path.write_text("id,body\n")
    with pytest.raises(NoCommentsError, match="no comment in"):
        comments(5, seed=0, data=path)
