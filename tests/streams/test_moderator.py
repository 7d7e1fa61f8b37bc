"""Every record of a batch has its outcome, in order, whatever the classifier does."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from streams.classifiers import Scores
from streams.dead_letters import ATTEMPTS, EXCEPTION, MESSAGE, MODEL_VERSION
from streams.errors import (
    ClassifierAnswerError,
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
    NamelessServiceError,
    NotWantedError,
    SettingsError,
    UnknownThresholdError,
)
from streams.limits import Limits
from streams.moderation import published
from streams.moderator import Moderator
from streams.records import EVENT_ID, Output, Reason, SourceRecord
from streams.service_guard import PROBE, ServiceGuard
from streams.settings import StreamSettings, Threshold
from streams.topics import MAX_OUTPUT_BYTES, Topics
from tests.streams.examples import BALANCED, make_comment, make_record, number_of

SETTINGS = StreamSettings(retry_wait_s=0.001, retry_max_wait_s=0.002, comment_max_bytes=4 * MAX_OUTPUT_BYTES)
TOPICS = Topics.named()


async def handled(
    moderator: Moderator, records: Sequence[SourceRecord], wanted: Callable[[], bool]
) -> list[Output]:
    return published(await moderator.handle(records, wanted))


class LengthClassifier:
    """Scores a text by its length, so that a swapped answer shows."""

    url = "test:"

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        self.calls.append(list(texts))
        probabilities = [min(len(text), 100) / 100 for text in texts]
        above = number_of(explain_above)
        told = {i: (Reason(texts[i][:1], 1.0),) for i, p in enumerate(probabilities) if p > above}
        return Scores(probabilities, "v1", told, above)

    async def close(self) -> None: ...


class RefusingClassifier(LengthClassifier):
    """Refuses any call that holds the word "bad"."""

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        if any("bad" in text for text in texts):
            self.calls.append(list(texts))
            raise ClassifierRefusedError(self.url, 400, "bad text")
        return await super().score(texts, explain_above, reasons)


class FailingClassifier(LengthClassifier):
    """Fails a number of times before it answers."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        super().__init__()
        self.errors = list(errors)

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        if self.errors:
            raise self.errors.pop(0)
        return await super().score(texts, explain_above, reasons)


class PoisonedClassifier(LengthClassifier):
    """Fails on any call that holds a certain word, every time."""

    def __init__(self, word: str, error: Exception) -> None:
        super().__init__()
        self.word, self.error = word, error
        self.failures = 0

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        if any(self.word in text for text in texts):
            self.failures += 1
            raise self.error
        return await super().score(texts, explain_above, reasons)


class ShortOfTimeClassifier(LengthClassifier):
    """Has time for two comments in a call."""

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        if len(texts) > 2:
            raise ClassifierFailedError(self.url, "out of time")
        return await super().score(texts, explain_above, reasons)


def records_of(*bodies: str) -> list[SourceRecord]:
    return [
        make_record(make_comment(id=f"c{offset}", body=body), offset=offset)
        for offset, body in enumerate(bodies)
    ]


def moderator_with(classifier: LengthClassifier) -> Moderator:
    return Moderator(ServiceGuard(classifier, SETTINGS), SETTINGS, TOPICS, lambda: 99.0)


def summary(outputs: Sequence[Output]) -> list[tuple[str, str]]:
    return [(output.topic, dict(output.headers)[EVENT_ID].decode().rsplit(":", 1)[1]) for output in outputs]


async def test_each_comment_gets_its_own_probability() -> None:
    bodies = ["x" * n for n in (3, 40, 0, 12)]
    outputs = await handled(moderator_with(LengthClassifier()), records_of(*bodies), lambda: True)
    told = [msgspec.json.decode(output.value or b"") for output in outputs]
    assert [(each["original"], each["probability"]) for each in told] == [(b, len(b) / 100) for b in bodies]


