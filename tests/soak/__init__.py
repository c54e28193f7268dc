"""Load on a real server, on loopback, bounded in count and time. `python -m tests.soak` prints the table."""
