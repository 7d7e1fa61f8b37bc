"""Cleaning: what each thing in a comment becomes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_service.text import clean, tidy
from tests.model_service.nasty import MB, anything

CLEANED = {
    "nothing": ("", ""),
    "lower-case": ("ÀÉ Straße", "àé straße"),
    "entities": ("a &amp; b &lt;i&gt;", "a & b  < i > "),
    "entity-escaped-twice": ("&amp;lt;", "&lt;"),
    "entity-without-its-end": ("&ltb", " < b"),
    "entity-with-leading-zeros": ("&#00000105;diot &#x0000069;", "idiot i"),
    "entity-with-very-many-zeros": (f"&#{'0' * 5_000}105;", "i"),
    "entity-of-nothing": ("&#000;", "\ufffd"),
    "dotted-capital-i": ("İdiot", "idiot"),
    "tags-and-fillers": ("i\U000e0100d\U000e0041i\u3164o\u2800t\uffa0", "idiot"),
    "entity-beyond-unicode": ("a&#99999999999999999999;b", "a b"),
    "entity-beyond-unicode-without-its-end": ("a&#99999999999999999999b", "a b"),
    "entity-beyond-unicode-in-hexadecimal": ("a&#xFffffff;b", "a b"),
    "longest-entities-in-unicode": ("&#0000097;&#x00062;", "ab"),
    "entity-of-a-surrogate": ("&#xD800;", "\ufffd"),
    "entity-of-no-width": ("a&zwj;b&shy;c", "abc"),
    "entity-of-a-fancy-letter": ("&#x1D41A;", "a"),
    "lone-surrogate": ("a\ud800b", "a\ufffdb"),
    "surrogates-at-the-edges": ("\ud7ff \ud800 \udfff \ue000", "\ud7ff \ufffd \ufffd \ue000"),
    "nul": ("a\0b", "a b"),
    "markdown-link": ("see [the Paper](/r/x/1)!", "see  the paper /r/x/1 !"),
    "markdown-link-of-nothing": ("[]()", "   "),
    "markdown-link-with-url": ("[a](http://b.c/d)", " a  url  "),
    "markdown-link-within-another": ("[a [b](c)](d)", "[a  b c ](d)"),
    "no-markdown-link": ("a](b", "a](b"),
    "no-markdown-link-with-a-space": ("[a](b c)", "[a](b c)"),
    "url": ("at https://A.b/c?d=e#f, ok", "at  url  ok"),
    "url-without-scheme": ("www.a.b/c", " url "),
    "url-in-brackets": ("(http://a.b)", "( url )"),
    "url-in-quotes": ('"http://a.b"', '" url "'),
    "url-in-capitals": ("HTTP://A.B", " url "),
    "url-in-mixed-case": ("HtTpS://a.b", " url "),
    "url-of-another-scheme": ("ftp://a.b", "ftp://a.b"),
    "scheme-alone": ("http:// x", "http:// x"),
    "www-in-capitals": ("WWW.A.B/C", " url "),
    "www-at-the-beginning-of-a-sentence": ("Www.a.b", " url "),
    "www-in-mixed-case": ("wWw.a.b", " url "),
    "www-in-other-mixed-case": ("wwW.a.b", " url "),
    "www-in-more-mixed-case": ("WWw.a.b", " url "),
    "curly-quotes": ("“a” ‘b’ „c don´t", "\"a\" 'b' \"c don't"),
    "dashes": ("a—b–c--d", "a - b - c - d"),
    "ellipsis": ("a…", "a..."),
    "backslash": (r"\*not\_bold", "*not_bold"),
    "backtick": ("`x`", "'x'"),
    "quote-mark": (">x", " > x"),
    "line-ends-stay": ("a\r\nb", "a\r\nb"),
    "fullwidth": ("ＦＲＥＥ ５", "free 5"),
    "fullwidth-punctuation-stays": ("！", "！"),
    "mathematical-letters": ("𝐟𝑟𝓮𝔢 𝟓", "free 5"),
    "circled": ("ⓕⓡⓔⓔ ①", "free 1"),
    "squared": ("🄵🄺", "fk"),
    "raised-digits": ("x² y³ z¹ 10⁴", "x2 y3 z1 104"),
    "raised-letters": ("ᶠʳᵉᵉ ᴬᶻ", "free az"),
    "lowered": ("H₂O xₐ", "h2o xa"),
    "ligatures": ("ﬁsh ﬂy oﬀ eﬃcient", "fish fly off efficient"),
    "letter-like": ("ℂ ℎ № ™", "c h no tm"),
    "degrees-and-ordinals-stay": ("20ºC 1ª 5°", "20ºc 1ª 5°"),
    "cyrillic-in-a-latin-word": ("Vіаgrа раypal ЅЕX", "viagra paypal sex"),
    "cyrillic-words-stay": ("сор Саша ЕХАТЬ", "сор саша ехать"),
    "greek-in-a-latin-word": ("Ηellο ΑΒC", "hello abc"),
    "greek-words-stay": ("ΑΒ οΧ", "αβ οχ"),
    "each-word-for-itself": ("сор cор", "сор cop"),
    "only-look-alikes-change": ("privеtж", "privetж"),
    "fancy-letters-make-a-word-latin": ("𝐯іагrа", "viaгra"),
    "emoji-stay": ("😀 🇩🇪 👍🏽", "😀 🇩🇪 👍🏽"),
    "other-scripts-stay": ("中文 العربية हिन्दी", "中文 العربية हिन्दी"),
    "composed-accents-stay": ("É ñ", "é ñ"),
    "decomposed-accents-go": ("e\u0301", "e"),
    "combining-flood": ("z" + "\u0335\u0301\u0489\u20dd" * 50 + "a", "za"),
    "hyphens-stay": ("a\u2010b", "a\u2010b"),
    "narrow-space-stays": ("a\u202fb", "a\u202fb"),
}

VANISHING = {
    "soft-hyphen": "\u00ad",
    "grapheme-joiner": "\u034f",
    "arabic-letter-mark": "\u061c",
    "mongolian-separator": "\u180e",
    "byte-order-mark": "\ufeff",
    "zero-width-space": "\u200b",
    "zero-width-joiner": "\u200d",
    "right-to-left-mark": "\u200f",
    "first-embedding": "\u202a",
    "right-to-left-override": "\u202e",
    "word-joiner": "\u2060",
    "isolates": "\u2066\u2069",
    "last-of-the-invisible-formats": "\u206f",
    "first-variation-selector": "\ufe00",
    "last-variation-selector": "\ufe0f",
    "first-accent": "\u0300",
    "last-accent": "\u036f",
    "cyrillic-millions-sign": "\u0489",
    "extended-accents": "\u1ab0\u1aff",
    "accents-supplement": "\u1dc0\u1dff",
    "accents-for-symbols": "\u20d0\u20ff",
    "half-accents": "\ufe20\ufe2f",
}


@pytest.mark.parametrize(("text", "expected"), CLEANED.values(), ids=CLEANED.keys())
def test_cleaning(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("characters", VANISHING.values(), ids=VANISHING.keys())
def test_what_readers_do_not_see_goes(characters: str) -> None:
    assert clean(f"a{characters}b") == "ab"


@pytest.mark.parametrize(
    "neighbour",
    "\u00ac\u00ae\u02ff\u0370\u048a\u180f\u1aaf\u1b00\u1dbf\u1e00\u2010\u20cf\u2100\ufe10\ufe1f\ufe30\ufefe",
    ids=ascii,
)
def test_what_stands_beside_the_unseen_stays(neighbour: str) -> None:
    assert tidy(f"a{neighbour}b") == f"a{neighbour}b"


def test_tidying_leaves_capitals_alone() -> None:
    assert tidy("A [B](C) &amp; HTTP://D.E “Ｆ” Vіа") == 'A  B C  &  url  "F" Via'


@given(anything)
def test_cleaning_is_tidying_in_small_letters(text: str) -> None:
    assert clean(text) == tidy(text).lower()


@given(st.text(st.characters(), max_size=100))
def test_anything_cleaned_can_be_encoded_and_holds_no_nul(text: str) -> None:
    assert b"\0" not in clean(text).encode()


@given(
    st.text(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="&[]`<>\\-:."), max_size=99
    )
)
def test_plain_text_is_only_put_in_small_letters(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        *("[", "[](", "[a](", "](", "&#", "&#1", "&#9" + "9" * 50, "&a", "http://", "www.", "<", "--"),
        *("\ud800", "\u0301", "аa", "а", "а ", "𝐚"),
    ],
)
def test_cleaning_takes_time_linear_in_the_length(piece: str) -> None:
    started = time.perf_counter()
    clean(piece * (MB // len(piece)))
    assert time.perf_counter() - started < 10  # a tenth of a second; the square of it would take hours