async def test_unreadable_record_is_dead_lettered_in_its_place() -> None:
    records = [*records_of("a", "b"), make_record(offset=2, key=b"k", value=b"\xff")]
    records.insert(1, make_record(offset=9, value=None))
    outputs = await handled(moderator_with(LengthClassifier()), records, lambda: True)
    assert summary(outputs) == [
        ("reddit_prediction", "0"),
        ("reddit_dead_letter", "9"),
        ("reddit_prediction", "1"),
        ("reddit_dead_letter", "2"),
    ]
    letter = outputs[3]
    assert (letter.key, letter.value, letter.partition) == (b"k", b"\xff", 2)
    assert dict(letter.headers)[EXCEPTION] == b"InvalidCommentError"


async def test_batch_without_a_readable_record_asks_nobody() -> None:
    classifier = LengthClassifier()
    outputs = await handled(moderator_with(classifier), [make_record(value=b"junk")], lambda: True)
    assert summary(outputs) == [("reddit_dead_letter", "7")]
    assert classifier.calls == []


async def test_alert_names_the_words_of_its_own_comment() -> None:
    outputs = await handled(
        moderator_with(LengthClassifier()), records_of("short", "z" * 80, "y" * 90), lambda: True
    )
    alerts = [msgspec.json.decode(output.value or b"") for output in outputs if "alert" in output.topic]
    assert [(each["original"][0], each["reasons"][0]["word"]) for each in alerts] == [("z", "z"), ("y", "y")]


async def test_refused_comment_is_found_and_the_rest_scored() -> None:
    bodies = ["a", "bb", "bad", "cccc", "ddddd"]
    outputs = await handled(moderator_with(RefusingClassifier()), records_of(*bodies), lambda: True)
    assert summary(outputs) == [
        ("reddit_prediction", "0"),
        ("reddit_prediction", "1"),
        ("reddit_dead_letter", "2"),
        ("reddit_prediction", "3"),
        ("reddit_prediction", "4"),
    ]
    assert b"refused the request with 400" in dict(outputs[2].headers)[MESSAGE]


@pytest.mark.parametrize(
    "error",
    [ClassifierUnavailableError("u", "refused"), ClassifierAnswerError("u", "nonsense")],
    ids=["unavailable", "untrustworthy-answer"],
)
async def test_comment_waits_until_the_service_is_back(error: Exception) -> None:
    outputs = await handled(moderator_with(FailingClassifier([error] * 5)), records_of("a"), lambda: True)
    assert summary(outputs) == [("reddit_prediction", "0")]


async def test_batch_is_given_back_when_it_is_not_wanted_any_more() -> None:
    classifier = FailingClassifier([ClassifierUnavailableError("u", "refused")] * 9)
    with pytest.raises(NotWantedError):
        await handled(moderator_with(classifier), records_of("a"), lambda: len(classifier.errors) > 6)
    assert len(classifier.errors) == 6


async def test_batch_that_the_service_fails_on_is_tried_in_halves() -> None:
    classifier = ShortOfTimeClassifier()
    outputs = await handled(moderator_with(classifier), records_of("a", "b", "c", "d"), lambda: True)
    assert summary(outputs) == [("reddit_prediction", str(number)) for number in range(4)]
    assert [call for call in classifier.calls if call != list(PROBE)] == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    "error", [ClassifierFailedError("u", "500"), ClassifierAnswerError("u", "nan")], ids=["fails", "nonsense"]
)
async def test_comment_that_a_healthy_service_fails_on_is_dead_lettered(error: Exception) -> None:
    classifier = PoisonedClassifier("bad", error)
    outputs = await handled(moderator_with(classifier), records_of("a", "bb", "bad", "c"), lambda: True)
    assert [topic for topic, _ in summary(outputs)] == [
        "reddit_prediction",
        "reddit_prediction",
        "reddit_dead_letter",
        "reddit_prediction",
    ]
    headers = dict(outputs[2].headers)
    assert headers[EXCEPTION].decode() == type(error).__name__
    assert headers[ATTEMPTS] == str(SETTINGS.attempts_per_comment).encode()


