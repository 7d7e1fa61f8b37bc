"""When to stop asking a service that does not answer: pure, the clock is an argument."""


class Breaker:
    """A circuit breaker: open after failures alone for as long as the budget, closed by the next success."""

    def __init__(self, budget_s: float) -> None:
        self._budget_s = budget_s
        self._failing_since: float | None = None
        self.is_open = False

    def failed(self, now_s: float) -> None:
        """Count a call without an answer."""
        if self._failing_since is None:
            self._failing_since = now_s
        self.is_open = self.is_open or now_s - self._failing_since >= self._budget_s

    def succeeded(self) -> None:
        """Count a call with an answer."""
        self._failing_since = None
        self.is_open = False
