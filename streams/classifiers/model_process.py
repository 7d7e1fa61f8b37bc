"""A process that has a model, and pipes to ask it: one wake-up for a question, one for its answer.

A pool of processes would pass each question and answer through two threads besides.
"""

import asyncio
import atexit
import ctypes
import fcntl
import multiprocessing
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from typing import Any, BinaryIO, cast

from streams import memory
from streams.classifiers.in_process import INTERNAL_ERROR, Answer, Model, Trouble
from streams.settings import Threshold

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_LENGTH_BYTES = 8
"""A message is preceded by its length in so many bytes, big-endian. Both ends are one program: so pickle."""

_ROOM_BYTES = 1024 * 1024
"""What a pipe is to hold: Linux gives no more to anybody without privileges."""

_DYING_S = 0.5
"""How long a process that was killed is waited for; the worker's event loop stands still meanwhile."""

_WHAT_IS_WRONG = None
"""The question why there is no model."""


class ModelProcess(asyncio.Protocol):
    """Starts the process; it answers in the order of the questions, and ends with this one."""

    def __init__(self, url: str, arguments: Sequence[Any]) -> None:
        """Start it; see `Model`.

        Raises:
            OSError: If the system has no pipe or process left.
        """
        # Spawned: the worker has threads by now, and gRPC does not survive a fork.
        context = multiprocessing.get_context("spawn")
        with ExitStack() as failed:
            its_questions, self._questions = map(failed.enter_context, context.Pipe(duplex=False))
            self._answers, its_answers = map(failed.enter_context, context.Pipe(duplex=False))
            for pipe in (self._questions, its_answers):
                _enlarge(pipe.fileno())
            self._process = context.Process(
                target=_serve, args=(its_questions, its_answers, os.getpid(), url, arguments), daemon=True
            )
            self._process.start()
            failed.pop_all()
        its_questions.close()
        its_answers.close()
        atexit.register(self._process.kill)  # `multiprocessing` would wait for it at the exit
        self._writing: asyncio.WriteTransport | None = None
        self._reading: asyncio.ReadTransport | None = None
        self._connecting = asyncio.Lock()
        self._received = bytearray()
        self._waiting: deque[asyncio.Future[Answer | Trouble]] = deque()
        self.asked = 0
        """Questions that have no answer yet."""
        self.is_open = True
        """Whether it can be asked."""
        self._ended = asyncio.Event()

    def what_is_wrong(self) -> str:
        """Return why there is no model, nothing when there is one; waits for that, before any `ask`."""
        try:
            _send(self._questions, _framed(_WHAT_IS_WRONG))
            with open(self._answers.fileno(), "rb", closefd=False) as answers:
                return cast(str, _next(answers))
        except (EOFError, OSError):
            return "the process of the model ended while it was made"

    async def ask(self, texts: list[str], explain_above: Threshold, reasons: int) -> Answer | Trouble:
        """Return what the model says.

        Raises:
            EOFError: If the process ends before.
        """
        self.asked += 1
        try:
            async with self._connecting:
                if self._writing is None and self.is_open:
                    await self._connect()
            if self._writing is None or not self.is_open:
                raise EOFError
            answer: asyncio.Future[Answer | Trouble] = asyncio.get_running_loop().create_future()
            self._waiting.append(answer)
            self._writing.write(_framed((texts, explain_above, reasons)))
            return await answer
        finally:
            self.asked -= 1

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._reading, _ = await loop.connect_read_pipe(lambda: self, self._answers)
            self._writing, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self._questions)
        finally:
            if not self.is_open:
                self._shut()  # it was to end meanwhile

    def end(self) -> None:
        """End it, whatever it does."""
        if not self.is_open:
            return
        self.is_open = False
        self._process.kill()  # it has nothing to lose, and may be busy for ever
        if not self._connecting.locked():
            self._shut()

    def _shut(self) -> None:
        if self._writing is None:
            self._questions.close()
        elif not self._writing.is_closing():
            self._writing.abort()
        if self._reading is None:
            self._answers.close()
            self._is_over()
        else:
            self._reading.close()  # `connection_lost` follows

    async def ended(self) -> None:
        """Return when it has."""
        await self._ended.wait()

    def data_received(self, data: bytes) -> None:
        """Hand an answer to whoever has waited longest."""
        received = self._received
        received += data
        while len(received) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(received[:_LENGTH_BYTES])
            if len(received) < end:
                return
            answer = _unpacked(received[_LENGTH_BYTES:end])
            del received[:end]
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that no answer will come."""
        self._is_over()

    def _is_over(self) -> None:
        self.is_open = False
        self._ended.set()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(EOFError())
        self._waiting.clear()
        self._process.kill()
        atexit.unregister(self._process.kill)
        self._process.join(_DYING_S)  # or it would remain as a zombie
        if self._process.exitcode is not None:
            self._process.close()


def _enlarge(pipe: int) -> None:
    """Let a pipe hold a whole batch, so that the next one is there when the process has done with one."""
    with suppress(OSError, AttributeError):  # where there is less to be had, or no such call
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM_BYTES)


def _send(pipe: Connection, message: bytes) -> None:
    with open(pipe.fileno(), "wb", closefd=False) as file:
        file.write(message)


def _framed(message: Any) -> bytes:
    content = pickle.dumps(message)
    return len(content).to_bytes(_LENGTH_BYTES) + content


def _unpacked(content: bytearray) -> Answer | Trouble:
    """Return an answer; one that holds what only the child can make is trouble."""
    try:
        return cast(Answer | Trouble, pickle.loads(content))  # noqa: S301  from the same program
    except Exception as error:  # whatever is raised where somebody's class is made again
        return Trouble(INTERNAL_ERROR, f"an answer that cannot be read: {error}")


def _next(stream: BinaryIO) -> Any:
    """Return the next message.

    Raises:
        EOFError: If there is none.
    """
    length = stream.read(_LENGTH_BYTES)
    content = stream.read(int.from_bytes(length))
    if not content or len(content) < int.from_bytes(length):
        raise EOFError
    return pickle.loads(content)  # noqa: S301  from the same program


def _serve(
    questions: Connection, answers: Connection, parent: int, url: str, arguments: Sequence[Any]
) -> None:
    """Make the model and answer, in the process of its own, until nobody can ask any more."""
    # A terminal's Ctrl-C and a group's SIGTERM are for the worker, which still wants what is being scored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(0)
    memory.keep()
    model, wrong = _made(url, arguments)
    with (
        suppress(EOFError, BrokenPipeError),
        open(questions.fileno(), "rb", closefd=False) as asked,
    ):
        while True:
            question = _next(asked)
            if question is _WHAT_IS_WRONG:
                _send(answers, _framed(wrong))
            elif model is None:
                _send(answers, _framed(Trouble(INTERNAL_ERROR, wrong)))
            else:
                _send(answers, _answer(model.predict(*question)))


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
