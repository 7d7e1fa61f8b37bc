"""How many comments a second a contender can do, for benchmarks whose loads are a share of that."""

from benchmarks.harness.backlog import work_off
from benchmarks.harness.comments import Mix, comments, texts
from benchmarks.harness.contenders import Contender
from benchmarks.harness.lanes import Lane
from benchmarks.harness.running import Ground
from benchmarks.throughput import figures
from modstream.console import progress, say

BACKLOG = 200_000
"""Comments, as in `make bench`; the slow contenders get fewer."""


class Maxima:
    """Finds them on one ground; comments are loaded once."""

    def __init__(self, ground: Ground, mix: Mix) -> None:
        self._ground = ground
        self._mix = mix
        self._lanes: dict[int, Lane] = {}

    def of(self, contender: Contender) -> float | None:
        """Return how many comments a second a contender does; None when there were too few to tell."""
        count = min(BACKLOG, contender.most or BACKLOG)
        lane = self._lane(count)
        with progress(f"maximum: {contender.name}", count) as tell:
            worked = work_off(self._ground, lane, contender, self._mix, count, tell)
        enough = figures.is_long_enough(worked.samples)
        found = figures.rate(worked.counted.appended) if enough else None
        told = "too few comments to tell" if found is None else f"{found:,.0f} comments/s"
        say(f"  {contender.name}: maximum {told}")
        return found

    def _lane(self, count: int) -> Lane:
        """Return a lane with so many comments, loaded when it is first asked for."""
        if count not in self._lanes:
            lane = Lane(f"bench-maximum-{count}", self._ground.stack.cluster)
            say(f"loading {count:,} comments ({self._mix}; {texts().kind})")
            lane.load(comments(self._mix, count))
            self._lanes[count] = lane
        return self._lanes[count]
