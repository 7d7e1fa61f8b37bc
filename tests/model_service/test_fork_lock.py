"""A forked process is not held up by what a thread of its parent was doing."""

import os
import threading

from model_service.fork_lock import ForkLock


def test_lock_keeps_others_out() -> None:
    lock, entered = ForkLock(), []

    def enter() -> None:
        with lock:
            entered.append("other")

    with lock:
        other = threading.Thread(target=enter)
        other.start()
        entered.append("first")
    other.join()
    assert entered == ["first", "other"]


def test_lock_that_a_thread_holds_is_open_in_a_forked_process() -> None:
    lock, held, done = ForkLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with lock:
                os.write(writer, b"in")
        finally:
            os._exit(0)
    os.close(writer)
    done.set()
    holder.join()
    with os.fdopen(reader, "rb") as answer:
        assert answer.read() == b"in"
    os.waitpid(child, 0)
