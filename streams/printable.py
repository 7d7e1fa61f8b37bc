"""Text and bytes that came from outside, as a terminal or a log may be shown them."""


def printable(content: str | bytes | None) -> str:
    r"""Return content without a character that a terminal would obey, or that would turn text around.

    Each is written as Python does, such as `\x1b`, line ends too; so is a byte that is not UTF-8. None is "".
    """
    if content is None:
        return ""
    text = content.decode("utf-8", "backslashreplace") if isinstance(content, bytes) else content
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode("ascii")
        for each in text
    )
