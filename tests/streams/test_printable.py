import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.printable import printable


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        pytest.param(None, "", id="none"),
        pytest.param("", "", id="empty"),
        pytest.param("plain [text]", "plain [text]", id="plain"),
        pytest.param("Grüße 😀 日本", "Grüße 😀 日本", id="other-scripts"),
        pytest.param("\x1b[31mred", r"\x1b[31mred", id="escape-sequence"),
        pytest.param("a\r\nb\tc", r"a\r\nb\tc", id="line-ends"),
        pytest.param("\x9b1m\x7f\x07", r"\x9b1m\x7f\x07", id="other-controls"),
        pytest.param("\u202eevil", r"\u202eevil", id="turned-around"),
        pytest.param("\ud800", r"\ud800", id="lone-surrogate"),
        pytest.param(b"\xff\x1b ok", r"\xff\x1b ok", id="bytes-not-utf-8"),
        pytest.param("ü".encode(), "ü", id="bytes-of-utf-8"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(content: str | bytes | None, shown: str) -> None:
    assert printable(content) == shown


@given(st.text() | st.binary())
def test_whatever_it_is_shown_is_printable(content: str | bytes) -> None:
    assert printable(content).isprintable()
