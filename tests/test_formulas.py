"""The module of formulas that the browser loads: whole, and as the lessons use it. (Each formula: test_parity.py.)"""

import json

import numpy as np
import pytest
from playwright.sync_api import Page

from app import formulas
from app.lessons import LESSONS
from app.lessons.regression import Regression
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.training import train

REGRESSIONS = {key: lesson for key, lesson in LESSONS.items() if issubclass(lesson, Regression)}

# Walks an optimizer as the preview does, and gives the losses at its steps.
WALK = """async ([source, lesson, loss, optimizer, start, x, y, steps, stepSize, hyperparameters]) => {
  const place = URL.createObjectURL(new Blob([source], {type: "text/javascript"}))
  const {formulas} = await import(place)
  URL.revokeObjectURL(place)
  const f = formulas[lesson]
  const [xs, ys] = [Float64Array.from(x), Float64Array.from(y)]
  let theta = start
  let state = f.init[optimizer](theta)
  const path = []
  for (let k = 0; k <= steps; k++) {
    const [value, gradient] = f.gradient[loss](theta, xs, ys)
    if (value !== f.loss[loss](theta, xs, ys)) throw new Error("the loss beside its gradient is another")
    path.push([theta.w, theta.b, value, gradient.w, gradient.b])
    ;[theta, state] = f.step[optimizer][loss](theta, state, xs, ys, stepSize, hyperparameters)
  }
  return path
}"""


@pytest.mark.parametrize("key", REGRESSIONS)
def test_every_loss_and_optimizer_of_a_lesson_walks_as_in_python(chromium_page: Page, key: str):
    lesson = REGRESSIONS[key]()
    data = lesson.landscape()
    pair = (data["x"], data["y"])
    start = {"linear": {"w": 2.5, "b": 19.0}, "logistic": {"w": 0.5, "b": 0.25}}[
        key
    ]  # where no gradient is all rounding
    for loss in MODELS[lesson.model].losses:
        for name, optimizer in OPTIMIZERS.items():
            if optimizer.needs_hessian and not LOSSES[loss].smooth:
                continue
            own = {setting: entry.default for setting, entry in optimizer.hyperparameters.items()}
            columns = [column.tolist() for column in pair]
            arguments = [formulas.module(), key, loss, name, start, *columns, 20, 0.01, own]
            path = chromium_page.evaluate(WALK, arguments)
            expected = train(start, lesson.model, loss, pair, optimizer=name, step_size=0.01, n_steps=20)
            columns = [
                expected.theta["w"], expected.theta["b"], expected.loss, expected.gradient["w"], expected.gradient["b"],
            ]  # fmt: skip
            assert np.allclose(np.array(path).T, columns, rtol=1e-9, atol=1e-9), (loss, name)


def test_there_is_no_step_where_the_optimizer_cannot_step(chromium_page: Page):
    """Newton's method under a loss without curvature."""
    table = chromium_page.evaluate(
        """async (source) => {
          const place = URL.createObjectURL(new Blob([source], {type: "text/javascript"}))
          const {formulas} = await import(place)
          return Object.keys(formulas.linear.step.newton)
        }""",
        formulas.module(),
    )
    assert table == [name for name in MODELS["linear"].losses if LOSSES[name].smooth]


@pytest.mark.parametrize("key", REGRESSIONS)
def test_predictions_are_in_the_units_of_y(chromium_page: Page, key: str):
    x = [-2.0, 0.0, 3.5]
    predicted = chromium_page.evaluate(
        """async ([source, lesson, x]) => {
          const place = URL.createObjectURL(new Blob([source], {type: "text/javascript"}))
          const {formulas} = await import(place)
          return Array.from(formulas[lesson].predict({w: 1.5, b: -1}, Float64Array.from(x)))
        }""",
        [formulas.module(), key, x],
    )
    z = 1.5 * np.array(x) - 1
    assert np.allclose(predicted, 1 / (1 + np.exp(-z)) if REGRESSIONS[key].classes else z, rtol=1e-12)


def test_the_module_is_made_once_and_names_every_lesson():
    assert formulas.module() is formulas.module()
    table = formulas.module().rpartition("export const formulas = ")[2]
    for key in LESSONS:
        assert json.dumps(key) in table
