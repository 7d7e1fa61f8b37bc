"""What the command lines of the benchmarks have in common."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from math import inf
from pathlib import Path

TALK = "talk"
"""Instead of a bundle's folder: train the talk's recipe."""


class at_least:  # noqa: N801  argparse names it in its errors
    """Reads a whole number."""

    def __init__(self, least: int) -> None:
        self._least = least
        self.__name__ = f"number (whole, from {least} on)"

    def __call__(self, given: str) -> int:
        """Return the number that was given, if it is large enough."""
        number = int(given)
        if number < self._least:
            raise ValueError
        return number


def above_zero(given: str) -> float:
    """Return a number that is above 0 and has an end.

    Raises:
        ArgumentTypeError: If it is another, or none.
    """
    try:
        number = float(given.replace(",", ""))
    except ValueError:
        number = 0.0
    if not 0.0 < number < inf:
        raise ArgumentTypeError(f"{given} is no number above 0")
    return number


def model(given: str) -> Path | None:
    """Return a bundle's folder, or None for the talk's recipe, which is trained on the spot."""
    return None if given == TALK else Path(given)


def parser_of(command: str, description: str, examples: str) -> ArgumentParser:
    """Return the parser of a command, whose texts are shown as they are."""
    return ArgumentParser(
        prog=command,
        description=description,
        epilog=examples,
        formatter_class=RawDescriptionHelpFormatter,
    )


def add_model(parser: ArgumentParser) -> None:
    """Add the option for the bundle that scores."""
    from model_service.settings import BASELINE

    parser.add_argument(
        "--model",
        type=model,
        default=BASELINE,
        metavar="DIR|talk",
        help="a bundle; 'talk' trains the talk's recipe first.  [default: the shipped bundle]",
    )


def add_results(parser: ArgumentParser) -> None:
    """Add the options for what is left of a run: figures, picture, logs."""
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all figures, and a picture beside them"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="write the picture here (png, svg, pdf)")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the logs")
