"""Kinds of arguments that command lines take."""

from argparse import ArgumentTypeError
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
