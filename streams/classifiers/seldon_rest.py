"""Asks a Seldon microservice over REST."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from streams.classifiers import Scores
from streams.classifiers.answers import checked_scores
from streams.errors import (
    ClassifierAnswerError,
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
)

REFUSALS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""Statuses that speak of the comments sent. Others in the 400s (a wrong path, a missing permission) are the
deployment's fault: to dead-letter comments for these would empty the topic."""

FAILURES = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.GATEWAY_TIMEOUT})
"""Statuses of a service that took the comments and failed on them."""


class _Tensor(msgspec.Struct):
    shape: list[int]
    values: list[float]


class _Data(msgspec.Struct):
    tensor: _Tensor


class _Meta(msgspec.Struct):
    tags: dict[str, Any]


class _Answer(msgspec.Struct):
    data: _Data
    meta: _Meta


_answers = msgspec.json.Decoder(_Answer)
_requests = msgspec.json.Encoder()


class SeldonRestClassifier:
    """A `Classifier` behind Seldon's REST API; one connection, kept open."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = f"{url.rstrip('/')}/api/v1.0/predictions"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        tags = {"explain_above": explain_above, "reasons": reasons}
        body = _requests.encode({"jsonData": texts, "meta": {"tags": tags}})
        answer = self._read(await self._post(body))
        tensor = answer.data.tensor
        return checked_scores(self.url, len(texts), tensor.shape, tensor.values, answer.meta.tags)

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(self.url, data=body, headers=headers) as response:
                answer = await response.read()
        except TimeoutError as error:
            raise ClassifierFailedError(self.url, "out of time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ClassifierUnavailableError(self.url, str(error) or type(error).__name__) from error
        if response.status in REFUSALS:
            raise ClassifierRefusedError(self.url, response.status, _sentence(answer))
        if response.status in FAILURES:
            raise ClassifierFailedError(self.url, f"status {response.status}: {_sentence(answer)}")
        if response.status != HTTPStatus.OK:
            raise ClassifierUnavailableError(self.url, f"status {response.status}: {_sentence(answer)}")
        return answer

    def _read(self, body: bytes) -> _Answer:
        try:
            return _answers.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ClassifierAnswerError(self.url, f"something else than scores: {error}") from error


def _sentence(body: bytes, most: int = 200) -> str:
    """Return what an error page says, in one short line; Seldon's has it in `status.info`."""
    try:
        text = str(msgspec.json.decode(body)["status"]["info"])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        text = body.decode("utf-8", "replace")
    return " ".join(text.split())[:most]
