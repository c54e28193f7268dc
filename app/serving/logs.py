"""The log: lines of bounded length, of printable characters, and few of each kind, whatever a client sends."""

import json
import logging
import sys
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable

LONGEST = 300  # characters of what a line says
MINUTE = 60.0  # seconds in which each kind of line comes once for each client
MOST_LINES = 100  # in a minute, of all kinds and clients


def begin(level: str, *, as_json: bool) -> None:
    """Logs to standard error from now on.

    Args:
        level: its name.
        as_json: an object a line, instead of text.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _Text())
    handler.addFilter(Seldom())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False  # a log that cannot be written is no reason for a traceback a line


class Seldom(logging.Filter):
    """Lets a record pass once a minute for each message, before its arguments are put in, and first argument.

    The first argument of a message that a client can cause is the client.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._last: OrderedDict[tuple[str, str], float] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is logged."""
        first = record.args[0] if isinstance(record.args, tuple) and record.args else ""
        key = str(record.msg)[:LONGEST], str(first)[:LONGEST]
        now = self._now()
        while self._last and next(iter(self._last.values())) < now - MINUTE:
            self._last.popitem(last=False)
        if key in self._last or len(self._last) >= MOST_LINES:
            return False
        self._last[key] = now
        return True


def printable(text: str) -> str:
    """A text on one line: what is not printable as escapes, what is too long cut."""
    kept = text[: LONGEST + 1]
    escaped = "".join(c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in kept)
    return escaped if len(escaped) <= LONGEST else f"{escaped[:LONGEST]}…"


def _said(record: logging.LogRecord) -> str:
    """What a record says; of an error that nobody expected, where it was raised."""
    said = printable(record.getMessage())
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:]]
        said += f" [{printable(repr(error))} in {' > '.join(frames)}]"
    return said


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {_said(record)}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"time": record.created, "level": record.levelname.lower(), "logger": record.name}
        return json.dumps(line | {"message": _said(record)})
