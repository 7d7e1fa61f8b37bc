"""Tokens of plain chunks, found without spaCy: 19 of 20 new chunks in real comments are plain.

A plain chunk is a word, a compound or a number, between punctuation marks. For such a chunk the algorithm of
spaCy's `Tokenizer` (its documentation has it as pseudo-code: take prefixes and suffixes off until nothing or
an exception is left, then split at infixes) needs none of the long regular expressions that cost its time.
"""

import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

EXCEPTIONS_FILE = Path(__file__).with_name("spacy_exceptions.json")
"""spaCy's own, written by `make exceptions`: loading spaCy for them would take seconds at each start."""


class Exceptions(NamedTuple):
    """The chunks that spaCy has rules of their own for ("dont", "a.m.", ":)")."""

    tokens: Mapping[str, tuple[str, ...]]
    """What each is made of."""
    longest: int
    """Characters of the longest of them."""

    @classmethod
    def of(cls, tokens: Mapping[str, tuple[str, ...]]) -> Self:
        """Return these exceptions."""
        return cls(tokens, max(map(len, tokens), default=0))


def spacys_exceptions() -> Exceptions:
    """Return those of `spacy.blank("en")`."""
    content = EXCEPTIONS_FILE.read_bytes()
    return Exceptions.of(msgspec.json.decode(content, type=dict[str, tuple[str, ...]]))


_PREFIXES = frozenset("(\"[*'_#$")
_SUFFIXES = frozenset(",!?:;)\"]*'_%")  # the pattern lets a % only follow digits
_MARKS = frozenset(".,!?:;)\"]*'_")
_PLAIN = re.compile(
    r"""([("\[*'_#$]*)
    ( -?[a-z]+ (?: (?: ['/:-] | \.{2,} ) [a-z]+ )* (?: [0-9]* | -[0-9]* )
    | [0-9]+ (?: [.,][0-9]+ )* %?
    | [0-9]+ (?: [:/-][0-9]+ )+
    | [0-9]+ (?: -[a-z]+ )+ )
    ([.,!?:;)"\]*'_]*)""",
    re.VERBOSE,
)
_CORE = re.compile(
    r"""-?[a-z]+ (?: (?: [/:-] | \.{2,} ) [a-z]+ )* (?: [0-9]* | -[0-9]* )
    | [0-9]+ (?: [.,][0-9]+ )*
    | [0-9]+ (?: [:/-][0-9]+ )+
    | [0-9]+ (?: -[a-z]+ )+""",
    re.VERBOSE,
)
_INFIX = re.compile(r"((?<=[a-z0-9])[/:-](?=[a-z])|(?<=[0-9])-(?=[0-9])|\.{2,})")


def tokens_of(chunk: str, exceptions: Exceptions) -> tuple[str, ...] | None:
    """Return the tokens of a plain chunk, None of any other.

    Args:
        chunk: Lower-case text without whitespace.
        exceptions: Chunks with tokens of their own.
    """
    if not chunk.isascii():
        return None
    if chunk.isalpha():
        return exceptions.tokens.get(chunk) or (chunk,)
    word, mark = chunk[:-1], chunk[-1:]
    if mark in _MARKS and word.isalpha() and chunk not in exceptions.tokens and word not in exceptions.tokens:
        return word, mark  # every third, and no exception is made of two such
    match = _PLAIN.fullmatch(chunk)
    if match is None:
        return None
    before, rest, after = _without_affixes(chunk, exceptions.tokens)
    inner = exceptions.tokens.get(rest)
    own = range(len(before), len(before) + len(inner or ()))
    if inner is None:
        if not _CORE.fullmatch(rest):
            return None
        inner = tuple(_INFIX.split(rest))
    tokens = (*before, *inner, *after)
    return None if _make_up_exception(tokens, own, exceptions) else tokens


def _without_affixes(chunk: str, exceptions: Container[str]) -> tuple[list[str], str, list[str]]:
    """Return prefixes, what they enclose, and suffixes."""
    before: list[str] = []
    after: list[str] = []
    rest = chunk
    while rest and rest not in exceptions:
        first, last = int(rest[0] in _PREFIXES), _suffix(rest)
        if not (first or last):
            break
        before += rest[:first]
        after += [rest[len(rest) - last :]] if last else []
        rest = rest[first : len(rest) - last]
    return before, rest, after[::-1]


def _suffix(text: str) -> int:
    """Return the length of the suffix that spaCy would take off a text."""
    if text[-1] in _SUFFIXES:
        return 1
    if text.endswith("'s"):
        return 2
    return len(text) - len(text.rstrip("."))


def _make_up_exception(tokens: tuple[str, ...], own: range, exceptions: Exceptions) -> bool:
    """Return whether several tokens in a row make up an exception: spaCy might leave that whole.

    Args:
        tokens: The tokens.
        own: Places of those that come from an exception as it is.
        exceptions: As for `tokens_of`.
    """
    for first in range(len(tokens) - 1):
        joined = tokens[first]
        for last in range(first + 1, len(tokens)):
            joined += tokens[last]
            if len(joined) > exceptions.longest:  # a chunk of a hundred hyphens costs no more than another
                break
            if joined in exceptions.tokens and not (first in own and last in own):
                return True
    return False
