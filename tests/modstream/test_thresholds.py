from pathlib import Path

import pytest

from model_service.bundle import load_bundle
from model_service.errors import NoBundleError
from model_service.settings import BASELINE
from modstream.errors import NoSuchThresholdError
from modstream.thresholds import threshold_of

NAMES = load_bundle(BASELINE).manifest.thresholds


def test_number_needs_no_bundle(tmp_path: Path) -> None:
    assert threshold_of(0.8, tmp_path) == 0.8


@pytest.mark.parametrize("name", NAMES)
def test_name_is_the_shipped_bundles(name: str) -> None:
    assert threshold_of(name) == NAMES[name]


def test_setting_is_what_holds_without_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    assert threshold_of() == 0.5
    monkeypatch.setenv("MOD_MODERATION_THRESHOLD", "recall-90")
    assert threshold_of() == NAMES["recall-90"]
    assert threshold_of("balanced") == NAMES["balanced"]
    assert threshold_of(0.0) == 0.0


def test_bundle_is_the_one_given_or_that_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoBundleError):
        threshold_of("balanced", tmp_path)
    monkeypatch.setenv("MOD_MODEL_DIR", str(tmp_path))
    with pytest.raises(NoBundleError):
        threshold_of("balanced")
    assert threshold_of("balanced", BASELINE) == NAMES["balanced"]


def test_unknown_name_is_told_with_where_it_stands_and_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSuchThresholdError, match=r"--threshold=nope: .* it has balanced, default, "):
        threshold_of("nope")
    monkeypatch.setenv("MOD_MODERATION_THRESHOLD", "nope")
    with pytest.raises(NoSuchThresholdError, match=r"^MOD_MODERATION_THRESHOLD=nope: "):
        threshold_of()
