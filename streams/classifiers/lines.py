"""HTTP connections to one service, each for one call at a time, some kept for the next call."""

import asyncio

import aiohttp

LONGEST_S = 10.0
"""A connection is kept no longer: behind one address there may be several services, and new ones."""


class Lines:
    """Opens connections, and keeps those that it is told to keep.

    A line is a session with one connection, since aiohttp lets nobody close a connection that it took back.
    """

    def __init__(self) -> None:
        self.closed = False
        self._born: dict[aiohttp.ClientSession, float] = {}
        self._kept: list[aiohttp.ClientSession] = []

    def new(self) -> aiohttp.ClientSession:
        """Return a line on which nothing was said."""
        line = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(),  # none: the caller limits the whole call
            headers={"Content-Type": "application/json", "Accept-Encoding": "identity"},
            auto_decompress=False,  # a few kilobytes can unpack to gigabytes
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=1, keepalive_timeout=LONGEST_S),
        )
        self._born[line] = asyncio.get_running_loop().time()
        return line

    async def kept(self) -> aiohttp.ClientSession | None:
        """Return a line that was kept and nobody uses, if there is one; it is the caller's now."""
        while self._kept:
            line = self._kept.pop()
            if asyncio.get_running_loop().time() - self._born[line] < LONGEST_S:
                return line
            await self.drop(line)
        return None

    async def let_go(self, line: aiohttp.ClientSession, *, keep: bool) -> None:
        """Take back a line that was used, for the next call or for none."""
        if keep and not self.closed:
            self._kept.append(line)
        else:
            await self.drop(line)

    async def drop(self, line: aiohttp.ClientSession) -> None:
        """Close a line."""
        self._born.pop(line, None)
        await line.close()

    async def close(self) -> None:
        """Close all lines, those in use as well, and keep no other."""
        self.closed = True
        self._kept.clear()
        for line in list(self._born):
            await self.drop(line)
