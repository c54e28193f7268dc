"""The engine's Python side: messages in, messages out, whatever they hold."""

import asyncio
import logging
import math
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.document.events import MessageSentEvent

from app import engine as app_engine
from app.engine import Engine
from app.lessons import LESSONS
from app.lessons.linear import LinearRegression
from dl_workshop.data import simulate_line
from dl_workshop.training import train

Message = dict[str, Any]


class Recorded(Engine):
    """An engine whose answers are kept instead of sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.answers: list[Message] = []

    def _send_msg(self, data: Message) -> None:
        self.answers.append(data)


def answers(*messages: Any, together: bool = False) -> tuple[list[Message], Recorded]:
    """What an engine answers to messages, one after the other or all at once."""
    engine = Recorded()

    async def exchange() -> None:
        if together:
            await asyncio.gather(*(engine._handle_msg(message) for message in messages))
        else:
            for message in messages:
                await engine._handle_msg(message)

    on_a_loop(exchange())
    return engine.answers, engine


def on_a_loop(exchange: Coroutine[Any, Any, None]) -> None:
    """Runs to the end in a thread: this one has a loop already, once a browser has been started."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, exchange).result()


@contextmanager
def others_training() -> Iterator[threading.Event]:
    """Every thread that trains is busy with somebody else's network, until the event is set."""
    over = threading.Event()
    others = [app_engine.POOL.submit(over.wait, 60) for _ in range(2)]
    try:
        yield over
    finally:
        over.set()
        for other in others:
            other.result()


def commit(settings: Any, request: int = 1, lesson: str = "linear") -> Message:
    return {"kind": "commit", "lesson": lesson, "request": request, "settings": settings}


def run(settings: Any, run_id: int = 1, lesson: str = "linear") -> Message:
    return {"kind": "run", "lesson": lesson, "run_id": run_id, "settings": settings}


def kinds(messages: list[Message]) -> list[str]:
    return [message["kind"] for message in messages]


# --- what is asked for ---


def test_a_moved_point_is_kept_and_not_answered():
    sent, engine = answers(commit({"w": 1.5, "b": -2}))
    assert sent == []
    assert engine._lessons["linear"].settings["w"] == 1.5


def test_new_data_are_answered_with_a_landscape_that_names_its_request():
    sent, _ = answers(commit({"seed": 3}, request=7))
    landscape = sent[0]
    assert (landscape["kind"], landscape["lesson"], landscape["request"]) == ("landscape", "linear", 7)
    assert np.array_equal(landscape["y"], simulate_line(seed=3).y)


def test_a_run_is_one_message_with_every_step():
    [message], _ = answers(run({"w": -5, "b": 3, "step_size": 0.05, "n_steps": 40}, run_id=12))
    expected = train({"w": -5.0, "b": 3.0}, "linear", "mse", simulate_line(), step_size=0.05, n_steps=40)
    assert (message["kind"], message["run_id"], message["lesson"]) == ("run", 12, "linear")
    assert np.array_equal(message["w"], expected.theta["w"])
    assert np.array_equal(message["b"], expected.theta["b"])
    assert np.array_equal(message["loss"], expected.loss)
    assert message["ending"]["text"].endswith(".")


def test_lessons_do_not_share_their_settings():
    _, engine = answers(commit({"w": 4}), commit({"w": -4}, lesson="logistic"))
    assert engine._lessons["linear"].settings["w"] == 4
    assert engine._lessons["logistic"].settings["w"] == -4


def test_messages_are_answered_in_the_order_in_which_they_came():
    sent, _ = answers(*(commit({"seed": seed}, request=seed) for seed in (1, 2, 3)), together=True)
    assert [message["request"] for message in sent if message["kind"] == "landscape"] == [1, 2, 3]


def test_bokeh_writes_the_messages_one_after_the_other():
    engine, document = Engine(), Document()
    document.add_root(engine.get_root(document))
    events: list[Any] = []
    document.on_change(events.append)
    for number in (1, 2, 3):
        engine._send_msg({"number": number})
    assert not any(isinstance(event, MessageSentEvent) for event in events)
    for added in [*events]:  # as the server does, in its own order
        added.callback.callback()
    assert [event.msg_data.data["number"] for event in events if isinstance(event, MessageSentEvent)] == [1, 2, 3]


# --- what nobody should send ---


@pytest.mark.parametrize(
    "settings",
    [
        {"w": math.nan}, {"b": math.inf}, {"step_size": -math.inf}, {"w": "3"}, {"w": None}, {"w": [1]}, {"w": {}},
        {"w": True}, {"n": math.nan}, {"loss": "accuracy"}, {"loss": 3}, {"loss": None}, {"optimizer": "__class__"},
        {"colour": "red"}, {"__class__": 1}, {"param": 1}, {"_lessons": 1}, {"w" * 10_000: 1}, {"w": 10**400},
    ],
    ids=lambda settings: f"{settings!r:.40}",
)  # fmt: skip
def test_values_that_make_no_sense_are_refused_with_a_sentence(settings: Message):
    before = LinearRegression().settings
    [message], engine = answers(commit(settings))
    assert message["kind"] == "settings"
    [complaint] = message["complaints"]
    assert complaint["text"].endswith(".")
    assert len(complaint["text"]) < 300
    assert engine._lessons["linear"].settings == before


