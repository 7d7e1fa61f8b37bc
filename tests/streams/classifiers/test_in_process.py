"""A model without a service: whatever it raises, returns or does is an error of ours, or scores."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest

from streams.classifiers import Scores, child_process, classifier_for
from streams.classifiers.child_process import ChildProcessClassifier
from streams.classifiers.in_process import InProcessClassifier
from streams.classifiers.model_process import ModelProcess
from streams.errors import (
    ClassifierAnswerError,
    ClassifierFailedError,
    ClassifierRefusedError,
    SettingsError,
)
from streams.settings import StreamSettings
from tests.streams.classifiers import models
from tests.waiting import eventually

type Kind = type[InProcessClassifier | ChildProcessClassifier]

both = pytest.mark.parametrize("kind", [InProcessClassifier, ChildProcessClassifier], ids=["thread", "child"])


def url_of(model: str) -> str:
    return f"inprocess:{models.__name__}.{model}"


@pytest.fixture
async def classifier(kind: Kind) -> AsyncIterator[Any]:
    classifier = kind(url_of("ScriptedModel"))
    yield classifier
    await classifier.close()


@pytest.fixture
async def child() -> AsyncIterator[ChildProcessClassifier]:
    classifier = ChildProcessClassifier(url_of("ScriptedModel"))
    yield classifier
    await classifier.close()


@both
async def test_scores_are_those_of_the_model(classifier: Any) -> None:
    scores = await classifier.score(["a", "b"], 0.5, 5)
    assert list(scores.probabilities) == [0.75, 0.75]
    assert scores.model_version == "v1"


@both
async def test_model_in_trouble_is_a_classifier_in_trouble(classifier: Any) -> None:
    troubles = {
        "raise": ClassifierFailedError,
        "list": ClassifierFailedError,
        "refuse": ClassifierRefusedError,
        "nan": ClassifierAnswerError,
    }
    for text, error in troubles.items():
        with pytest.raises(error):
            await classifier.score([text], 0.5, 5)


@both
@pytest.mark.parametrize(("name", "said"), [("BrokenModel", "no bundle there"), ("NoModel", "NoModel")])
def test_model_that_cannot_be_made_is_a_wrong_setting(kind: Kind, name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        kind(url_of(name))


def test_child_that_ends_while_it_makes_its_model_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="ended while it was made"):
        ChildProcessClassifier(url_of("FatalModel"))


@pytest.mark.parametrize(("text", "within_s"), [("die", 30.0), ("hang", 0.05)])
async def test_child_that_ends_or_hangs_is_replaced(
    child: ChildProcessClassifier, text: str, within_s: float
) -> None:
    with pytest.raises((ClassifierFailedError, TimeoutError)):
        async with asyncio.timeout(within_s):
            await child.score([text], 0.5, 5)
    assert list((await child.score(["a"], 0.5, 5)).probabilities) == [0.75]


async def test_answer_that_cannot_leave_the_child_is_a_failure(child: ChildProcessClassifier) -> None:
    with pytest.raises(ClassifierFailedError, match="cannot be handed over"):
        await child.score(["lock"], 0.5, 5)
    assert list((await child.score(["a"], 0.5, 5)).probabilities) == [0.75]


async def test_questions_are_answered_each_its_own(child: ChildProcessClassifier) -> None:
    many = await asyncio.gather(*(child.score(["a" * 100_000] * count, 0.5, 5) for count in (1, 20, 3)))
    assert [len(scores.probabilities) for scores in many] == [1, 20, 3]


async def test_child_that_ends_fails_all_that_wait_for_it(child: ChildProcessClassifier) -> None:
    told = await asyncio.gather(
        *(child.score([text], 0.5, 5) for text in ("die", "a")), return_exceptions=True
    )
    assert [type(each) for each in told] == [ClassifierFailedError] * 2


@pytest.fixture
async def two_children() -> AsyncIterator[ChildProcessClassifier]:
    classifier = ChildProcessClassifier(url_of("ScriptedModel"), processes=2)
    yield classifier
    await classifier.close()


async def test_second_child_answers_while_the_first_is_busy(two_children: ChildProcessClassifier) -> None:
    busy = asyncio.create_task(two_children.score(["hang"], 0.5, 5))
    await asyncio.sleep(0)  # it has chosen its child by now
    async with asyncio.timeout(30.0):
        assert list((await two_children.score(["a"], 0.5, 5)).probabilities) == [0.75]
    assert not busy.done()
    busy.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await busy


async def test_child_that_cannot_be_replaced_is_not_asked_while_there_is_another(
    two_children: ChildProcessClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: object) -> None:
        raise OSError("no processes left")

    with monkeypatch.context() as patch:
        patch.setattr(child_process, "ModelProcess", no_more)
        with pytest.raises(ClassifierFailedError):
            await two_children.score(["die"], 0.5, 5)
        for _ in range(3):
            assert list((await two_children.score(["a"], 0.5, 5)).probabilities) == [0.75]
    assert len(children_of_this_process()) == 1


def test_nothing_is_left_when_the_second_child_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ModelProcess] = []

    def one_only(*arguments: Any) -> ModelProcess:
        if started:
            raise OSError("no processes left")
        started.append(ModelProcess(*arguments))
        return started[0]

    monkeypatch.setattr(child_process, "ModelProcess", one_only)
    with pytest.raises(OSError, match="no processes left"):
        ChildProcessClassifier(url_of("ScriptedModel"), processes=2)
    assert children_of_this_process() == []


async def test_child_that_ends_fails_none_that_another_was_asked(
    two_children: ChildProcessClassifier,
) -> None:
    told = await asyncio.gather(
        *(two_children.score([text], 0.5, 5) for text in ("die", "a")), return_exceptions=True
    )
    assert [type(each) for each in told] == [ClassifierFailedError, Scores]
    assert len(children_of_this_process()) == 2


async def test_setting_says_how_many_children_there_are() -> None:
    settings = StreamSettings(classifier_url=url_of("ScriptedModel"), model_processes=3)
    classifier = classifier_for(settings)
    assert len(children_of_this_process()) == 3
    await classifier.close()
    assert children_of_this_process() == []


def test_nothing_is_left_of_children_whose_model_cannot_be_made() -> None:
    with pytest.raises(SettingsError, match="no bundle there"):
        ChildProcessClassifier(url_of("BrokenModel"), processes=2)
    assert children_of_this_process() == []


def test_child_ends_with_a_program_that_forgets_to_close_its_classifier() -> None:
    program = f"""
