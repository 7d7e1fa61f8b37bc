"""`python -m streams worker -l info` is `faust -A streams.app worker -l info`."""

if __name__ == "__main__":  # not in a process that the worker spawns, which imports this too
    from streams.app import app

    app.main()
