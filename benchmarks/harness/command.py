"""How a benchmark's command ends: with a status, and with a sentence when something went wrong."""

from collections.abc import Callable

from model_service.errors import ModelServiceError
from modstream.commands.stopping import SIGNALLED, interrupted_once
from modstream.console import err
from modstream.errors import ModstreamError
from training.errors import TrainingError


def told(name: str, work: Callable[[], int]) -> int:
    """Return the exit status of a benchmark; what kept it from its end is said on stderr.

    Args:
        name: What a sentence begins with.
        work: Measures, tells, and returns the status.
    """
    with interrupted_once() as came:
        try:
            return work()
        except KeyboardInterrupt:
            err.print(f"{name}: stopped before its end; nothing of it is left running", markup=False)
            return SIGNALLED + came[0] if came else 1
        except (ModstreamError, ModelServiceError, TrainingError) as error:
            err.print(f"{name}: {error}", markup=False)
            return getattr(error, "exit_code", 1)
