"""What callers may send for scoring, checked before anything is predicted."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from model_service.bundle import THRESHOLD_NAME
from model_service.errors import BadTagError, NotTextError, TextTooLongError, UnreadableBytesError

DEFAULT_REASONS = 5
LONGEST_TEXT = 1024 * 1024
"""Characters; memory and time grow with them. Reddit's longest comments have 40,000."""

MOST_DIMENSIONS = 2


class Wish(Struct, frozen=True):
    """What a caller asks for besides probabilities."""

    explain_above: float
    """Give reasons for the texts whose probability of removal is strictly above."""
    reasons: int
    """How many, at the most."""
    told: Mapping[str, Any]
    """Tags of the answer that say what became of a name."""


def texts_of(received: Any) -> Sequence[str]:
    """Return the text of each comment in whatever a caller sent.

    | sent | read as |
    |---|---|
    | a str | one text |
    | a list, tuple or array of str; an array of one column | texts |
    | a list of lists of str; an array of several columns | the words of one text each |
    | bytes | a JSON array of any of these, in UTF-8 |

    Raises:
        BadRequestError: If it is anything else; the message names the first thing that is wrong.
    """
    if isinstance(received, bytes | bytearray | memoryview):
        received = _from_json(bytes(received))
    elif isinstance(received, np.ndarray):
        received = _from_array(received)
    if isinstance(received, str):
        received = [received]
    if not isinstance(received, list | tuple):
        raise NotTextError("the input", type(received).__name__)
    if received and isinstance(received[0], list | tuple):
        received = [" ".join(_checked_tokens(place, tokens)) for place, tokens in enumerate(received)]
    texts: Sequence[str] = received
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise NotTextError(f"text {place}", type(text).__name__)
        if len(text) > LONGEST_TEXT:
            raise TextTooLongError(place, len(text), LONGEST_TEXT)
    return texts


def texts_of_columns(rows: Any) -> Any:
    """Return the texts of rows that hold one text each, as a table of one column does; all else unchanged."""
    if isinstance(rows, list) and all(isinstance(row, list) and len(row) == 1 for row in rows):
        return [row[0] for row in rows]
    return rows


def wish_of(meta: Any, thresholds: Mapping[str, float]) -> Wish | None:
    """Return what the tags of a request's `meta` ask for; None when they ask for no reasons.

    Args:
        meta: The request's meta.
        thresholds: What the names stand for that `explain_above` may have in place of a number.

    Raises:
        BadRequestError: If a tag that is ours has a wrong type.
    """
    tags = _mapping("meta.tags", _mapping("meta", meta).get("tags"))
    most = tags.get("reasons", DEFAULT_REASONS)
    if not _is_number(most) or most != int(most) or most < 0:
        raise BadTagError("the tag reasons", "a whole number, 0 or more", most)
    above = tags.get("explain_above")
    if above is None:
        return None
    if isinstance(above, str) and THRESHOLD_NAME.fullmatch(above):
        return _named(above, int(most), thresholds)
    if not _is_number(above):
        raise BadTagError("the tag explain_above", "a number or the name of a threshold", above)
    return Wish(float(above), int(most), {})  # gRPC carries every number as a float


def _named(name: str, most: int, thresholds: Mapping[str, float]) -> Wish:
    """Return the wish for reasons above a threshold that has a name; none are above one that is not there."""
    if name not in thresholds:
        return Wish(math.inf, most, {"explained_above": None, "thresholds": sorted(thresholds)})
    return Wish(thresholds[name], most, {"explained_above": thresholds[name]})


def _from_json(content: bytes) -> list[Any]:
    try:
        received = msgspec.json.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # of what Python takes, it leaves some out
        try:
            received = json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise UnreadableBytesError(str(error)) from error
    if not isinstance(received, list):
        raise UnreadableBytesError(f"found {type(received).__name__}")
    return received


def _from_array(array: np.ndarray[Any, Any]) -> Any:
    if array.ndim > MOST_DIMENSIONS:
        raise NotTextError("the input", f"array with {array.ndim} dimensions")
    if array.size == 0 and array.ndim < MOST_DIMENSIONS:
        return []  # of whatever dtype: numpy makes an empty array one of floats
    return texts_of_columns(array.tolist())


def _checked_tokens(place: int, tokens: Any) -> Sequence[str]:
    if not isinstance(tokens, list | tuple):
        raise NotTextError(f"token list {place}", type(tokens).__name__)
    for at, token in enumerate(tokens):
        if not isinstance(token, str):
            raise NotTextError(f"token {at} of list {place}", type(token).__name__)
    return tokens


def _mapping(name: str, found: Any) -> Mapping[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise BadTagError(name, "an object", found)
    return found


def _is_number(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON allows an int that is beyond every float
        return False
