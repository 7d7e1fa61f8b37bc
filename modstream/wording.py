"""Numbers in sentences."""


def counted(count: int, what: str) -> str:
    """Return a number and what it counts, in the singular for one."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
