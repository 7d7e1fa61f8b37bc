"""Cleaning comments: the one home of it, used by training and by the service.

Cleaning follows the well-known demo of Reddit comment removal (Seldon and Kafka, "reddit_classification"):
HTML entities become characters, line ends and Markdown links become words, backslashes go. Beyond it, the
usual ways round a filter are undone, since a reader does not see them either: characters of no width,
accents piled on letters, letters in fancy forms, and letters of another alphabet in a Latin word.

| in the comment | becomes |
|---|---|
| HTML entities, once (`&amp;lt;` is `&lt;`) | their characters |
| zero-width and direction marks, soft hyphens, variation selectors, tags, fillers | nothing |
| combining accents | nothing |
| fullwidth, mathematical, circled, raised and lowered letters and digits, ligatures | plain ones |
| Cyrillic and Greek letters that look Latin, in a word that has Latin letters too | those Latin letters |
| curly quotes, dashes, the one-character ellipsis | `"`, `'`, ` - `, `...` |
| lone surrogates; NUL | U+FFFD; a space |
| Markdown links `[words](target)` | `words target` |
| links | the word `url` |
| `<`, `>` (Markdown's quotes) | words of their own |
| a backtick; a backslash (Markdown's escapes) | `'`; nothing |
| `--` | ` - ` |
| a word of more than 128 characters | pieces of as many (`tokenizer.py`) |
| capitals | small letters, by `clean`; `tidy` leaves them |

Emoji, all other scripts and Markdown's other marks (`*`, `_`, `~`, `#`) stay as they are; a link's target
ends at a bracket in it. Very long comments are no case of their own: all of this takes time linear in the
length. A decomposed "é" loses its accent, a composed one keeps it. All whitespace separates words alike, so
line ends need no replacing.
"""

import html
import re
import unicodedata

URL = "url"
"""The word that stands for any link."""

LEADING_ZEROS = re.compile(r"(?<=&#)0+(?=[0-9])|(?<=&#[xX])0+(?=[0-9a-fA-F])")
ENDLESS_ENTITY = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")  # int() refuses 4,300 digits
MARKDOWN_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
LINK = re.compile(r"[hHwW](?:(?<=[hH])[tT][tT][pP][sS]?://|(?<=[wW])[wW]{2}\.)[^\s\[\]()<>\"]+")
"""Begins with a set of letters, to which `re` jumps: a choice of two beginnings takes four times as long."""

PLAIN = (("`", "'"), (">", " > "), ("<", " < "), ("\\", ""), ("\0", " "), ("--", " - "))

_STRANGE = re.compile(r"[^\x00-\x7f]+")
_INVISIBLE = (
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x180E, 0x2800, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10),
    *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0),
)  # fmt: skip
_ACCENTS = (*range(0x0300, 0x0370), 0x0489, *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00),
            *range(0x20D0, 0x2100), *range(0xFE20, 0xFE30))  # fmt: skip
_FANCY = (0x00B2, 0x00B3, 0x00B9, *range(0x02B0, 0x02F0), *range(0x1D2C, 0x1DC0), *range(0x2070, 0x20A0),
          *range(0x2100, 0x2150), *range(0x2460, 0x2500), *range(0xFB00, 0xFB07), *range(0xFF01, 0xFF5F),
          *range(0x1D400, 0x1D800), *range(0x1F110, 0x1F170))  # fmt: skip
_LOOKS_LATIN = dict(
    zip(
        "аеорсухіјѕһԁԛԝӏАВЕКМНОРСТУХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # after Unicode's UTS 39, "confusables"
        "aeopcyxijshdqwlABEKMHOPCTYXIJSoABEZHIKMNOPTYX",
        strict=True,
    )
)
_LOOK_ALIKE = re.compile(f"[{''.join(_LOOKS_LATIN)}]")
_LATIN = re.compile("[a-zA-Z]")
_WORD = re.compile(r"\S+")


def _plain_form(code: int) -> str | None:
    """Return the ASCII letters or digits that a fancy character stands for (NFKC), None for any other."""
    plain = unicodedata.normalize("NFKC", chr(code))
    return plain if plain.isascii() and plain.isalnum() else None


_UNFOLDED: dict[int, str] = {
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # not encodable, so spaCy refuses it
    **dict.fromkeys((*_INVISIBLE, *_ACCENTS), ""),
    **{code: plain for code in _FANCY if (plain := _plain_form(code))},
    **str.maketrans(
        {
            "“": '"',
            "”": '"',
            "„": '"',
            "‘": "'",
            "’": "'",
            "´": "'",
            "—": " - ",
            "–": " - ",
            "…": "...",
            "İ": "I",
        }
    ),
}


def clean(text: str) -> str:
    """Return a comment in the form that is tokenised; any str is accepted, in time linear in its length."""
    return tidy(text).lower()


def tidy(text: str) -> str:
    """Return a comment cleaned but for its capitals, as the module's table has it; linear in its length."""
    # One character is found several times faster than two, so a rare one is looked for first.
    if "&" in text:
        if "&#" in text:
            text = ENDLESS_ENTITY.sub(" ", LEADING_ZEROS.sub("", text))
        text = html.unescape(text)
    if not text.isascii():
        text = in_one_alphabet(_STRANGE.sub(lambda run: unfolded(run[0]), text))
    if "]" in text and "](" in text:
        text = MARKDOWN_LINK.sub(r" \1 \2 ", text)
    if may_have_link(text):
        text = LINK.sub(f" {URL} ", text)
    for characters, plain in PLAIN:
        if characters[0] in text:
            text = text.replace(characters, plain)
    return text


def may_have_link(text: str) -> bool:
    """Return False only if there is no `LINK` in a text, many times faster than looking for one."""
    if ("/" in text and "://" in text) or "ww." in text:
        return True
    return "W" in text and ("WW." in text or "wW." in text or "Ww." in text)


def unfolded(characters: str) -> str:
    """Return characters beyond ASCII in their plain forms, each on its own."""
    return characters.translate(_UNFOLDED)


def in_one_alphabet(text: str) -> str:
    """Return a text of the same length: letters that look Latin are Latin in words that have Latin ones."""
    return _WORD.sub(lambda word: _in_latin(word[0]), text) if _LOOK_ALIKE.search(text) else text


def _in_latin(word: str) -> str:
    if word.isascii() or not _LATIN.search(word):
        return word
    return _LOOK_ALIKE.sub(lambda letter: _LOOKS_LATIN[letter[0]], word)
