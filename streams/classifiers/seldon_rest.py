"""Asks a Seldon microservice over REST."""

import asyncio
import io
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from itertools import count

import aiohttp
import msgspec

from streams.classifiers import Scores
from streams.classifiers.answers import LONGEST_TEXT, MAX_ANSWER_BYTES, Tags, checked_scores, short
from streams.classifiers.lines import Lines
from streams.errors import (
    ClassifierAnswerError,
    ClassifierError,
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
)
from streams.settings import Threshold

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
    tags: Tags
    puid: msgspec.Raw = msgspec.Raw()
    """Seldon's id of a prediction, that of the call which the answer is for; as JSON."""

    def names(self, puid: str) -> bool:
        """Return whether the answer says that it is for the call of that id."""
        return bytes(self.puid) == b'"%s"' % puid.encode()


class _Answer(msgspec.Struct):
    data: _Data
    meta: _Meta


class _Status(msgspec.Struct):
    info: str


class _Complaint(msgspec.Struct):
    """Seldon's page for an error."""

    status: _Status


# Only what they name is made into objects: the rest of an answer may be of any size and shape.
_answers = msgspec.json.Decoder(_Answer)
_complaints = msgspec.json.Decoder(_Complaint)
_requests = msgspec.json.Encoder()


class SeldonRestClassifier:
    """A `Classifier` behind Seldon's REST API.

    What comes late on a connection could be taken for the answer to the next call on it. So a connection is
    kept only while its answers name their calls, as Seldon's do, and nothing else is believed of a kept one:
    whatever it says, a new one is asked once more. The time limit is for both together.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = f"{url.rstrip('/')}/api/v1.0/predictions"
        self._timeout_s = timeout_s
        self._lines = Lines()
        self._name = uuid.uuid4().hex
        self._calls = count()

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        puid = f"{self._name}-{next(self._calls)}"
        wish = {"explain_above": explain_above, "reasons": reasons}
        body = _requests.encode({"jsonData": texts, "meta": {"puid": puid, "tags": wish}})
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._answer(body, puid)
        except TimeoutError as error:
            raise ClassifierFailedError(self.url, "out of time") from error
        tensor, tags = answer.data.tensor, answer.meta.tags
        return checked_scores(self.url, len(texts), tensor.shape, tensor.values, tags, explain_above, reasons)

    async def close(self) -> None:
        """Close the connections."""
        await self._lines.close()

    async def _answer(self, body: bytes, puid: str) -> _Answer:
        kept = await self._lines.kept()
        if kept is not None:
            try:
                answer = await self._ask(kept, body, puid)
            except ClassifierError:  # perhaps of another call, or the service had closed the connection
                if self._lines.closed:
                    raise
            else:
                if answer.meta.names(puid):
                    return answer
        return await self._ask(self._lines.new(), body, puid)

    async def _ask(self, line: aiohttp.ClientSession, body: bytes, puid: str) -> _Answer:
        keep = False
        try:
            answer = self._read(await self._post(line, body))
            keep = answer.meta.names(puid)
        finally:
            await self._lines.let_go(line, keep=keep)
        return answer

    async def _post(self, line: aiohttp.ClientSession, body: bytes) -> bytes:
        try:
            # As a file: aiohttp sends a long `bytes` in one piece. Comments follow no redirect to elsewhere.
            async with line.post(self.url, data=io.BytesIO(body), allow_redirects=False) as response:
                answer = await self._content(response)
        except (aiohttp.ClientError, OSError) as error:
            raise ClassifierUnavailableError(self.url, short(str(error)) or type(error).__name__) from error
        if response.status in REFUSALS:
            raise ClassifierRefusedError(self.url, response.status, _sentence(answer))
        if response.status in FAILURES:
            raise ClassifierFailedError(self.url, f"status {response.status}: {_sentence(answer)}")
        if response.status != HTTPStatus.OK:
            raise ClassifierUnavailableError(self.url, f"status {response.status}: {_sentence(answer)}")
        return answer

    async def _content(self, response: aiohttp.ClientResponse) -> bytes:
        """Return an answer's bytes; one that is too long, or has no end, is cut off with its connection."""
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                response.close()
                raise ClassifierFailedError(self.url, f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
        return bytes(content)

    def _read(self, body: bytes) -> _Answer:
        try:
            return _answers.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ClassifierAnswerError(
                self.url, f"something else than scores: {short(str(error))}"
            ) from error


def _sentence(body: bytes) -> str:
    """Return what an error page says, in one short line; Seldon's has it in `status.info`."""
    try:
        text = _complaints.decode(body).status.info
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        text = body[: 4 * LONGEST_TEXT].decode("utf-8", "replace")
    return short(text)
