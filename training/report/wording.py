"""Numbers and foreign text as the report shows them."""

from training.thresholds import Choice

NOTHING = "–"
"""Stands where there is nothing to measure."""


def shown(text: str) -> str:
    r"""Return text in which what neither HTML nor XML can hold, or what turns text around, is spelt out.

    Each such character is written as Python does, such as `\x1b`.
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode("ascii")
        for each in text
    )


def counted(count: int, what: str) -> str:
    """Return a number and what it counts, in the singular for one."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def figure(value: float | None) -> str:
    """Return a figure between 0 and 1 with three digits."""
    return NOTHING if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """Return a share in percent."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def signed(value: float) -> str:
    """Return a number with its sign, a true minus; nothing is plus nothing."""
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def of_100(choice: Choice) -> str:
    """Return what alerts above a threshold mean for who reads them, in one sentence."""
    if choice.precision is None or choice.recall is None:
        return f"At {choice.threshold:g} there is no alert: none of the removed comments is found."
    right, found = round(100 * choice.precision.share), round(100 * choice.recall.share)
    return (
        f"Of 100 alerts at {choice.threshold:g}, {right} {'is' if right == 1 else 'are'} right; "
        f"they find {found} of 100 removed comments."
    )
