"""Shows why a comment has its probability: the comment coloured by its words, and the weightiest reasons."""

from collections.abc import Iterator

from rich.text import Text

from model_service.explanation import Explanation, Reason

FULL_COLOUR = 1.0
"""Log-odds of a token from which on its colour grows no stronger."""

LEAST_COLOUR = 0.05
"""Log-odds below which a token has none."""

LONGEST_BAR = 20
TOWARDS, AGAINST = (200, 60, 50), (40, 130, 90)
"""Red and green, of removal and of keeping: the sign beside each reason says it too."""


def coloured(text: str, explanation: Explanation) -> Text:
    """Return the comment, each token on a background that tells what it adds to the log-odds."""
    shown = Text("".join(map(_visible, text)))
    for (first, last), share in zip(explanation.tokens, explanation.shares(), strict=True):
        strength = min(abs(share) / FULL_COLOUR, 1.0)
        if abs(share) >= LEAST_COLOUR:
            red, green, blue = TOWARDS if share > 0 else AGAINST
            fade = 0.35 + 0.65 * strength
            colour = f"rgb({int(red * fade)},{int(green * fade)},{int(blue * fade)})"
            shown.stylize(f"white on {colour}", *explanation.comment.span(first, last))
    return shown


def lines(reasons: list[Reason]) -> Iterator[Text]:
    """Yield a line for each reason: its weight, a bar, and what it is."""
    largest = max((abs(reason.weight) for reason in reasons), default=1.0)
    for reason in reasons:
        bar = "█" * max(1, round(LONGEST_BAR * abs(reason.weight) / largest))
        style = "red" if reason.weight > 0 else "green"
        yield Text.assemble(
            (f"{reason.weight:+7.3f} ", style), (f"{bar:<{LONGEST_BAR}} ", style), name_of(reason)
        )


def name_of(reason: Reason) -> str:
    """Return what a reason is, and where: a trait of the whole comment is in brackets."""
    word = "".join(map(_visible, reason.word))
    return f"({word})" if reason.start is None else f"{word}  [{reason.start}:{reason.end}]"


def _visible(character: str) -> str:
    """Return a character that a terminal shows: no control codes, no lone surrogates."""
    return character if character.isprintable() or character in "\n\t" else "\ufffd"
