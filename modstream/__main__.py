"""The `modstream` command, and `python -m modstream`."""

import sys

INTERRUPTED = 130
"""Exit status of a command stopped by Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command; a Ctrl-C at any moment, also while modules are loaded, is no traceback."""
    try:
        from modstream.cli import run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
