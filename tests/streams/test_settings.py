from typing import Any

import pytest
from pydantic import ValidationError

from streams.settings import StreamSettings


def test_settings_come_from_prefixed_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOD_MODERATION_THRESHOLD", "0.8")
    monkeypatch.setenv("MODERATION_THRESHOLD", "0.1")
    assert StreamSettings().moderation_threshold == 0.8


@pytest.mark.parametrize(
    ("given", "read"),
    [("0", 0.0), ("1", 1.0), ("5e-1", 0.5), (1, 1.0), ("precision-80", "precision-80"), ("b", "b")],
)
def test_threshold_is_a_number_or_a_name(given: Any, read: float | str) -> None:
    assert StreamSettings(moderation_threshold=given).moderation_threshold == read


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        StreamSettings().batch_size = 1  # type: ignore[misc]


def test_group_carries_the_topics_prefix() -> None:
    assert StreamSettings(topic_prefix="eu.", group_id="mods").consumer_group == "eu.mods"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("moderation_threshold", 1.5),
        ("moderation_threshold", -0.1),
        ("moderation_threshold", "High"),
        ("moderation_threshold", "-high"),
        ("moderation_threshold", "nearly all"),
        ("moderation_threshold", "nan"),
        ("moderation_threshold", "1.01"),
        ("moderation_threshold", ""),
        ("moderation_threshold", None),
        ("moderation_threshold", 10**400),
        ("moderation_threshold", float("nan")),
        ("batch_size", 0),
        ("batch_wait_s", 0),
        ("classifier_timeout_s", -1),
        ("classifier_url", "127.0.0.1:9000"),
        ("classifier_url", "ftp://host"),
        ("classifier_url", "http://"),
        ("web_port", 70_000),
    ],
)
def test_wrong_setting_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=name):
        StreamSettings(**{name: value})


@pytest.mark.parametrize("name", StreamSettings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert StreamSettings.model_fields[name].description
