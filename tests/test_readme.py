"""The README and the settings' page hold the tables that the code has."""

from pathlib import Path

from modstream.settings_table import PAGE, in_page
from streams.topics import Topics

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_settings_table_is_the_generated_one() -> None:
    page = PAGE.read_text("utf-8")
    assert in_page(page) == page, "write it again: python -m modstream.settings_table --write"


def test_every_topic_is_in_the_table() -> None:
    for topic in Topics.named():
        assert f"`{topic.name}`" in README
