"""Cleaning and tokens, against the tokenizer they stand for."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import spacy
from hypothesis import assume, given
from hypothesis import strategies as st

from model_service import tokenizer as tokenizer_module
from model_service.text import clean
from model_service.tokenizer import LONGEST_CHUNK, Tokenizer

MB = 1_000_000

NASTY = {
    "empty": "",
    "spaces": "  \t \r\n \u00a0 ",
    "ascii-whitespace": "a\tb\nc\rd\x0be\x0cf\x1cg\x1dh\x1ei\x1fj",
    "wide-whitespace": "a\x85b\u1680c\u2003d\u2028e\u2029f\u202fg\u205fh\u3000i",
    "contractions": "I don't, can't and won't've; y'all’re gonna she's 'em o'clock",
    "abbreviations": "U.S. e.g. i.e. Dr. Smith at 8a.m., 10 p.m. and 3km, 5% of $20",
    "emoticons": ":) :-) ;-P (╯°□°)╯︵┻━┻ ಠ_ಠ ^_^ <3 </3 xD :'( 8-)",
    "emoji": "😀😀 👨‍👩‍👧 👍🏽 🇩🇪 ❤️ text😀text",
    "scripts": "Straße 中文字符 العربية हिन्दी ไทย ÅÅ e\u0301 ﬁ İstanbul ǅ",
    "punctuation": "what?!?! ...no... (really) [yes] {maybe} \"quoted\" 'single' a/b a-b a--b a—b",
    "markdown": "# Title\n\n> quote\n\n* item\n1. one\n**bold** _it_ ~~no~~ `code` [link](http://a.b) \\*",
    "urls": "http://x.y https://en.wikipedia.org/wiki/A_(b) www.a.com/a?b=c mail@example.com r/science",
    "entities": "&amp; &lt;b&gt; &#39; &#x27; &nbsp;x &amp;amp; &bogus; &#0; &#xD800; &#99999999999;",
    "invisible": "zero\u200bwidth \ufeffbom soft\u00adhyphen \u202eright\u202c",
    "control": "nul\0nul bell\a esc\x1b[31m del\x7f",
    "surrogates": "lone \ud800 and \udfff\ud83d, and a pair 😀",
    "numbers": "1,000.50 1e10 -5 +3 10^-3 2020-01-01 12:30 192.168.0.1 £5 5€",
}
"""Texts that tokenizers stumble over."""

CLEANED = {
    "nothing": ("", ""),
    "lower-case": ("ÀÉ Straße", "àé straße"),
    "entities": ("a &amp; b &lt;i&gt;", "a & b  < i > "),
    "entity-escaped-twice": ("&amp;lt;", "&lt;"),
    "entity-beyond-unicode": ("a&#99999999999999999999;b", "a b"),
    "entity-of-a-surrogate": ("&#xD800;", "\ufffd"),
    "lone-surrogate": ("a\ud800b", "a\ufffdb"),
    "nul": ("a\0b", "a b"),
    "markdown-link": ("see [the Paper](/r/x/1)!", "see  the paper /r/x/1 !"),
    "link-with-url": ("[a](http://b.c/d)", " a  url  "),
    "not-a-link": ("a](b", "a](b"),
    "url": ("at https://A.b/c?d=e#f, ok", "at  url  ok"),
    "url-without-scheme": ("www.a.b/c", " url "),
    "url-in-brackets": ("(http://a.b)", "( url )"),
    "curly-quotes": ("“a” ‘b’ don´t", "\"a\" 'b' don't"),
    "dashes": ("a—b–c--d", "a - b - c - d"),
    "ellipsis": ("a…", "a..."),
    "zero-width": ("a\u200bb\ufeffc", "abc"),
    "backslash": (r"\*not\_bold", "*not_bold"),
    "backtick": ("`x`", "'x'"),
    "quote-mark": (">x", " > x"),
    "line-ends-stay": ("a\r\nb", "a\r\nb"),
}

PIECES = [
    *(
        "don't",
        "can't've",
        "e.g.",
        "U.S.",
        ":)",
        ":-(",
        ">:(",
        "<3",
        "(╯°□°)╯",
        "😀",
        "👨‍👩‍👧",
        "km",
        "10km",
        "%",
        "ß",
        "İ",
    ),
    *(
        "http://a.b/c",
        "[x](y)",
        "&amp;",
        "&#",
        "--",
        "...",
        "'",
        '"',
        "`",
        "\\",
        "(",
        ")",
        "[",
        "]",
        "/",
        "-",
        "_",
        ".",
    ),
    *(
        " ",
        "  ",
        "\n",
        "\t",
        "\r\n",
        "\x1c",
        "\x85",
        "\u00a0",
        "\u2028",
        "\u200b",
        "\ud800",
        "\0",
        "a",
        "B",
        "1",
    ),
]
anything = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)
prose = st.text(st.sampled_from("abstz DT019 .,!?'\n’…😀é"), max_size=60)


@pytest.fixture(scope="session")
def language() -> Any:
    return spacy.blank("en")


def spacy_tokens(language: Any, text: str) -> list[str]:
    """Return a whole comment's tokens, as spaCy gives them."""
    return [token.text for token in language.tokenizer(text) if not token.is_space]


