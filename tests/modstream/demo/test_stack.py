"""What a demo leaves behind."""

from pathlib import Path

import pytest

from modstream.demo.errors import StalledError
from modstream.demo.kept import BROKER
from modstream.demo.stack import Stack
from modstream.settings import DoorSettings


@pytest.mark.parametrize(
    ("error", "stays"), [(None, False), (KeyboardInterrupt(), False), (StalledError(1, 1.0, "logs"), True)]
)
def test_only_the_logs_of_a_failure_stay(tmp_path: Path, error: BaseException | None, stays: bool) -> None:
    stack = Stack(DoorSettings(state_dir=tmp_path), None, keep=False)

    def run() -> None:
        with stack:
            (stack.logs / "worker-0.log").write_text("why")
            (stack.folder / BROKER).mkdir()
            if error is not None:
                raise error

    if error is None:
        run()
    else:
        with pytest.raises(type(error)):
            run()
    assert (stack.logs / "worker-0.log").exists() is stays
    assert not (stack.folder / BROKER).exists()