async def test_one_bad_comment_in_a_large_batch_costs_few_failing_calls() -> None:
    """Each may last as long as the time limit, and nothing of the batch is published meanwhile."""
    classifier = PoisonedClassifier("bad", ClassifierFailedError("u", "out of time"))
    bodies = [f"comment {number}" for number in range(511)]
    outputs = await handled(moderator_with(classifier), records_of(*bodies, "bad"), lambda: True)
    assert [topic for topic, _ in summary(outputs)].count("reddit_dead_letter") == 1
    assert classifier.failures <= 3 + 8 + 6 + 2, "the whole, its halves, the culprit alone"


async def test_comment_waits_while_the_service_fails_on_everything() -> None:
    classifier = FailingClassifier([ClassifierFailedError("u", "500")] * 50)
    outputs = await handled(moderator_with(classifier), records_of("a"), lambda: True)
    assert summary(outputs) == [("reddit_prediction", "0")]


async def test_comment_longer_than_allowed_is_dead_lettered_and_asked_of_nobody() -> None:
    settings = StreamSettings(comment_max_bytes=200)
    classifier = LengthClassifier()
    moderator = Moderator(ServiceGuard(classifier, settings), settings, TOPICS, lambda: 99.0)
    outputs = await handled(moderator, records_of("a", "x" * 200), lambda: True)
    assert [topic for topic, _ in summary(outputs)] == ["reddit_prediction", "reddit_dead_letter"]
    assert dict(outputs[1].headers)[EXCEPTION] == b"CommentTooLargeError"
    assert classifier.calls == [["a"]]


async def test_comment_whose_prediction_does_not_fit_is_dead_lettered() -> None:
    records = records_of("a", "x" * MAX_OUTPUT_BYTES, "b")
    outputs = await handled(moderator_with(LengthClassifier()), records, lambda: True)
    assert summary(outputs) == [
        ("reddit_prediction", "0"),
        ("reddit_dead_letter", "1"),
        ("reddit_prediction", "2"),
    ]
    headers = dict(outputs[1].headers)
    assert headers[EXCEPTION] == b"OutputTooLargeError"
    assert headers[MODEL_VERSION] == b"v1"
    assert all(output.size <= MAX_OUTPUT_BYTES for output in outputs)


async def test_comment_whose_prediction_its_topic_would_refuse_is_dead_lettered() -> None:
    limits = Limits()
    limits.learn({TOPICS.predictions.name: 5_000, TOPICS.dead_letters.name: 5_000})
    guard = ServiceGuard(LengthClassifier(), SETTINGS)
    moderator = Moderator(guard, SETTINGS, TOPICS, lambda: 99.0, limits)
    outputs = await handled(moderator, records_of("a", "x" * 4_000, "b"), lambda: True)
    assert summary(outputs) == [
        ("reddit_prediction", "0"),
        ("reddit_dead_letter", "1"),
        ("reddit_prediction", "2"),
    ]
    assert outputs[1].size <= 5_000


async def test_unknown_failure_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await handled(moderator_with(FailingClassifier([ZeroDivisionError()])), records_of("a"), lambda: True)


async def test_threshold_of_a_name_is_that_of_the_model_which_answered() -> None:
    settings = StreamSettings(moderation_threshold="balanced")
    moderator = Moderator(ServiceGuard(LengthClassifier(), settings), settings, TOPICS, lambda: 99.0)
    outcomes = await moderator.handle(records_of("x" * 30, "x" * 31, "x" * 90), lambda: True)
    assert [outcome.threshold for outcome in outcomes] == [BALANCED] * 3
    alerts = [msgspec.json.decode(each.value or b"") for each in published(outcomes) if "alert" in each.topic]
    assert [(each["id"], each["threshold"]) for each in alerts] == [("c1", BALANCED), ("c2", BALANCED)]
    assert all(each["reasons"] for each in alerts)


@pytest.mark.parametrize(
    "error", [UnknownThresholdError("u", "nope", ["default"]), NamelessServiceError("u", "nope", "no tag")]
)
async def test_name_that_is_not_known_dead_letters_nothing(error: Exception) -> None:
    with pytest.raises(SettingsError, match="MOD_MODERATION_THRESHOLD=nope"):
        await handled(moderator_with(FailingClassifier([error])), records_of("a", "b"), lambda: True)
