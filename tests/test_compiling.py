"""Formulas compiled by a process of its own: what it gives, and what it is kept from."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from scipy.optimize import minimize

from app import compiling, formulas
from app.compiling import Compiled, Compiler
from app.serving.logs import Seldom
from app.serving.options import Options
from app.serving.turns import Budget
from dl_workshop.losses import LOSSES
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.training import hessian, objective, value_and_gradient
from dl_workshop.written import written_loss, written_model, written_optimizer
from tests.find_node import executable
from tests.serving import ROOT, done

COSH = "mean((exp(y_true - y_pred) + exp(y_pred - y_true)) / 2 - 1)"


def compiled(*texts: str, lesson: str = "linear") -> list[Compiled]:
    """What comes of losses."""
    return compiled_modules(*((lesson, {"own_loss": text}) for text in texts))


def compiled_modules(*orders: tuple[str, dict[str, str]]) -> list[Compiled]:
    async def all_of_them() -> list[Compiled]:
        compiler = Compiler(Options())
        try:
            return [await compiler.module(*order, "./base.js", "client") for order in orders]
        finally:
            await compiler.end()

    return done(all_of_them())


def ran(program: str, folder: Path) -> Any:
    """What a program in a folder prints, which is JSON."""
    command = [executable(), "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)


def test_a_module_has_the_learners_loss_beside_all_that_the_lesson_has(tmp_path: Path):
    [answer] = compiled(COSH)
    assert answer.status == HTTPStatus.OK
    with jax.enable_x64(True):
        lesson = formulas.modules()["formulas/linear.js"]
        x, y, theta = np.linspace(-2, 2, 9), np.linspace(0, 1, 9) ** 2, np.array([0.4, 0.1])
        loss = written_loss(COSH, "regression")
        (expected, _), slope = value_and_gradient("linear", loss)(theta, x, y, 0.0, 0.0)
        second = hessian("linear", loss)(theta, x, y, 0.0, 0.0)
    (tmp_path / "base.js").write_text(lesson, encoding="utf-8")
    (tmp_path / "own.js").write_text(answer.text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    arrays = ", ".join(f"Float64Array.from({json.dumps(of.tolist())})" for of in (theta, x, y))
    program = (
        'const own = await import("./own.js")\n'
        f"const given = [{arrays}]\n"
        "const [[minimised], slope] = own.evaluate.own(...given, 0, 0)\n"
        "console.log(JSON.stringify([own.loss.own(...given), minimised, [...slope],"
        " [...own.hessian.own(...given, 0, 0)], own.loss.mse(...given), Object.keys(own.simulate)]))"
    )
    value, minimised, gradient, curvature, mse, recipes = ran(program, tmp_path)
    assert value == pytest.approx(float(expected), rel=1e-12)
    assert minimised == value
    np.testing.assert_allclose(gradient, slope, rtol=1e-12)
    np.testing.assert_allclose(np.reshape(curvature, (2, 2)), second, rtol=1e-12)
    assert mse == pytest.approx(np.mean((theta[0] * x + theta[1] - y) ** 2), rel=1e-12)
    assert recipes == ["line"]


def test_what_is_no_loss_is_answered_with_a_sentence_and_the_process_goes_on():
    wrong, nowhere, right = compiled("(y_true - y_pred) ** 2", "__import__('os')", "mean(abs(y_true - y_pred))")
    assert wrong.status == nowhere.status == HTTPStatus.BAD_REQUEST
    assert "take their mean" in wrong.text
    assert right.status == HTTPStatus.OK


@pytest.mark.parametrize("loss", [{"loss": "huber"}, {"own_loss": COSH}], ids=["known", "own"])
def test_a_module_has_the_learners_model_and_the_loss_that_is_chosen(tmp_path: Path, loss: dict[str, str]):
    text = "w * x + b + c * abs(x)"
    answer, same, refused = compiled_modules(
        ("linear", {"own_model": text, **loss}),
        ("linear", {"own_model": "b + x*w + (np.abs(x) * c)", **loss}),
        ("linear", {"own_model": "w + b", **loss}),
    )
    assert answer.status == HTTPStatus.OK
    assert same == answer
    assert refused.text.startswith("x does not occur")
    with jax.enable_x64(True):
        of = written_loss(COSH, "regression") if "own_loss" in loss else LOSSES["huber"]
        model, theta = written_model(text), np.array([0.4, 0.1, -0.3])
        x, y = np.linspace(-2, 2, 9), np.linspace(0, 1, 9) ** 2
        (value, _), slope = value_and_gradient(model, of)(theta, x, y, 0.0, 0.0)
        second = hessian(model, of)(theta, x, y, 0.0, 0.0)
        other = minimize(lambda theta: float(objective(model, of)(theta, x, y)), theta, method="Nelder-Mead")
        (tmp_path / "base.js").write_text(formulas.modules()["formulas/linear.js"], encoding="utf-8")
    (tmp_path / "own.js").write_text(answer.text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    arrays = ", ".join(f"Float64Array.from({json.dumps(of.tolist())})" for of in (theta, x, y))
    minima = json.dumps((ROOT / "app" / "browser" / "minima.js").as_uri())
    program = (
        f'const own = await import("./own.js"), {{bestFit}} = await import({minima})\n'
        f"const [theta, x, y] = [{arrays}], loss = {json.dumps(of.name)}\n"
        "const [[minimised], [...slope]] = own.evaluate[loss](theta, x, y, 0, 0)\n"
        "const second = [...own.hessian[loss](theta, x, y, 0, 0)]\n"
        'const order = {loss, solver: "descent", model: {count: 3}, train: {x, y}}\n'
        "const best = [...bestFit(order, own)].at(-1)\n"
        "console.log(JSON.stringify([own.loss[loss](theta, x, y), minimised, slope, second,"
        " [...own.predict(theta, x)], own.largestEigenvalue(Float64Array.from(second)), best.loss]))"
    )
    loss_of, minimised, gradient, curvature, predicted, largest, least = ran(program, tmp_path)
    assert loss_of == minimised == pytest.approx(float(value), rel=1e-12)
    np.testing.assert_allclose(gradient, slope, rtol=1e-12)
    np.testing.assert_allclose(np.reshape(curvature, (3, 3)), second, rtol=1e-12)
    np.testing.assert_allclose(predicted, 0.4 * x + 0.1 - 0.3 * abs(x), rtol=1e-12)
    assert largest == pytest.approx(np.linalg.eigvalsh(second)[-1], rel=1e-9)
    assert other.fun * (1 - 1e-3) <= least <= other.fun * (1 + 1e-9)


UPDATE = {"own_optimizer": "theta - step_size * m / t", "own_m": "0.9 * m + g", "own_v": "v"}


def test_a_module_has_the_learners_optimizer_beside_all_others(tmp_path: Path):
    same = {**UPDATE, "own_optimizer": "theta - (m * step_size) / t"}
    wrong = {**UPDATE, "own_m": "m + sum(g)"}
    one, other, refused, partial = compiled_modules(
        ("common", UPDATE), ("common", same), ("common", wrong), ("common", {"own_m": "g"})
    )
    assert one.status == HTTPStatus.OK
    assert one == other  # the same but for spelling
    assert refused == Compiled(HTTPStatus.BAD_REQUEST, "In m: Each parameter is moved by itself: leave sum out.")
    assert partial.status == HTTPStatus.BAD_REQUEST
    rule, theta, gradients = written_optimizer(*UPDATE.values()), np.array([1.0, -2.0, 0.5]), np.eye(3)
    with jax.enable_x64(True):
        expected, state = [], rule.init(theta)
        for gradient in gradients:
            theta, state = rule.step(theta, gradient, state, 0.1, {})
            expected.append(np.asarray(theta))
        (tmp_path / "base.js").write_text(formulas.modules()["formulas/common.js"], encoding="utf-8")
    (tmp_path / "own.js").write_text(one.text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    program = (
        'const {optimizers} = await import("./own.js")\n'
        "let theta = Float64Array.of(1, -2, 0.5), state = optimizers.own.init(theta)\n"
        "const copied = (tree) => Array.isArray(tree) ? tree.map(copied) : tree.slice?.() ?? tree\n"
        "const path = [0, 1, 2].map((k) => {\n"
        "  const gradient = Float64Array.from([0, 1, 2], (i) => Number(i === k))\n"
        "  ;[theta, state] = copied(optimizers.own.step(theta, gradient, copied(state), 0.1, {}))\n"
        "  return [...theta]\n"
        "})\n"
        "console.log(JSON.stringify([path, Object.keys(optimizers)]))"
    )
    path, names = ran(program, tmp_path)
    np.testing.assert_allclose(path, expected, rtol=1e-15)
    assert names == [*(name for name, rule in OPTIMIZERS.items() if not rule.needs_hessian), "own"]


def test_lessons_without_a_loss_to_write_have_none():
    [answer] = compiled("mean((y_true - y_pred) ** 2)", lesson="network")
    assert answer.status == HTTPStatus.BAD_REQUEST


def test_the_same_formula_is_compiled_once_and_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch):
    made = []

    async def once(self: Compiler, order: dict[str, Any]) -> Compiled:
        made.append(order["given"]["own_loss"])
        return Compiled(HTTPStatus.OK, "x" * 400)

    monkeypatch.setattr(Compiler, "_made", once)
    monkeypatch.setattr(compiling, "MOST_KEPT", 1000)
    monkeypatch.setattr(compiling, "OVERHEAD", 0)

    async def ask() -> Compiler:
        compiler = Compiler(Options())
        for text in ("a", "a ", "b", "a", "c", "b"):
            await compiler.module("linear", {"own_loss": text}, "base", "client")
        return compiler

    compiler = done(ask())
    assert made == ["a", "b", "c", "b"]  # b made room for c, as the one that was not asked for again
    assert compiler.size <= 1000
    assert compiler.size == sum(len(of.text) + sum(map(len, key)) for key, of in compiler.kept.items())


def asked_of(options: Options, monkeypatch: pytest.MonkeyPatch, *asked: tuple[str, str]) -> list[Compiled]:
    """What clients are answered who all ask for a formula at once, which would take 50 ms."""

    async def slow(self: Compiler, order: dict[str, Any]) -> Compiled:
        await asyncio.sleep(0.05)
        return Compiled(HTTPStatus.OK, order["given"]["own_loss"])

    async def ask() -> list[Compiled]:
        compiler = Compiler(options)
        return await asyncio.gather(
            *(compiler.module("linear", {"own_loss": text}, "base", client) for client, text in asked)
        )

    monkeypatch.setattr(Compiler, "_made", slow)
    return done(ask())


def test_who_comes_when_many_wait_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch):
    options = Options(compile_waiting=2, compile_waiting_address=2)
    answers = asked_of(options, monkeypatch, *(("client", text) for text in "abcd"))
    assert [of.status for of in answers] == [HTTPStatus.OK] * 3 + [HTTPStatus.SERVICE_UNAVAILABLE]
    assert answers[3].text == compiling.BUSY


def test_one_client_cannot_take_every_place(monkeypatch: pytest.MonkeyPatch):
    options = Options(compile_waiting=10, compile_waiting_address=1)
    answers = asked_of(options, monkeypatch, ("one", "a"), ("one", "b"), ("one", "c"), ("another", "d"))
    assert [of.status for of in answers] == [200, 200, 503, 200]


def test_who_has_had_much_of_a_minute_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compiling, "Budget", lambda seconds: Budget(0.001 if seconds == 1 else seconds))
    answers = asked_of(
        Options(compile_budget_address=1), monkeypatch, ("one", "a"), ("one", "b"), ("another", "c"), ("one", "a")
    )
    assert [(of.status, of.text) for of in answers] == [
        (200, "a"), (429, compiling.SPENT), (200, "c"), (200, "a"),
    ]  # fmt: skip


def test_a_process_that_grows_is_replaced():
    async def ask() -> list[int | None]:
        compiler = Compiler(Options(compile_memory=1))
        try:
            asked = [
                await compiler.module("linear", {"own_loss": text}, "base", "client") for text in (COSH, f"2 * {COSH}")
            ]
            assert [of.status for of in asked] == [HTTPStatus.OK] * 2
            return [compiler.process, compiler.memory]
        finally:
            await compiler.end()

    assert done(ask()) == [None, 0]


def test_who_leaves_while_a_formula_is_worked_out_gets_nobody_anothers(monkeypatch: pytest.MonkeyPatch):
    async def ask() -> list[Compiled]:
        compiler = Compiler(Options())
        try:
            first = asyncio.ensure_future(compiler.module("linear", {"own_loss": COSH}, "base", "one"))
            while compiler.process is None:
                await asyncio.sleep(0.01)
            second = asyncio.ensure_future(compiler.module("linear", {"own_loss": "nothing"}, "base", "another"))
            await asyncio.sleep(0.01)
            first.cancel()
            return [await second, await compiler.module("linear", {"own_loss": COSH}, "base", "one")]
        finally:
            await compiler.end()

    nothing, cosh = done(ask())
    assert (nothing.status, cosh.status) == (HTTPStatus.BAD_REQUEST, HTTPStatus.OK)


def test_a_process_that_does_not_answer_is_replaced(monkeypatch: pytest.MonkeyPatch):
    async def ask() -> tuple[Compiled, Compiled]:
        compiler = Compiler(Options())
        try:
            with monkeypatch.context() as impatient:
                impatient.setattr(compiling, "FIRST", 0.01)
                never = await compiler.module("linear", {"own_loss": "mean(abs(y_true - y_pred))"}, "base", "client")
            assert compiler.process is None
            return never, await compiler.module("linear", {"own_loss": "mean(abs(y_true - y_pred))"}, "base", "client")
        finally:
            await compiler.end()

    never, after = done(ask())
    assert never == Compiled(HTTPStatus.SERVICE_UNAVAILABLE, compiling.SLOW)
    assert after.status == HTTPStatus.OK


@contextmanager
def no_program(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as without:
        without.setattr(sys, "executable", "/nowhere/python")
        yield


@contextmanager
def no_descriptors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull) as lowest:  # that is free
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest.fileno(), before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def refused(*command: str, **options: Any) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(asyncio, "create_subprocess_exec", refused)
        yield


@pytest.mark.parametrize("without", [no_program, no_descriptors, no_threads])
def test_where_no_process_can_be_started_the_learner_and_the_operator_are_told_so(
    without: Callable[[pytest.MonkeyPatch], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    caplog.handler.addFilter(seldom := Seldom())

    async def ask() -> tuple[list[Compiled], Compiled]:
        compiler = Compiler(Options())
        try:
            with without(monkeypatch):
                never = [await compiler.module("linear", {"own_loss": COSH}, "base", "client") for _ in range(3)]
            return never, await compiler.module("linear", {"own_loss": COSH}, "base", "client")
        finally:
            await compiler.end()

    try:
        never, after = done(ask())
    finally:
        caplog.handler.removeFilter(seldom)
    assert never == [Compiled(HTTPStatus.SERVICE_UNAVAILABLE, compiling.GONE)] * 3
    assert after.status == HTTPStatus.OK
    [line] = [record.getMessage() for record in caplog.records if record.name == compiling.__name__]
    assert line.startswith("The process that works formulas out cannot be started: ")


def test_a_process_that_is_killed_while_it_works_is_replaced_and_the_formula_is_not_blamed(
    caplog: pytest.LogCaptureFixture,
):
    async def ask() -> tuple[Compiled, Compiled]:
        compiler = Compiler(Options())
        try:
            asked = asyncio.ensure_future(compiler.module("linear", {"own_loss": COSH}, "base", "client"))
            while compiler.process is None:
                await asyncio.sleep(0.01)
            os.kill(compiler.process.pid, signal.SIGKILL)
            return await asked, await compiler.module("linear", {"own_loss": COSH}, "base", "client")
        finally:
            await compiler.end()

    killed, after = done(ask())
    assert killed == Compiled(HTTPStatus.SERVICE_UNAVAILABLE, compiling.GONE)
    assert after.status == HTTPStatus.OK
    lines = [record.getMessage() for record in caplog.records if record.name == compiling.__name__]
    assert lines == ["The process that works formulas out ended with code -9."]


def test_a_process_that_we_end_ourselves_is_no_line_of_the_log(caplog: pytest.LogCaptureFixture):
    async def ask() -> Compiled:
        compiler = Compiler(Options())
        asked = asyncio.ensure_future(compiler.module("linear", {"own_loss": COSH}, "base", "client"))
        while compiler.process is None:
            await asyncio.sleep(0.01)
        await compiler.end()
        return await asked

    assert done(ask()) == Compiled(HTTPStatus.SERVICE_UNAVAILABLE, compiling.GONE)
    assert [record for record in caplog.records if record.name == compiling.__name__] == []


def test_a_process_that_is_never_asked_ends():
    command = [sys.executable, "-c", "from app import compiling; compiling.FIRST = 0.5; compiling._work()"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.wait(60) == -signal.SIGALRM
        finally:
            process.kill()
