"""`python -m streams worker -l info` is `faust -A streams.app worker -l info`."""

from streams.app import app

if __name__ == "__main__":
    app.main()
