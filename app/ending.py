"""What a signal to end does: it raises KeyboardInterrupt, once, and is not lost where Python drops that."""

import signal
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_told = False


def heed() -> None:
    """Lets the first signal raise KeyboardInterrupt; whoever comes after it is too late to disturb the end.

    All are set: the first process of a container has no handlers, a shell's background job ignores some.
    """
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def told() -> bool:
    """Whether there was a signal. Its exception is lost where it came in the midst of a finalizer."""
    return _told


def go() -> None:
    """Lets no further signal disturb what is left to do before the process ends."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: object) -> NoReturn:
    global _told
    _told = True
    go()
    raise KeyboardInterrupt
