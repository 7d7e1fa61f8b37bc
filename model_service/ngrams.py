"""Character n-grams of a chunk of text."""

LENGTHS = (2, 3, 4, 5)
"""Characters in an n-gram."""


def of_chunk(chunk: str) -> list[str]:
    """Return the n-grams of a chunk (text without whitespace) with a space at either end, in order of length.

    The space lets them tell the beginning and the end of a word from its middle.
    """
    padded = f" {chunk} "
    return [padded[start : start + length] for length in LENGTHS for start in range(len(padded) - length + 1)]
