"""A process that has a model, and a socket to ask it: one wake-up for a question, one for its answer.

A pool of processes would pass each question and answer through two threads besides.
"""

import asyncio
import atexit
import ctypes
import multiprocessing
import os
import pickle
import signal
import socket
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from streams.classifiers.in_process import INTERNAL_ERROR, Answer, Model, Trouble
from streams.settings import Threshold

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_LENGTH_BYTES = 8
"""A message is preceded by its length in so many bytes, big-endian. Both ends are one program: so pickle."""

_WHAT_IS_WRONG = None
"""The question why there is no model."""


class ModelProcess(asyncio.Protocol):
    """Starts the process; it answers in the order of the questions, and ends with this one."""

    def __init__(self, url: str, arguments: Sequence[Any]) -> None:
        """Start it; see `Model`."""
        self._socket, its = socket.socketpair()
        # Spawned: the worker has threads by now, and gRPC does not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(
            target=_serve, args=(its, os.getpid(), url, arguments), name="model", daemon=True
        )
        self._process.start()
        its.close()
        atexit.register(self._process.kill)  # `multiprocessing` would wait for it at the exit
        self._transport: asyncio.Transport | None = None
        self._connecting = asyncio.Lock()
        self._received = bytearray()
        self._waiting: deque[asyncio.Future[Any]] = deque()

    def what_is_wrong(self) -> str:
        """Return why there is no model, nothing when there is one; waits for that, before any `ask`."""
        try:
            self._socket.sendall(_framed(_WHAT_IS_WRONG))
            with self._socket.makefile("rb") as stream:
                return cast(str, _next(stream))
        except (EOFError, OSError):
            return "the process of the model ended while it was made"

    async def ask(self, texts: list[str], explain_above: Threshold, reasons: int) -> Answer | Trouble:
        """Return what the model says.

        Raises:
            EOFError: If the process ends before.
        """
        loop = asyncio.get_running_loop()
        async with self._connecting:
            if self._transport is None:
                self._transport, _ = await loop.create_connection(lambda: self, sock=self._socket)
        if self._transport.is_closing():
            raise EOFError
        answer: asyncio.Future[Answer | Trouble] = loop.create_future()
        self._waiting.append(answer)
        self._transport.write(_framed((texts, explain_above, reasons)))
        return await answer

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()  # it has nothing to lose, and may be busy for ever
        atexit.unregister(self._process.kill)
        if self._transport is None:
            self._socket.close()
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hand an answer to whoever has waited longest."""
        received = self._received
        received += data
        while len(received) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(received[:_LENGTH_BYTES])
            if len(received) < end:
                return
            waiter, answer = self._waiting.popleft(), pickle.loads(received[_LENGTH_BYTES:end])  # noqa: S301  our own
            del received[:end]
            if not waiter.done():
                waiter.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that no answer will come."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(EOFError())
        self._waiting.clear()
        self._process.kill()
        self._process.join()  # it is dying, and would remain as a zombie


def _framed(message: Any) -> bytes:
    content = pickle.dumps(message)
    return len(content).to_bytes(_LENGTH_BYTES) + content


def _next(stream: BinaryIO) -> Any:
    """Return the next message.

    Raises:
        EOFError: If there is none.
    """
    length = stream.read(_LENGTH_BYTES)
    content = stream.read(int.from_bytes(length))
    if not content:
        raise EOFError
    return pickle.loads(content)  # noqa: S301  from the same program


def _serve(its: socket.socket, parent: int, url: str, arguments: Sequence[Any]) -> None:
    """Make the model and answer, in the process of its own, until nobody can ask any more."""
    # A terminal's Ctrl-C and a group's SIGTERM are for the worker, which still wants what is being scored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(0)
    model, wrong = _made(url, arguments)
    questions = its.makefile("rb")
    while True:
        try:
            question = _next(questions)
        except (EOFError, OSError):
            return
        if question is _WHAT_IS_WRONG:
            its.sendall(_framed(wrong))
        elif model is None:
            its.sendall(_framed(Trouble(INTERNAL_ERROR, wrong)))
        else:
            its.sendall(_answer(model.predict(*question)))


def _made(url: str, arguments: Sequence[Any]) -> tuple[Model | None, str]:
    """Return the model, or why there is none."""
    try:
        return Model(url, arguments), ""
    except Exception as error:  # whatever somebody's class raises, such as a bundle that is not there
        return None, str(error) or type(error).__name__


def _answer(answer: Answer | Trouble) -> bytes:
    try:
        return _framed(answer)
    except Exception as error:  # whatever somebody's class has among its tags
        return _framed(Trouble(INTERNAL_ERROR, f"an answer that cannot be handed over: {error}"))