from streams.classifiers.child_process import ChildProcessClassifier
if __name__ == "__main__":
    forgotten = ChildProcessClassifier({url_of("ScriptedModel")!r})
    print(forgotten._processes[0]._process.pid)
"""
    told = subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=60, capture_output=True, text=True
    )
    eventually(lambda: not psutil.pid_exists(int(told.stdout)), "the end of the child")


@pytest.mark.parametrize("asked", [False, True])
async def test_nothing_is_left_of_a_closed_classifier(child: ChildProcessClassifier, asked: bool) -> None:
    open_before = psutil.Process().num_fds()
    another = ChildProcessClassifier(url_of("ScriptedModel"))
    process = children_of_this_process()[-1]
    if asked:
        await another.score(["a"], 0.5, 5)
    await another.close()
    assert not process.is_running()
    assert psutil.Process().num_fds() == open_before
    assert list((await child.score(["a"], 0.5, 5)).probabilities) == [0.75]


async def test_no_process_is_started_for_what_is_asked_while_the_classifier_closes(
    child: ChildProcessClassifier,
) -> None:
    asked = asyncio.create_task(child.score(["hang"], 0.5, 5))
    await asyncio.sleep(0)  # it has been asked by now, or waits to be
    await child.close()
    with pytest.raises(ClassifierFailedError):
        await asked
    with pytest.raises(ClassifierFailedError):
        await child.score(["a"], 0.5, 5)
    assert children_of_this_process() == []


def children_of_this_process() -> list[psutil.Process]:
    """Return the processes of models, in the order of their start."""
    return [
        each for each in psutil.Process().children() if any("spawn_main" in word for word in each.cmdline())
    ]
