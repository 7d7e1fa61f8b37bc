"""The pages say what is there: links lead somewhere, and settings, commands, targets and files exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from faust.types.settings.settings import Settings

from modstream.cli import app
from modstream.settings_table import PROGRAMS
from tests.markdown import anchors, code, links

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]

TESTS = [each for each in (ROOT / "tests").rglob("*.py") if each != Path(__file__)]

OURS = {f"MOD_{name.upper()}" for _, program in PROGRAMS for name in program.model_fields}
FAUSTS = {f"MOD_{(each.env_name or name).upper()}" for name, each in Settings.SETTINGS.items()}

COMMAND = re.compile(r"(?:^|[|;&(]\s*|--rm |\.venv/bin/|exec )modstream ([a-z-](?:[\w./=:@,*-]+ ?)*)")
TARGET = re.compile(r"(?:^|[|;&(]\s*)make ([a-z][a-z0-9-]*)")
FILE = re.compile(
    r"(?:streams|model_service|modstream|training|benchmarks|tests|scripts|observability|k8s|docs)/"
    r"(?:[\w./-]*/|[\w./-]+\.(?:py|md|ya?ml|json|svg|txt|toml|env))"
)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in links(page.read_text("utf-8")):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            dead.append(link)
    assert not dead


@pages
def test_every_setting_that_is_named_exists(page: Path) -> None:
    for name in re.findall(r"MOD_[A-Z0-9_]*", page.read_text("utf-8")):
        if name.startswith("MOD_TEST_"):
            assert any(name in each.read_text("utf-8") for each in TESTS), name
        elif name.endswith("_"):  # MOD_KAFKA_...
            assert any(each.startswith(name) for each in OURS), name
        else:
            assert name in OURS | FAUSTS


@pages
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    for line in code(page.read_text("utf-8")):
        for words in COMMAND.findall(line):
            assert not _unknown(words.split()), f"modstream {words}"


@pages
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for line in code(page.read_text("utf-8")):
        for name in TARGET.findall(line):
            if name.endswith("-"):  # make bench-...
                assert any(each.startswith(name) for each in targets), f"make {name}"
            else:
                assert name in targets, f"make {name}"


@pages
def test_every_file_that_is_named_exists(page: Path) -> None:
    for line in code(page.read_text("utf-8")):
        if FILE.fullmatch(line):
            assert (ROOT / line).exists(), line


def test_index_has_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    listed = set(links(index.read_text("utf-8")))
    assert {page.name for page in DOCS if page != index} <= listed


def test_pages_hold_what_is_looked_for() -> None:
    lines = [line for page in PAGES for line in code(page.read_text("utf-8"))]
    assert sum(bool(COMMAND.search(line)) for line in lines) > 50
    assert sum(bool(TARGET.search(line)) for line in lines) > 10
    assert sum(bool(FILE.fullmatch(line)) for line in lines) > 30


def _unknown(words: list[str]) -> list[str]:
    """Return the words of a command line that the command does not know."""
    at: Any = typer.main.get_command(app)
    unknown = []
    has_options = False
    for word in words:
        if word.startswith("--"):
            has_options = True
            known = {option for each in at.params for option in each.opts} | {"--help"}
            unknown += [] if word.partition("=")[0] in known else [word]
        elif hasattr(at, "commands") and not has_options:
            if word not in at.commands:
                return [*unknown, word]
            at = at.commands[word]
    return unknown
