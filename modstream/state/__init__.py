"""The worker's state from outside: what is committed, what the windows have counted, and what waits."""