@pytest.mark.parametrize(
    ("settings", "used"),
    [
        ({"w": 1e20}, {"w": 1e6}),
        ({"b": -1e7}, {"b": -1e6}),
        ({"n": 10**9}, {"n": 500}),
        ({"n": 0}, {"n": 10}),
        ({"n": 55.5}, {"n": 56}),
        ({"n_steps": 10**12}, {"n_steps": 3000}),
        ({"step_size": 0}, {"step_size": 1e-4}),
        ({"step_size": -5}, {"step_size": 1e-4}),
        ({"noise": -1}, {"noise": 0}),
        ({"seed": -1}, {"seed": 0}),
        ({"batch_size": 10**6}, {"batch_size": 500}),
        ({"momentum": 1.0}, {"momentum": 0.99}),
    ],
    ids=str,
)
def test_values_out_of_range_are_clamped_and_the_browser_is_told(settings: Message, used: Message):
    sent, engine = answers(commit(settings))
    assert sent[0]["kind"] == "settings"
    assert sent[0]["settings"] == used
    assert sent[0]["complaints"]
    [(name, value)] = used.items()
    assert engine._lessons["linear"].settings[name] == value
    assert "error" not in kinds(sent)


@pytest.mark.parametrize("value", [1e308, -1e308, 10**30, 5e-324, -0.0])
def test_numbers_at_the_edge_of_what_a_computer_has_are_clamped_refused_or_taken(value: float):
    sent, engine = answers(commit({"w": value, "step_size": value}), run({"n_steps": 20}))
    lesson = engine._lessons["linear"]
    assert -1e6 <= lesson.settings["w"] <= 1e6
    assert 1e-4 <= lesson.settings["step_size"] <= 1
    assert sent[-1]["kind"] == "run"
    assert np.isfinite(sent[-1]["loss"]).all()


def test_the_good_settings_of_a_bad_message_are_taken():
    sent, engine = answers(commit({"w": math.nan, "b": 4, "nonsense": 1}))
    assert len(sent[0]["complaints"]) == 2
    assert engine._lessons["linear"].settings["b"] == 4
    assert engine._lessons["linear"].settings["w"] == 0


@pytest.mark.parametrize(
    "message",
    [
        None, 3, "commit", [], {}, {"kind": "run"}, {"kind": "commit", "lesson": "biology"}, {"lesson": None},
        {"lesson": ["linear"]}, {"lesson": {}}, {"kind": "banana", "lesson": "linear"}, {"lesson": "linear"},
    ],
    ids=str,
)  # fmt: skip
def test_messages_that_are_none_of_ours_are_ignored(message: Any):
    sent, _ = answers(message)
    assert sent == []


def test_a_message_of_a_hundred_thousand_settings_is_refused_in_one_sentence():
    sent, engine = answers(commit({f"setting {k}": k for k in range(100_000)} | {"w": 3}))
    [complaint] = sent[0]["complaints"]
    assert complaint["text"].startswith("A message with 100001 settings")
    assert engine._lessons["linear"].settings == LinearRegression().settings


@pytest.mark.parametrize("settings", [None, 3, "w", ["w"], {}])
def test_a_commit_without_settings_changes_nothing(settings: Any):
    sent, engine = answers(commit(settings))
    assert sent == []
    assert engine._lessons["linear"].settings == LinearRegression().settings


@pytest.mark.parametrize("key", LESSONS)
def test_a_run_from_the_edge_of_what_is_allowed_ends_in_a_sentence_and_finite_numbers(key: str):
    settings = {"w": 1e6, "b": -1e6, "n": 500, "noise": 10, "step_size": 1, "n_steps": 200}
    known = LESSONS[key]().settings
    sent, _ = answers(run({name: value for name, value in settings.items() if name in known}, lesson=key))
    for message in sent:
        assert message.get("text") or message["kind"] != "error"
        for value in message.values():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                assert np.isfinite(value).all()


# --- what goes wrong ---


def test_settings_that_do_not_go_together_are_a_sentence():
    sent, _ = answers(run({"optimizer": "newton", "loss": "mae"}))
    message = sent[-1]
    assert message["kind"] == "error"
    assert message["run_id"] == 1
    assert "second derivatives" in message["text"]


def test_a_failure_is_a_sentence_for_the_learner_and_a_traceback_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*arguments: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(LESSONS["linear"], "train", fail)
    with caplog.at_level(logging.ERROR):
        sent, engine = answers(run({"w": 2}, run_id=5))
    [message] = sent
    assert (message["kind"], message["run_id"], message["lesson"]) == ("error", 5, "linear")
    assert "a fault" not in message["text"]
    assert "try again" in message["text"]
    assert "RuntimeError: a fault" in caplog.text
    assert engine._lessons["linear"].settings["w"] == 2


