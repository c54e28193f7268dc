"""Training alone: the compiled scan beside a Python loop over jax.grad."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from dl_workshop.answers import linear_model, model_optimization_loop, mseloss
from dl_workshop.data import simulate_line
from dl_workshop.training import train
from tests.bench.table import Row

STEPS = 3000
STEP_SIZE = 0.001


def training(*, quick: bool) -> Row:
    """3,000 steps of gradient descent on the line, warm."""
    data = simulate_line()
    start = {"w": 0.0, "b": 0.0}
    amount = {"n_steps": STEPS, "step_size": STEP_SIZE}
    ours = _median(lambda: train(start, "linear", "mse", data, **amount))
    answers = _median(lambda: model_optimization_loop(start, linear_model, mseloss, data.x, data.y, **amount))
    steps = STEPS // 10 if quick else STEPS // 3
    peer = _python_loop(start, data.x, data.y, steps) * STEPS / steps
    return Row(
        f"{STEPS:,} steps of training, warm",
        f"{1000 * ours:.2f} ms: {peer / ours:,.0f}×",
        f"{peer:.1f} s",
        "1,000×",
        peer / ours >= 1000,
        "`train`, median of 50 calls with their checks and copies;"
        f" `answers.model_optimization_loop`: {1000 * answers:.2f} ms, {peer / answers:,.0f}×;"
        f" peer: a Python loop over jax.grad, timed for {steps:,} steps and scaled up.",
    )


def _median(call: Callable[[], Any]) -> float:
    """Seconds that a call takes, once it has been compiled."""
    jax.block_until_ready(call())
    seconds = []
    for _ in range(50):
        began = time.perf_counter()
        jax.block_until_ready(call())
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _python_loop(theta: dict[str, float], x: Any, y: Any, steps: int) -> float:
    """Seconds of gradient descent as the workshop's learners write it first."""
    x, y = jnp.asarray(x), jnp.asarray(y)

    def mse(theta: dict[str, float]) -> jax.Array:
        return jnp.mean((y - theta["w"] * x - theta["b"]) ** 2)

    gradient = jax.grad(mse)
    gradient(theta)
    began = time.perf_counter()
    for _ in range(steps):
        slope = gradient(theta)
        theta = {name: theta[name] - STEP_SIZE * slope[name] for name in theta}
    jax.block_until_ready(theta)
    return time.perf_counter() - began
