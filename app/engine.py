"""The Python side of the browser's engine: one component per session, the only thing a learner costs.

Messages, browser to server:
    {"kind": "commit", "lesson", "request", "settings"}   something was let go
    {"kind": "run", "lesson", "run_id", "settings"}       *Run gradient descent* was pressed
Server to browser:
    {"kind": "settings", "lesson", "settings", "complaints"}   what was clamped or refused
    {"kind": "landscape", "lesson", "request", ...}             new data or a new loss
    {"kind": "batches", "lesson", "indices"}                    the first mini-batches, for the preview
    {"kind": "run", "lesson", "run_id", ...}                    a trajectory
    {"kind": "error", "lesson", "run_id"|"request", "text"}     a sentence
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import panel as pn
import param

from app.lessons import LESSONS, Lesson

log = logging.getLogger("dl_workshop")

# Heavy work never runs on the event loop, and never on the loop's own default executor.
POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="compute")

_FAILED = "Something went wrong on the server while computing this. Your settings are kept: try again, or change one."


class Engine(pn.custom.JSComponent):
    """Holds one learner's lessons and answers the browser's engine."""

    lesson = param.Selector(
        default=next(iter(LESSONS)), objects=[*LESSONS, "network"], doc="The lesson whose tab is open."
    )
    lessons = param.List(default=[*LESSONS], constant=True, doc="The lessons that there are.")

    _esm: ClassVar[str] = """
    export async function render({model, view, el}) {
      const {mount} = await import(new URL("engine/main.js", document.baseURI).href)
      mount(model, view, el)
    }
    """

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._lessons: dict[str, Lesson] = {key: lesson() for key, lesson in LESSONS.items()}
        self._turn = asyncio.Lock()

    async def _handle_msg(self, data: Any) -> None:
        """Answers one message; a learner's messages are answered in the order in which they came."""
        if not isinstance(data, dict) or data.get("lesson") not in self._lessons:
            log.warning("ignored a message that is none of ours: %.200r", data)
            return
        lesson = self._lessons[data["lesson"]]
        reply = {"lesson": lesson.key} | {name: data[name] for name in ("run_id", "request") if name in data}
        async with self._turn:
            try:
                await self._answer(lesson, data, reply)
            except ValueError as error:
                self._send_msg({"kind": "error", "text": str(error), **reply})
            except Exception:
                log.exception("failed to answer %.200r", data)
                self._send_msg({"kind": "error", "text": _FAILED, **reply})

    async def _answer(self, lesson: Lesson, data: dict[str, Any], reply: dict[str, Any]) -> None:
        before = lesson.settings
        given = data.get("settings", {})
        complaints = lesson.commit(given if isinstance(given, dict) else {})
        if complaints:
            used = {name: value for name, value in lesson.settings.items() if name in given}
            self._send_msg({"kind": "settings", "settings": used, "complaints": complaints, **reply})
        changed = {name for name, value in lesson.settings.items() if value != before[name]}
        if changed & {*lesson.cards["data"], "loss"}:
            landscape = await _compute(lesson.landscape)
            self._send_msg({"kind": "landscape", **landscape, **reply})
        if changed & {"n", "seed", "batch_size"}:
            self._send_msg({"kind": "batches", "indices": await _compute(lesson.batches), **reply})
        if data.get("kind") == "run":
            self._send_msg({"kind": "run", **await _compute(_run, lesson), **reply})
        elif changed & {"n", "batch_size", "loss", "optimizer"}:
            await _compute(_prepare, lesson)


async def _compute(function: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(POOL, function, *arguments)


def _run(lesson: Lesson) -> dict[str, Any]:
    """A run as it travels: float64 columns over the steps 0..n, and how it ended."""
    trajectory, ending = lesson.run()
    columns = {"w": trajectory.theta["w"], "b": trajectory.theta["b"], "loss": trajectory.loss}
    return {name: np.asarray(column, float) for name, column in columns.items()} | {"ending": ending._asdict()}


def _prepare(lesson: Lesson) -> None:
    """Compiles what the next run needs, so that the click itself does not wait."""
    try:
        lesson.run(n_steps=1)
    except ValueError:
        pass  # settings that do not go together: said when Run is pressed


def warm_up() -> None:
    """Compiles what the first click of every lesson needs."""
    for lesson in LESSONS.values():
        _run(lesson())
