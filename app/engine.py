"""The Python side of the browser's engine: one component per session, the only thing a learner costs.

Messages, browser to server:
    {"kind": "commit", "lesson", "request", "settings"}   something was let go
    {"kind": "run", "lesson", "run_id", "settings"}       *Run gradient descent* was pressed
    {"kind": "cancel", "lesson"}                          the run is no longer wanted
    {"kind": "plane", "lesson", "plane_id", ...}          a network's loss over two of its parameters is wanted
Server to browser, each with the `request`, `run_id` or `plane_id` of what it answers:
    {"kind": "settings", "lesson", "settings", "complaints", "changed"}   what was clamped or refused
    {"kind": "landscape", "lesson", ...}                        new data or a new loss
    {"kind": "batches", "lesson", "indices"}                    the first mini-batches, for the preview
    {"kind": "network", "lesson", ...}                          another architecture, or other initial weights
    {"kind": "progress", "lesson", "step", "queued"}            how far a longer training is
    {"kind": "run", "lesson", ...}                              a trajectory
    {"kind": "plane", "lesson", ...}                            a network's loss surface
    {"kind": "error", "lesson", "text"}                         a sentence
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar

import panel as pn
import param
from panel.models.esm import ESMEvent

from app.lessons import LESSONS, Lesson

log = logging.getLogger("dl_workshop")

# Heavy work never runs on the event loop, and never on the loop's own default executor. What takes milliseconds (data,
# initial weights, runs of two parameters) does not queue behind trainings, nor either of them behind loss surfaces.
POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="train")
SHORT = ThreadPoolExecutor(max_workers=2, thread_name_prefix="compute")
PLANES = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plane")

KINDS = ("commit", "run", "cancel", "plane")

# What the browser knows its requests by; each answer carries its request's.
REFERENCES = ("run_id", "request", "plane_id")

SETTLED = 0.4  # seconds after a change until it is worth compiling for: another may follow
NOTICE = 0.4  # seconds until a learner hears that a run is not there yet
PAUSE = 0.2  # seconds between two words on how far it is

_FAILED = "Something went wrong on the server while computing this. Your settings are kept: try again, or change one."


class Engine(pn.custom.JSComponent):
    """Holds one learner's lessons and answers the browser's engine."""

    lesson: Any = param.Selector(default=next(iter(LESSONS)), objects=[*LESSONS], doc="The lesson whose tab is open.")

    _esm: ClassVar[str] = """
    export async function render({model, view, el}) {
      try {
        const {mount} = await import(new URL("engine/main.js", document.baseURI).href)
        mount(model, view, el)
      } catch (error) {
        console.warn(error)
        el.textContent = "The lessons could not be loaded. Check the connection, then reload the page."
        el.style = "padding: 60px 20px; text-align: center"
      }
    }
    """

    def __init__(self, *, connected: Callable[[], bool] = lambda: True, **params: Any) -> None:
        """Holds the defaults.

        Args:
            connected: whether the learner is still there; called from any thread.
            params: of the component.
        """
        super().__init__(**params)
        self._connected = connected
        self._lessons: dict[str, Lesson] = {key: lesson() for key, lesson in LESSONS.items()}
        self._turn = asyncio.Lock()
        self._run: Run | None = None
        self._plane_turn = asyncio.Lock()
        self._planes = 0
        self._preparing: asyncio.Future[None] | None = None
        self._unprepared: dict[str, set[str]] = {}  # what changed since it was compiled for, by lesson

    def _send_msg(self, data: Any) -> None:
        """Sends a message to the browser, after those that were sent before.

        Panel's own way loses one now and then that is sent while another is being written: the task that has written
        takes away the mark by which the waiting one would know that it is to write (`_dispatch_msgs`, Panel 1.9 and
        1.10). Bokeh's callbacks write one after the other.
        """
        for model, _ in [*self._models.values()]:
            document = model.document
            if document is not None:
                event = ESMEvent(model=model, data=data)
                document.add_next_tick_callback(partial(document.callbacks.send_event, event))

    async def _handle_msg(self, data: Any) -> None:  # type: ignore[override]  # Panel awaits it
        """Answers one message; a learner's messages are answered in the order in which they came."""
        if not isinstance(data, dict) or data.get("kind") not in KINDS or data.get("lesson") not in [*self._lessons]:
            log.warning("ignored a message that is none of ours: %.200r", data)
            return
        lesson = self._lessons[data["lesson"]]
        reply = {"lesson": lesson.key} | {name: data[name] for name in REFERENCES if name in data}
        run = None
        if data["kind"] in ("run", "cancel"):
            self._cancel()  # whatever is still being trained was asked for by an older message
        if data["kind"] == "run":
            run = self._run = Run(lambda **how: self._send_msg({"kind": "progress", **how, **reply}), self._connected)
        if data["kind"] == "plane":
            await self._guarded(self._answer_plane(lesson, data, reply), reply)
        elif data["kind"] != "cancel":
            async with self._turn:
                await self._guarded(self._answer(lesson, data, reply, run), reply)

    async def _guarded(self, answering: Awaitable[None], reply: dict[str, Any]) -> None:
        """Whatever goes wrong, the learner hears a sentence and the log has the traceback."""
        try:
            await answering
        except Cancelled:
            pass
        except ValueError as error:
            self._send_msg({"kind": "error", "text": str(error), **reply})
        except Exception:
            log.exception("failed to answer %r", reply)
            self._send_msg({"kind": "error", "text": _FAILED, **reply})

    async def _answer(self, lesson: Lesson, data: dict[str, Any], reply: dict[str, Any], run: "Run | None") -> None:
        """A commit, or a run: whose settings are committed first."""
        before = lesson.settings
        given = data.get("settings", {})
        complaints = lesson.commit(given if isinstance(given, dict) else {})
        changed = {name for name, value in lesson.settings.items() if value != before[name]}
        if complaints:
            used = {name: value for name, value in lesson.settings.items() if name in given}
            told = {"complaints": [complaint._asdict() for complaint in complaints], "changed": bool(changed)}
            self._send_msg({"kind": "settings", "settings": used, **told, **reply})
        fixed = lesson.copy()
        for kind, compute in fixed.consequences(changed):
            self._send_msg({"kind": kind, **await _compute(compute), **reply})
        if run is None:
            self._prepare(lesson, changed)
        elif not complaints:  # otherwise what was asked for is not what would be computed
            messages, pool = fixed.train(data, run.progress), SHORT if lesson.quick else POOL
            while (message := await run.wait_for(next, messages, None, pool=pool)) is not None:
                kind, content = message
                self._send_msg({"kind": kind, **content, **reply})

    async def _answer_plane(self, lesson: Lesson, data: dict[str, Any], reply: dict[str, Any]) -> None:
        """Loss surfaces of a network: only the latest that was asked for, and never in the way of anything else."""
        self._planes += 1
        mine = self._planes
        async with self._plane_turn:
            async with self._turn:  # what was committed before is taken first
                fixed = lesson.copy()
            if mine == self._planes:
                plane = await _compute(fixed.plane, data, pool=PLANES)
                self._send_msg({"kind": "plane", **plane, **reply})

    def _prepare(self, lesson: Lesson, changed: set[str]) -> None:
        """Compiles in the background what the next run needs; what piled up meanwhile is done in one go."""
        self._unprepared.setdefault(lesson.key, set()).update(changed)
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.ensure_future(self._prepare_all())

    async def _prepare_all(self) -> None:
        while self._unprepared:
            await asyncio.sleep(SETTLED)
            if not self._connected():
                return
            for key in [*self._unprepared]:
                try:
                    await _compute(self._lessons[key].copy().prepare, self._unprepared.pop(key), pool=POOL)
                except Exception:
                    log.exception("failed to prepare %s", key)

    def leave(self) -> None:
        """The learner has gone: stops what is still being computed."""
        self._cancel()
        if self._preparing is not None:
            self._preparing.cancel()

    def _cancel(self) -> None:
        if self._run is not None:
            self._run.cancel()


