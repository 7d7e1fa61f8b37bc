"""What made a model is told so that a stale bundle shows."""

from pathlib import Path

import pytest

from model_service.bundle import load_bundle
from model_service.settings import BASELINE
from training import provenance


def test_changed_code_has_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    before = provenance.code()
    read = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read(path) + (b"#" if path.name == "style.py" else b"")
    )
    assert provenance.code().sha256 != before.sha256
    assert provenance.code().version == before.version


def test_shipped_bundle_was_made_by_this_code() -> None:
    made_by = load_bundle(BASELINE).manifest.code
    assert made_by == provenance.code(), "the code decides what a model is: run 'make baseline COMMENTS=FILE'"
