"""The benchmarks: `python -m tests.bench` measures a real server and a real browser, and prints one table.

Nothing is asserted: a figure that falls short says so in the table, and the exit status is 0 all the same.
"""