class Cancelled(Exception):  # noqa: N818 -- no error: nobody waits for the answer any more
    """A run that is no longer wanted."""


class Run:
    """A training under way: tells the learner how far it is from half a second on, and can be cancelled at any time."""

    def __init__(self, tell: Callable[..., None], connected: Callable[[], bool]) -> None:
        """Begins to count the time.

        Args:
            tell: called with `step` and `queued`, on the event loop.
            connected: whether the learner is still there.
        """
        self._tell = tell
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self._cancelled = threading.Event()
        self._future: asyncio.Future[Any] | None = None
        self._step = 0
        self._next = time.monotonic() + NOTICE

    def cancel(self) -> None:
        """Ends the run: what waits never begins, what computes ends at its next step, and nobody waits for it."""
        self._cancelled.set()
        if self._future is not None:
            self._future.cancel()

    async def wait_for(self, function: Callable[..., Any], *arguments: Any, pool: ThreadPoolExecutor) -> Any:
        """Computes a part of the run.

        Args:
            function: what to call in a thread of the pool.
            arguments: its arguments.
            pool: where.

        Returns:
            What the function returns.

        Raises:
            Cancelled: as soon as the run is.
        """
        if self._cancelled.is_set():
            raise Cancelled
        job = pool.submit(function, *arguments)
        self._future = asyncio.wrap_future(job)
        try:
            while not (await asyncio.wait([self._future], timeout=NOTICE))[0]:
                if time.monotonic() >= self._next + NOTICE:  # it does not speak for itself yet
                    self._say(queued=not job.running())
            return self._future.result()
        except asyncio.CancelledError:
            if self._cancelled.is_set():
                raise Cancelled from None
            raise

    def progress(self, step: int) -> None:
        """Called from the training's thread.

        Raises:
            Cancelled: if nobody waits for the run any more.
        """
        if self._cancelled.is_set() or not self._connected():
            raise Cancelled
        self._step = step
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE
            self._loop.call_soon_threadsafe(self._say)

    def _say(self, *, queued: bool = False) -> None:
        self._next = time.monotonic() + PAUSE
        if not self._cancelled.is_set():
            self._tell(step=self._step, queued=queued)


async def _compute(function: Any, *arguments: Any, pool: ThreadPoolExecutor = SHORT) -> Any:
    return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


def warm_up() -> None:
    """Compiles what the first click of every lesson needs."""
    for lesson in LESSONS.values():
        for _ in lesson().train({}, lambda step: None):
            pass
