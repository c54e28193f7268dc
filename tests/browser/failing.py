"""The application with two faults in it: `python -m tests.browser.failing --port 5006`.

Building the page fails where its address ends in ?fail, and a run fails that starts from w = -7.
"""

import logging
import sys
from typing import Any

import panel as pn

from app import page
from app.cli import main
from app.engine import Engine
from app.lessons import LESSONS


def _build(*arguments: Any, **options: Any) -> Engine:
    logging.getLogger(__name__).warning("building a page")
    if "fail" in pn.state.session_args:
        raise RuntimeError("a fault in building the page")
    return Engine(*arguments, **options)


def _break_runs(lesson: Any) -> None:
    train = lesson.train

    def failing(self: Any, *arguments: Any, **options: Any) -> Any:
        if self.w == -7:
            raise RuntimeError("a fault in the run")
        return train(self, *arguments, **options)

    lesson.train = failing


page.Engine = _build  # type: ignore[assignment,misc]
_break_runs(LESSONS["linear"])
sys.exit(main(["serve", *sys.argv[1:]]))
