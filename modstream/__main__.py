"""`python -m modstream` is the `modstream` command."""

from modstream.cli import main

if __name__ == "__main__":
    main()
