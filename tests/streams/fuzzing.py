"""Records that nobody would write on purpose: a named corpus of nasty ones, and strategies for any others."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from streams.dead_letters import OURS
from streams.records import Headers, SourceRecord

TOPIC = "reddit_stream"
PARTITION = 2
NOW_S = 1_700_000_100.0

COMMENT = {
    "id": "c1",
    "body": "Interesting study.",
    "created_utc": 1_700_000_000,
    "subreddit": "science",
    "author": "someone",
    "score": 3,
    "link_id": "t3_x",
    "parent_id": "t1_y",
}


class RawName(str):
    """A header's name of any bytes, for aiokafka's batches in plain Python; they encode names themselves."""

    raw: bytes

    def __new__(cls, raw: bytes) -> "RawName":
        name = super().__new__(cls, "raw")
        name.raw = raw
        return name

    def encode(self, *_: object) -> bytes:
        return self.raw


@dataclass(frozen=True)
class Nasty:
    """A record of the corpus, and whether it is a comment all the same."""

    name: str
    value: bytes | None
    is_comment: bool = False
    key: bytes | None = b"key"
    headers: Headers = ()


def _body(raw: bytes) -> bytes:
    return b'{"id":"c1","body":' + raw + b"}"


def _with(raw: bytes) -> bytes:
    return b'{"id":"c1","body":"b",' + raw + b"}"


MEGABYTE = 1_000_000
PLAIN = _body(b'"plain"')

CORPUS: Sequence[Nasty] = (
    Nasty("tombstone", None),
    Nasty("tombstone-without-key", None, key=None),
    Nasty("nothing-but-headers", None, key=None, headers=[("a", b"b")]),
    Nasty("empty", b""),
    Nasty("space", b" \n\t"),
    Nasty("null", b"null"),
    Nasty("number", b"1"),
    Nasty("list", b"[]"),
    Nasty("text", b'"{}"'),
    Nasty("empty-object", b"{}"),
    Nasty("nul-bytes", b"\x00" * 100),
    Nasty("every-byte", bytes(range(256))),
    Nasty("utf-16", '{"id":"c1","body":"b"}'.encode("utf-16")),
    Nasty("byte-order-mark", b"\xef\xbb\xbf" + PLAIN),
    Nasty("two-objects", PLAIN + PLAIN),
    Nasty("cut-off", PLAIN[:-3]),
    Nasty("invalid-utf-8", _body(b'"\xff\xfe"')),
    Nasty("overlong-utf-8", _body(b'"\xc0\xaf"')),
    Nasty("surrogate-in-utf-8", _body(b'"\xed\xa0\x80"')),
    Nasty("invalid-utf-8-in-a-field-of-ours", _with(b'"subreddit":"\xc3("')),
    Nasty("invalid-utf-8-in-a-field-of-theirs", _with(b'"x":"\xff"'), is_comment=True),
    Nasty("invalid-utf-8-as-a-name", _with(b'"\xff":1'), is_comment=True),
    Nasty("lone-high-surrogate", _body(rb'"\ud800"')),
    Nasty("lone-low-surrogate", _body(rb'"\udc00 x"')),
    Nasty("lone-surrogate-in-the-id", rb'{"id":"\ud83d","body":"b"}'),
    Nasty("surrogate-pair", _body(rb'"\ud83d\ude00"'), is_comment=True),
    Nasty("escaped-nul", rb'{"id":"\u0000","body":"\u0000a\u0000"}', is_comment=True),
    Nasty("raw-nul-in-text", _body(b'"\x00"')),
    Nasty("control-characters", _body(rb'"\u0001\u001b[2J\u007f\u2028\u202e\ufeff\uffff"'), is_comment=True),
    Nasty("emoji-and-accents", _body('"\N{GRINNING FACE}\u0301\u0301\U0010ffff"'.encode()), is_comment=True),
    Nasty("deep-lists", _with(b'"x":' + b"[" * 50_000 + b"]" * 50_000)),
    Nasty("deep-objects", _with(b'"x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000)),
    Nasty("deep-and-cut-off", b"[" * 100_000),
    Nasty("a-little-deep", _with(b'"x":' + b"[" * 100 + b"]" * 100), is_comment=True),
    Nasty("nan", _with(b'"created_utc":NaN')),
    Nasty("infinity", _with(b'"created_utc":Infinity')),
    Nasty("minus-infinity", _with(b'"created_utc":-Infinity')),
    Nasty("nan-in-a-field-of-theirs", _with(b'"x":NaN')),
    Nasty("huge-exponent", _with(b'"created_utc":1e400')),
    Nasty("absurd-exponent", _with(b'"created_utc":1e99999999999999999999')),
    Nasty("huge-number-in-a-field-of-theirs", _with(b'"x":-1e400'), is_comment=True),
    Nasty("tiny-number", _with(b'"created_utc":1e-400'), is_comment=True),
    Nasty("minus-zero", _with(b'"created_utc":-0.0'), is_comment=True),
    Nasty("negative-time", _with(b'"created_utc":-1')),
    Nasty("time-in-milliseconds", _with(b'"created_utc":1700000000000')),
    Nasty("score-of-twenty-digits", _with(b'"score":18446744073709551616'), is_comment=True),
    Nasty("score-of-5000-digits", _with(b'"score":' + b"9" * 5_000)),
    Nasty("number-of-100000-digits", _with(b'"x":' + b"9" * 100_000), is_comment=True),
    Nasty("score-with-a-fraction", _with(b'"score":1.5')),
    Nasty("boolean-as-time", _with(b'"created_utc":true')),
    Nasty("text-as-time", _with(b'"created_utc":"1700000000"')),
    Nasty("duplicate-keys", _with(b'"id":"c2","body":"another"'), is_comment=True),
    Nasty("duplicate-keys-of-another-type", _with(b'"body":1')),
    Nasty("id-is-null", b'{"id":null,"body":"b"}'),
    Nasty("id-is-empty", b'{"id":"","body":"b"}'),
    Nasty("id-like-an-event", b'{"id":"reddit_stream:2:0","body":"b"}', is_comment=True),
    Nasty("body-is-empty", _body(b'""'), is_comment=True),
    Nasty("body-is-a-list", _body(b'["b"]')),
    Nasty("body-is-html", _body(rb'"<script>alert(1)<\/script>&amp;"'), is_comment=True),
    Nasty("body-of-one-long-word", _body(b'"' + b"a" * 200_000 + b'"'), is_comment=True),
    Nasty("body-of-many-links", _body(b'"' + b"http://a.b/c?d=e&f " * 5_000 + b'"'), is_comment=True),
    Nasty("body-of-combining-marks", _body(('"' + "e\u0301" * 50_000 + '"').encode()), is_comment=True),
    Nasty("ten-thousand-fields", _with(b",".join(b'"f%d":%d' % (n, n) for n in range(10_000))), True),
    Nasty("body-of-a-megabyte", _body(b'"' + b"a b " * 250_000 + b'"')),
    Nasty("id-of-a-megabyte", b'{"id":"' + b"i" * MEGABYTE + b'","body":"b"}'),
    Nasty("junk-of-a-megabyte", b"\xff" * MEGABYTE),
    Nasty("key-of-a-megabyte", PLAIN, is_comment=True, key=b"\xff" * 900_000),
    Nasty("header-of-a-megabyte", b"junk", headers=[("h", b"\xff" * 900_000)]),
    Nasty("ten-thousand-headers", b"junk", headers=[(f"h{n}", b"") for n in range(10_000)]),
    Nasty("no-key", PLAIN, is_comment=True, key=None),
    Nasty("empty-key", PLAIN, is_comment=True, key=b""),
    Nasty("key-that-is-not-text", PLAIN, is_comment=True, key=b"\x00\xff\xfe"),
    Nasty("header-without-value", PLAIN, is_comment=True, headers=[("a", None), ("", None)]),
    Nasty("header-without-value-on-junk", b"junk", headers=[("a", None), ("", None), ("", b"")]),
    Nasty("header-not-utf-8", b"junk", headers=[("a", b"\xff\x00")]),
    Nasty("same-header-twice", b"junk", headers=[("a", b"1"), ("a", b"2")]),
    Nasty("our-headers-without-values", b"junk", headers=[(name, None) for name in sorted(OURS)]),
    Nasty("our-headers-with-junk", PLAIN, is_comment=True, headers=[(n, b"\xff:\x00") for n in sorted(OURS)]),
    Nasty("event-id-of-elsewhere", PLAIN, True, headers=[("modstream.event_id", b"elsewhere:0:0")]),
    Nasty("event-id-of-the-future", PLAIN, True, headers=[("modstream.event_id", b"reddit_stream:2:999999")]),
    Nasty("event-id-negative", PLAIN, True, headers=[("modstream.event_id", b"reddit_stream:2:-1")]),
    Nasty("event-id-of-5000-digits", PLAIN, True, headers=[("modstream.event_id", b"9" * 5_000)]),
    Nasty("event-id-in-other-digits", PLAIN, True, headers=[("modstream.event_id", "r:2:٣".encode())]),
)

SCALARS: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),  # `json` writes NaN and Infinity
    st.text(max_size=20),
    st.sampled_from([10**400, -(10**30), 1e300, 253_402_300_800, "\ud800", "\x00", "1e400"]),
)
JSON: SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


ACCIDENTS = st.sampled_from([0, 0, 0, 1, 3]).flatmap(
    lambda count: st.lists(st.sampled_from(sorted(COMMENT)), min_size=count, max_size=count)
)


@st.composite
def near_comments(draw: st.DrawFn) -> bytes:
    """Return the bytes of a comment after a few accidents, or none."""
    fields: dict[str, Any] = dict(COMMENT)
    if draw(st.booleans()):
        del fields["created_utc"]
    for name in draw(ACCIDENTS):
        fields[name] = draw(JSON)
    for name in draw(ACCIDENTS):
        fields.pop(name, None)
    fields |= draw(st.dictionaries(st.text(max_size=5), JSON, max_size=2))
    text = json.dumps(fields, ensure_ascii=draw(st.booleans()))
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(raw)


HEADER_NAMES = st.one_of(st.sampled_from(sorted(OURS)), st.text(st.characters(codec="utf-8"), max_size=8))
HEADER_VALUES = st.one_of(
    st.none(),
    st.binary(max_size=12),
    st.builds(lambda offset: f"{TOPIC}:{PARTITION}:{offset}".encode(), st.integers(-2, 10)),
)
KEYS = st.none() | st.binary(max_size=12)
VALUES = st.one_of(st.none(), st.binary(max_size=40), near_comments(), near_comments())
HEADERS = st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=4)
TIMES = st.one_of(
    st.just(NOW_S), st.sampled_from([-0.001, 0.0, 9.2e15, 253_402_300_799.999]), st.floats(-1e18, 1e18)
)

RECORDS = st.lists(st.tuples(KEYS, VALUES, TIMES, HEADERS), max_size=8).map(
    lambda drawn: [
        SourceRecord(TOPIC, PARTITION, offset, key, value, timestamp_s, headers)
        for offset, (key, value, timestamp_s, headers) in enumerate(drawn)
    ]
)
"""Batches of any records whatever, each at an offset of its own."""


def corpus_records() -> list[SourceRecord]:
    """Return the corpus as one batch."""
    return [
        SourceRecord(TOPIC, PARTITION, offset, nasty.key, nasty.value, NOW_S, nasty.headers)
        for offset, nasty in enumerate(CORPUS)
    ]


def some_records(count: int, seed: int) -> list[Nasty]:
    """Return records with a known seed: comments with a few bytes changed, and bytes that are nothing."""
    chance = random.Random(seed)
    return [_some_record(chance, number) for number in range(count)]


def _some_record(chance: random.Random, number: int) -> Nasty:
    raw = bytearray(json.dumps({**COMMENT, "id": f"r{number}"}).encode())
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(raw))
        raw[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    value = chance.choice([bytes(raw), bytes(raw), chance.randbytes(chance.randrange(2_000)), None])
    key = chance.choice([None, b"", chance.randbytes(8), b"c1"])
    headers = [
        (chance.choice([*sorted(OURS), "", "x"]), chance.choice([None, b"", chance.randbytes(9)]))
        for _ in range(chance.randrange(4))
    ]
    return Nasty(f"random-{number}", value, key=key, headers=headers)
