"""Several processes that score: each loads the model once, answers come in the order of the questions.

A process has a pipe to this one and nothing else in common with it. When this one ends, however it does,
the pipe ends, and with it the process.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import NamedTuple

from modstream.interrupts import interrupts_later
from modstream.score.errors import ScoringFailedError
from modstream.score.job import Job, Model
from modstream.score.moderating import FileScorer, Scored
from modstream.score.rows import Chunk, Item

type Answer = Callable[[Iterable[Chunk]], Iterator[tuple[Chunk, Scored]]]
"""Scores chunks, and gives each back with its answer, in their order."""

IN_HAND = 2
"""Chunks in hand for each process: one is scored, one waits. Then reading stops: memory is bounded."""

END_WITHIN_S = 5.0


class _Failure(NamedTuple):
    reason: str


class _Member(NamedTuple):
    process: SpawnProcess
    pipe: "Connection[list[Item], Scored | _Failure]"

    def ask(self, items: list[Item]) -> Scored:
        try:
            self.pipe.send(items)
            answer = self.pipe.recv()
        except (EOFError, OSError) as error:
            self.process.join(END_WITHIN_S)
            reason = f"a scoring process ended with status {self.process.exitcode}"
            raise ScoringFailedError(reason) from error
        if isinstance(answer, _Failure):
            raise ScoringFailedError(answer.reason)
        return answer


@contextmanager
def crew(job: Job, model: Model, processes: int) -> Iterator[Answer]:
    """Yield a function that scores in other processes; they start when it is called first, and end here."""
    members: list[_Member] = []
    idle: SimpleQueue[_Member] = SimpleQueue()
    threads = ThreadPoolExecutor(processes, thread_name_prefix="crew")

    def ask(items: list[Item]) -> Scored:
        member = idle.get()  # there is one for each thread
        try:
            return member.ask(items)
        finally:
            idle.put(member)

    def answer(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Scored]]:
        while len(members) < processes:
            members.append(_started(job, model))
            idle.put(members[-1])
        waiting: deque[tuple[Chunk, Future[Scored]]] = deque()
        for chunk in chunks:
            waiting.append((chunk, threads.submit(ask, chunk.items)))
            if len(waiting) >= IN_HAND * processes:
                first, answered = waiting.popleft()
                yield first, answered.result()
        for first, answered in waiting:
            yield first, answered.result()

    try:
        yield answer
    finally:
        for member in members:
            member.process.terminate()
        threads.shutdown(cancel_futures=True)
        for member in members:
            member.process.join(END_WITHIN_S)
            member.pipe.close()


def _started(job: Job, model: Model) -> _Member:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(theirs, job, model), daemon=True)
    resource_tracker.ensure_running()  # else the first process starts it, which lets SIGINT through again
    with interrupts_later(), _unseen_by_children():
        process.start()
    theirs.close()  # else the pipe would not end with the process
    return _Member(process, ours)


@contextmanager
def _unseen_by_children() -> Iterator[None]:
    """Start processes that never see a Ctrl-C, which a terminal sends to all: this one stops the others.

    They inherit what is blocked.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: "Connection[Scored | _Failure, list[Item]]", job: Job, model: Model) -> None:
    """Score what comes, in a process of its own, until the pipe ends."""
    try:
        scorer: FileScorer | None = None
        while True:
            items = pipe.recv()
            try:
                scorer = scorer or FileScorer(job, model)
                answer: Scored | _Failure = scorer.score(items)
            except Exception as error:
                answer = _Failure(f"{type(error).__name__}: {error}")
            pipe.send(answer)
    except (EOFError, OSError):
        return
