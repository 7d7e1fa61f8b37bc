from pathlib import Path

import pytest

from modstream.replay.files import CommentFiles
from modstream.score.rows import BYTES_OF_A_CHUNK, ROWS_OF_A_CHUNK, Item, chunks, cut
from tests.modstream.score.examples import write_comments


def item(size: int) -> Item:
    return Item(0, 0, b"k", b"x" * size, True, "file, line 1")


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([1] * ROWS_OF_A_CHUNK, [ROWS_OF_A_CHUNK], id="full"),
        pytest.param([1] * (ROWS_OF_A_CHUNK + 1), [ROWS_OF_A_CHUNK, 1], id="one more"),
        pytest.param([1, BYTES_OF_A_CHUNK, 1], [2, 1], id="large"),
    ],
)
def test_chunks_are_bounded(sizes: list[int], lengths: list[int]) -> None:
    assert [len(each) for each in cut(map(item, sizes))] == lengths


def test_offsets_count_the_comments_of_each_partition(tmp_path: Path) -> None:
    path = write_comments(tmp_path / "comments.ndjson", 1_200)
    found = list(chunks(CommentFiles([str(path)]), 0, (0,) * 4))
    for partition in range(4):
        offsets = [each.offset for chunk in found for each in chunk.items if each.partition == partition]
        assert offsets == list(range(found[-1].offsets[partition]))
    assert [chunk.rows for chunk in found] == [512, 1_024, 1_200]
    assert found[-1].position == path.stat().st_size


def test_chunks_go_on_where_others_ended(tmp_path: Path) -> None:
    source = CommentFiles([str(write_comments(tmp_path / "comments.ndjson", 1_200))])
    first, *others = chunks(source, 0, (0,) * 4)
    assert list(chunks(source, first.rows, first.offsets)) == others
