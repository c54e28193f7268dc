"""What a log line can be, whatever a client sends."""

import json
import logging
import sys

import pytest

from app.serving import logs


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    about = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("app.test", logging.WARNING, __file__, 1, message, arguments, about)


def raised() -> BaseException:
    try:
        int("a\nb" * 10_000)
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    "sent", ["a\nb", "\x1b[31mred\x1b[0m", "\r\n2026 ERROR forged", "\ud800", "\u202e", "x" * 1_000_000, "\x00" * 5000]
)
@pytest.mark.parametrize("formatter", [logs._Text(), logs._Json()])
def test_a_line_is_one_line_of_printable_characters_and_not_long(sent: str, formatter: logging.Formatter):
    line = formatter.format(record("%s: sent %s", "203.0.113.5", sent, error=raised()))
    assert line.isprintable()
    assert len(line) < 4 * logs.LONGEST
    assert "ValueError" in line
    assert "raised:" in line, "where it was"


def test_json_has_what_the_text_says():
    line = json.loads(logs._Json().format(record("%s: hello", "203.0.113.5")))
    assert (line["level"], line["logger"], line["message"]) == ("warning", "app.test", "203.0.113.5: hello")


def test_each_kind_comes_once_a_minute_for_each_client():
    clock = [0.0]
    seldom = logs.Seldom(lambda: clock[0])

    def passed(*of: str) -> bool:
        return seldom.filter(record(*of))

    assert [passed("%s: slow %s", "a", str(k)) for k in range(3)] == [True, False, False]
    assert passed("%s: slow %s", "b", "")
    assert passed("%s: malformed %s", "a", "")
    clock[0] = 59
    assert not passed("%s: slow %s", "a", "")
    clock[0] = 61
    assert passed("%s: slow %s", "a", "")


def test_many_clients_are_few_lines_and_nothing_is_kept_for_ever():
    clock = [0.0]
    seldom = logs.Seldom(lambda: clock[0])
    for minute in range(3):
        clock[0] = 61.0 * minute
        assert sum(seldom.filter(record("%s: slow", str(k))) for k in range(5000)) == logs.MOST_LINES
    assert len(seldom._last) == logs.MOST_LINES


def test_a_log_that_cannot_be_written_to_is_no_error(monkeypatch: pytest.MonkeyPatch):
    before = logging.root.handlers[:], logging.root.level, logging.raiseExceptions
    try:
        with open("/dev/full", "w") as full, monkeypatch.context() as instead:
            instead.setattr(sys, "stderr", full)
            logs.begin("warning", as_json=False)
            logging.getLogger("app.test").warning("nobody reads this")
            logging.root.handlers.clear()
            with pytest.raises(OSError, match="No space"):
                full.close()
    finally:
        logging.root.handlers[:], logging.root.level, logging.raiseExceptions = before