class CountingTokenizer(Tokenizer):
    """Notes what it gives to spaCy."""

    def __init__(self) -> None:
        self.given: list[str] = []
        super().__init__()
        self.given.clear()  # the exceptions, which it asks for once

    def _spacy(self, chunk: str) -> tuple[str, ...]:
        self.given.append(chunk)
        return super()._spacy(chunk)


@pytest.mark.parametrize(("text", "expected"), CLEANED.values(), ids=CLEANED.keys())
def test_cleaning(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_tokens_are_spacys(tokenize: Tokenizer, language: Any, text: str) -> None:
    expected = spacy_tokens(language, clean(text))
    assert tokenize(text) == expected
    assert tokenize(text) == expected, "the second time, from the memo"


@given(prose)
def test_tokens_of_prose_are_spacys(tokenize: Tokenizer, language: Any, text: str) -> None:
    assert tokenize(text) == spacy_tokens(language, clean(text))


@given(anything)
def test_tokens_of_anything_are_spacys_chunk_by_chunk(tokenize: Tokenizer, language: Any, text: str) -> None:
    # spaCy looks for emoticons across a single space (see `tokenizer.py`), but not across a line end.
    apart = "".join(f"{character}\n" if character.isspace() else character for character in clean(text))
    assume(max(map(len, apart.split()), default=0) <= LONGEST_CHUNK)
    assert tokenize(text) == spacy_tokens(language, apart)


def test_emoticon_is_not_looked_for_across_a_space(tokenize: Tokenizer, language: Any) -> None:
    assert spacy_tokens(language, "> :(x") == [">", ":", "(", "x"]
    assert tokenize("> :(x") == [">", ":(", "x"]


@given(st.text(st.characters(), max_size=100))
def test_tokens_can_be_encoded_and_hold_no_whitespace(tokenize: Tokenizer, text: str) -> None:
    for token in tokenize(text):
        assert token.encode()
        assert not any(character.isspace() for character in token)


@pytest.mark.parametrize(
    "piece", ["[", "[](", "[a](", "](", "&#", "&#1", "&#9" + "9" * 50, "http://", "www.", "<", "--", "\ud800"]
)
def test_cleaning_takes_time_linear_in_the_length(piece: str) -> None:
    started = time.perf_counter()
    clean(piece * (MB // len(piece)))
    assert time.perf_counter() - started < 10  # a tenth of a second; the square of it would take hours


def test_megabyte_of_one_character_is_tokenised_once() -> None:
    tokenize = CountingTokenizer()
    assert len(tokenize("(" * MB)) == MB
    assert tokenize.given == ["(" * LONGEST_CHUNK, "(" * (MB % LONGEST_CHUNK)]


def test_megabyte_without_a_space_goes_to_spacy_in_short_pieces() -> None:
    tokenize = CountingTokenizer()
    text = "".join(f"{number}é" for number in range(200_000))
    assert len(text) >= MB
    assert "".join(tokenize(text)) == text
    assert max(map(len, tokenize.given)) == LONGEST_CHUNK
    assert sum(map(len, tokenize.given)) <= len(text)


def test_piece_of_a_long_chunk_has_the_tokens_of_that_piece(tokenize: Tokenizer, language: Any) -> None:
    long = "😀(a)" * 100
    pieces = [long[at : at + LONGEST_CHUNK] for at in range(0, len(long), LONGEST_CHUNK)]
    assert tokenize(long) == [token for piece in pieces for token in spacy_tokens(language, piece)]


def test_memo_is_bounded_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_module, "REMEMBERED_CHUNKS", 50)
    tokenize = CountingTokenizer()
    for place in range(500):
        assert tokenize(f"mañana{place} później") == [f"mañana{place}", "później"]
        assert len(tokenize._recent) + len(tokenize._earlier) <= 100
    assert tokenize.given.count("później") == 1, "what is seen often is not forgotten"


def test_memo_is_bounded_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_module, "REMEMBERED_CHARACTERS", 1_000)
    tokenize = Tokenizer()
    for place in range(100):
        tokenize("😀" * 100 + str(place))
        held = sum(map(len, tokenize._recent)) + sum(map(len, tokenize._earlier))
        assert held <= 2 * (1_000 + LONGEST_CHUNK)


def test_spacy_keeps_nothing_of_new_words() -> None:
    tokenize = Tokenizer()
    tokenize("something to begin with")
    tokenizer: Any = tokenize._tokenize
    vocabulary = tokenizer.vocab
    before = len(vocabulary.strings), len(list(vocabulary))
    for place in range(1_000):
        tokenize(f"new{place} more{place}")
    assert (len(vocabulary.strings), len(list(vocabulary))) == before


def test_threads_get_the_tokens_that_one_gets(language: Any) -> None:
    texts = [f"thread{place % 97} don't {place}km (U.S.)" for place in range(600)]
    expected = [spacy_tokens(language, clean(text)) for text in texts]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        tokenize = Tokenizer()
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: [tokenize(text) for text in texts], range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert answers == [expected] * 4
