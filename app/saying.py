"""What the program says to whoever started it, who may not be there to read it."""

import os
from typing import TextIO


def say(line: str, to: TextIO) -> None:
    """Prints a line, if there is anybody to read it: a closed or full output is no reason to end.

    Args:
        line: without its end.
        to: standard output, or standard error.
    """
    try:
        print(line, file=to, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), to.fileno())  # what is still to be written goes there
