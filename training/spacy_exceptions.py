"""`make exceptions`: writes the chunks that spaCy has rules of their own for, with their tokens.

Part of spaCy (MIT licence); a test tells when a new version has others.
"""

import json
from typing import Any

from model_service.plain_chunks import EXCEPTIONS_FILE


def exceptions() -> dict[str, list[str]]:
    """Return the tokens of each of the installed spaCy's exceptions."""
    import spacy

    language: Any = spacy.blank("en")
    tokenizer = language.tokenizer
    return {chunk: [token.text for token in tokenizer(chunk)] for chunk in sorted(tokenizer.rules)}


def main() -> None:
    """Write the file."""
    lines = [f"{json.dumps(chunk)}:{json.dumps(tokens)}" for chunk, tokens in exceptions().items()]
    EXCEPTIONS_FILE.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