def test_the_next_message_after_a_failure_is_answered(monkeypatch: pytest.MonkeyPatch):
    fail_once = [True]
    train_ = LinearRegression.train

    def fail(self: Any, *arguments: Any) -> Any:
        if fail_once:
            fail_once.clear()
            raise RuntimeError("a fault")
        return train_(self, *arguments)

    monkeypatch.setattr(LinearRegression, "train", fail)
    sent, _ = answers(run({}), run({}, run_id=2))
    assert kinds(sent) == ["error", "run"]


def test_heavy_work_is_not_done_on_the_event_loop(monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []
    landscape = LinearRegression.landscape
    monkeypatch.setattr(
        LinearRegression,
        "landscape",
        lambda self: seen.append(threading.current_thread().name) or landscape(self),
    )
    answers(commit({"seed": 5}))
    assert seen
    assert all(name.startswith("compute") for name in seen)


def test_what_is_computed_elsewhere_does_not_see_the_settings_change(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app_engine, "SETTLED", 0)
    computing, changed = threading.Event(), threading.Event()
    seen: list[Message] = []

    def prepare(self: LinearRegression, names: set[str]) -> None:
        if "seed" in names:
            computing.set()
            assert changed.wait(20)
            seen.append(self.settings)

    monkeypatch.setattr(LinearRegression, "prepare", prepare)

    async def exchange(engine: Engine) -> None:
        await engine._handle_msg(commit({"seed": 4}))
        assert await asyncio.to_thread(computing.wait, 20)
        await engine._handle_msg(commit({"n": 30}))
        changed.set()
        assert engine._preparing is not None
        await engine._preparing
        assert engine._lessons["linear"].settings["n"] == 30

    on_a_loop(exchange(Recorded()))
    [settings] = seen
    assert settings == LinearRegression().settings | {"seed": 4}


def test_each_lesson_is_prepared_for_its_own_changes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app_engine, "SETTLED", 0)
    prepared: list[tuple[str, set[str]]] = []
    for lesson in LESSONS.values():
        monkeypatch.setattr(lesson, "prepare", lambda self, names: prepared.append((self.key, names)))

    async def exchange(engine: Engine) -> None:
        await engine._handle_msg(commit({"seed": 4}))
        await engine._handle_msg(commit({"w": 2, "b": 1}, lesson="logistic"))
        assert engine._preparing is not None
        await engine._preparing

    on_a_loop(exchange(Recorded()))
    assert sorted(prepared) == [("linear", {"seed"}), ("logistic", {"w", "b"})]


# --- among others ---


def test_a_run_of_two_parameters_does_not_wait_for_trainings():
    with others_training():
        sent, _ = answers(run({"n_steps": 30}))
        assert kinds(sent) == ["run"]


def test_a_run_that_waits_says_so_and_comes_when_a_place_is_free():
    with others_training() as over:
        engine = Recorded()

        async def exchange() -> None:
            running = asyncio.ensure_future(engine._handle_msg(run({"n_steps": 30}, lesson="network")))
            while not engine.answers:
                await asyncio.sleep(0.02)
            over.set()
            await running

        on_a_loop(exchange())
    assert engine.answers[0] == {"kind": "progress", "lesson": "network", "run_id": 1, "step": 0, "queued": True}
    assert [kind for kind in kinds(engine.answers) if kind != "progress"] == ["run", "plane"]


def test_a_run_that_waits_can_be_cancelled_and_holds_up_nothing():
    with others_training() as over:
        engine = Recorded()

        async def exchange() -> None:
            running = asyncio.ensure_future(engine._handle_msg(run({"n_steps": 30}, lesson="network")))
            await asyncio.sleep(0.05)
            await engine._handle_msg({"kind": "cancel", "lesson": "network"})
            await engine._handle_msg(commit({"seed": 3}, lesson="network"))
            await running
            assert not over.is_set()

        on_a_loop(exchange())
    assert kinds(engine.answers) == ["landscape"]


def test_a_run_cancelled_before_its_turn_never_begins():
    sent, engine = answers(
        commit({"seed": 3}, lesson="network"), run({"n_steps": 40}, lesson="network"),
        {"kind": "cancel", "lesson": "network"}, together=True,
    )  # fmt: skip
    assert kinds(sent) == ["landscape"]
    assert engine._lessons["network"].settings["n_steps"] == 40


def test_the_work_of_a_learner_who_has_left_ends():
    there = threading.Event()
    there.set()
    engine = Recorded(connected=there.is_set)

    def tell(data: Message) -> None:
        engine.answers.append(data)
        if data["kind"] == "progress":
            there.clear()

    engine._send_msg = tell  # type: ignore[method-assign]
    settings = {"hidden": [8] * 6, "n_steps": 10_000, "batch_size": 1}
    on_a_loop(engine._handle_msg(run(settings, lesson="network")))
    assert "progress" in kinds(engine.answers)
    assert "run" not in kinds(engine.answers)


def test_warming_up_runs_every_lesson_once(monkeypatch: pytest.MonkeyPatch):
    ran = []
    for key, lesson in LESSONS.items():
        monkeypatch.setattr(lesson, "train", lambda self, *a, key=key: iter([ran.append(key)]))
    app_engine.warm_up()
    assert ran == [*LESSONS]
