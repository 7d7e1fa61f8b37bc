"""The README says what is there."""

import re
from pathlib import Path
from typing import Any

import typer.main

from modstream.cli import app
from modstream.settings_table import rows
from streams.topics import Topics

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_settings_table_is_the_generated_one() -> None:
    table = "\n".join(rows())
    assert table in README, "write it again: python -m modstream.settings_table"


def test_every_topic_is_in_the_table() -> None:
    for topic in Topics.named():
        assert f"`{topic.name}`" in README


def test_every_command_in_the_readme_exists_with_its_options() -> None:
    commands = re.findall(r"^modstream ([^#\n&]+)", README, re.MULTILINE)
    assert len(commands) >= 8
    root = typer.main.get_command(app)
    for line in commands:
        command: Any = root
        for word in line.split():
            if hasattr(command, "commands"):
                assert word in command.commands, f"modstream {line}"
                command = command.commands[word]
            elif word.startswith("--"):
                options = {option for each in command.params for option in each.opts}
                assert word in options, f"modstream {line}"


def test_every_make_verb_in_the_readme_exists() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text("utf-8")
    for verb in re.findall(r"(?:^|`)make ([a-z0-9-]+)", README, re.MULTILINE):
        assert f"\n{verb}:" in makefile, verb
