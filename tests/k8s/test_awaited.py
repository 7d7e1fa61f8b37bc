"""What the manifests waited for is taken off the list once the code has it."""

from streams.settings import StreamSettings
from tests.k8s import awaited


def test_no_setting_is_awaited_that_the_worker_has() -> None:
    has = {f"MOD_{name.upper()}" for name in StreamSettings.model_fields}
    assert awaited.SETTINGS & has == set(), "take these out of tests/k8s/awaited.py"
