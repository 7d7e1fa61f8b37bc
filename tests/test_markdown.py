"""What is read from a page of Markdown."""

import pytest

from tests.markdown import anchors, code, links

PAGE = """# What `it` does, and why

A [link](a.md#b), a [`name`](c.md), ![a picture](d.svg), and `[no](link.md)`.

```sh
# no heading
make one \\
  two        # [no](link.md)
```

## Steps
1. Indented:

   ```sh
   make three
   ```

## Steps
Code that `goes
on`.
"""


def test_links_in_code_are_none() -> None:
    assert links(PAGE) == ["a.md#b", "c.md", "d.svg"]


def test_anchors_are_githubs_and_a_second_one_is_numbered() -> None:
    assert anchors(PAGE) == {"what-it-does-and-why", "steps", "steps-1"}


def test_code_comes_line_by_line_and_continued_lines_as_one() -> None:
    blocks = ["# no heading", "make one    two        # [no](link.md)", "make three"]
    assert [each.strip() for each in code(PAGE)] == [*blocks, "it", "name", "[no](link.md)", "goes on"]


@pytest.mark.parametrize("page", ["", "```", "`", "[x]("])
def test_a_page_without_anything_has_nothing(page: str) -> None:
    assert (links(page), anchors(page), list(code(page))) == ([], set(), [])
