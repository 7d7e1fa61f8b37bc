"""Texts that cleaning and tokenizers stumble over."""

from pathlib import Path

import pytest
from hypothesis import strategies as st

from training.data import CommentFile
from training.sample import generate

REAL = Path(__file__).parents[3] / "shared" / "data" / "rscience_comments.csv"
needs_real_comments = pytest.mark.skipif(
    not REAL.is_file(), reason="needs shared/data/rscience_comments.csv beside the checkout"
)

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
    "scripts": "Straße 中文字符 العربية हिन्दी ไทย ÅÅ e\u0301 ﬁ İstanbul ǅ ὈΔΥΣΣΕΎΣ ΣΑΣ",
    "look-alikes": "Vіagrа Пальто pаypal ΑΒΓ Αpple ѕех ｆｒｅｅ 𝓯𝓻𝓮𝓮 ⓕⓡⓔⓔ ᶠʳᵉᵉ x² H₂O",
    "combining-flood": "z" + "\u0335\u0489\u20dd" * 50 + "algo" + "\u0301" * 50,
    "punctuation": "what?!?! ...no... (really) [yes] {maybe} \"quoted\" 'single' a/b a-b a--b a—b",
    "markdown": "# Title\n\n> quote\n\n* item\n1. one\n**bold** _it_ ~~no~~ `code` [link](http://a.b) \\*",
    "markdown-links": "[Two Words](/x) [](y) [z]() [[a](b)](c) [a](b c) [a\nb](c)[d](e)",
    "urls": "http://x.y https://en.wikipedia.org/wiki/A_(b) www.a.com/a?b=c mail@example.com r/science",
    "urls-in-capitals": "HTTP://X.Y HttpS://a.b Www.a.b wWw.c.d WWW.e.f wwW.g.h wWW.i",
    "entities": "&amp; &lt;b&gt; &#39; &#x27; &nbsp;x &amp;amp; &bogus; &#0; &#xD800; &#99999999999;",
    "open-entities": "&ampx &notit; AT&T & &; &# &#; &#x; &lt b &amp &amp&amp &zwj;&shy;&#1; &NotEqualTilde;",
    "invisible": "zero\u200bwidth \ufeffbom soft\u00adhyphen \u202eright\u202c",
    "control": "nul\0nul bell\a esc\x1b[31m del\x7f",
    "surrogates": "lone \ud800 and \udfff\ud83d, and a pair 😀",
    "numbers": "1,000.50 1e10 -5 +3 10^-3 2020-01-01 12:30 192.168.0.1 £5 5€",
    "binary": bytes(range(256)).decode("latin-1") * 3,
    "right-to-left": "\u202eשלום עולם\u202c مرحبا بالعالم، كيف الحال؟ \u2067abc\u2069",
    "one-long-chunk": "(a)😀" * 100,
}

PIECES = (
    *("don't", "can't've", "e.g.", "U.S.", ":)", ":-(", ">:(", "<3", "(╯°□°)╯", "😀", "👨‍👩‍👧", "km", "10km"),
    *("%", "ß", "İ", "Σ", "é", "е", "Α", "ｗ", "𝐰", "²", "ﬁ", "\u0301", "\u200b", "\u00ad"),
    *("http://a.b/c", "www.", "Www.a", "[x](y)", "[", "](", "&amp;", "&lt", "&#", "&", ";", "--", "—", "…"),
    *("...", "'", '"', "`", "\\", "(", ")", "]", "/", "-", "_", ".", "<", ">"),
    *(" ", "  ", "\n", "\t", "\r\n", "\x1c", "\x85", "\u00a0", "\u2028", "\ud800", "\0", "a", "B", "1"),
)
anything = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)
"""What nobody would write."""

prose = st.text(st.sampled_from("abstz DT019 .,!?'\n’…😀é"), max_size=60)


def synthetic_texts(count: int, seed: int = 3) -> list[str]:
    """Return comments like those of a science subreddit."""
    return [comment.body for comment in generate(count, seed)]


def real_texts() -> list[str]:
    """Return the real comments; for tests marked with `needs_real_comments`."""
    return [row.body for row in CommentFile(REAL, labelled=True)]
