"""The scripts that *Show the code* gives: each runs, reads like the workshop, and has the final loss of the run."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from app import code
from app.lessons import LESSONS
from app.lessons.one_input import OneInput
from dl_workshop import training, verdicts
from dl_workshop.data import Dataset
from dl_workshop.expressions import parse
from dl_workshop.functions import FUNCTIONS
from dl_workshop.losses import LOSSES, get_loss
from dl_workshop.models import ACTIVATIONS, MODELS, get_model, mlp, mlp_init
from dl_workshop.optimizers import OPTIMIZERS, Optimizer, get_optimizer
from dl_workshop.parameters import flat_model, flatten, unflatten
from dl_workshop.toy_data import FEATURES, expand, simulate_split
from dl_workshop.training import DIVERGED, Run, hessian, objective, penalty_strengths, train, value_and_gradient
from dl_workshop.written import OWN, UPDATE_NAMES, used_names, written_loss, written_model, written_optimizer
from tests.find_node import executable
from tests.lesson_data import data_of, own_examples, own_split, own_table, shown_data
from tests.serving import ROOT

STEPS = 20
LONGEST = {"scratch": 60, "library": 40}  # lines of code, apart from data
LITERALS = re.compile(
    r"(?<=array\()\[\n.*?\n\](?=[,)])|(?<=^theta = )\[\n.*?\n\]|(?<=network, )\[\n.*?\n\]", re.DOTALL | re.MULTILINE
)

ASSEMBLE = """
import {readFileSync} from "node:fs"
import {script} from %s
const {pieces, cases, language} = JSON.parse(readFileSync(0, "utf8"))
const floats = (values) => values === null ? null : Float64Array.from(values)
const part = (of) => of === null ? null : {x: floats(of.x), y: floats(of.y)}
const scripts = cases.map(({lesson, start, drawn, data, ...rest}) => script(pieces[lesson], {
  ...rest, language, start: floats(start), drawn: floats(drawn),
  data: {
    ...data, train: part(data.train), shown: part(data.shown ?? null), test: part(data.test),
    at: floats(data.at), testAt: floats(data.testAt),
  },
}))
console.log(JSON.stringify(scripts))
"""


class Case(NamedTuple):
    """What a learner sees: a lesson, the settings that are not its defaults, and theta moved by hand or not."""

    lesson: str
    settings: dict[str, Any] = {}  # noqa: RUF012
    moved: float = 0.0

    def __str__(self) -> str:
        return "-".join(
            [
                self.lesson,
                *(value["target"] if isinstance(value, dict) else f"{value}" for value in self.settings.values()),
                *["moved"] * bool(self.moved),
            ]
        )


SMALL = {"n_steps": STEPS}
MOMENTUM = {"optimizer": OWN, "own_optimizer": "theta - step_size * m"}
ADAM = {
    "optimizer": OWN, "own_m": "0.9 * m + 0.1 * g",
    "own_optimizer": "theta - step_size * (m / (1 - 0.9**t)) / (sqrt(v / (1 - 0.999**t)) + 1e-8)",
}  # fmt: skip
WRITTEN = [{"optimizer": OWN}, MOMENTUM, ADAM]
FEW = {"n": 40, "hidden": [5], "n_steps": 2}
DIVERGES = Case("linear", {"step_size": 0.5, **SMALL})
# Every loss with every optimizer, in every lesson: held to the library's formulas, without compiling each.
FORMULAS = [
    *(
        Case(key, {"loss": loss, "optimizer": optimizer, "n": 30, "n_steps": 2}, moved=0.25)
        for key, lesson in LESSONS.items()
        if issubclass(lesson, OneInput)
        for loss in lesson.param["loss"].names.values()
        for optimizer in OPTIMIZERS
        if LOSSES[loss].smooth or not OPTIMIZERS[optimizer].needs_hessian
    ),
    *(
        Case("network", {"dataset": dataset, "loss": loss, "optimizer": optimizer, **FEW})
        for loss in LOSSES
        for optimizer in LESSONS["network"].param["optimizer"].names.values()
        for dataset in ("moons" if LOSSES[loss].classifies else "sine",)
    ),
    *(Case("network", {"activation": activation, **FEW}) for activation in ACTIVATIONS),
    *(Case("network", {"penalty": penalty, "penalty_strength": 0.02, **FEW}) for penalty in ("l1", "l2")),
    Case("network", {**FEW, "features": [*FEATURES]}),
    Case("network", {**FEW, "scheme": "standard_normal", "weights_seed": 3, "hidden": []}),
]
# Whole runs, as the page and `train` make them.
RUNS = [
    *(Case(key, SMALL) for key in LESSONS if key != "descent"),
    Case("polynomial", {"optimizer": "newton", "step_size": 0.5, "n": 300, **SMALL}),
    Case("linear", {"batch_size": 30, "optimizer": "adam", "seed": 7, **SMALL}),
    DIVERGES,
    Case("linear", {"points": [*range(10), 2.5, -1.5], **SMALL}, moved=0.5),
    Case("linear", {"points": [20.0, 3.5, 40.0, 5.0, 70.5, 9.0], "standardise": True, **SMALL}),
    Case("polynomial", {"standardise": True, "loss": "huber", **SMALL}),
    Case("logistic", {"points": [1.0, 0.0, 2.0, 1.0, 3.0, 0.0, 4.0, 1.0], "batch_size": 2, **SMALL}),
    Case("logistic", {"standardise": True, "loss": OWN, "own_loss": "mean((y_true - p) ** 2)", "n": 300, **SMALL}),
    Case("logistic", {"recipe": "rounded", "noise": 2.5, **SMALL}),
    *(
        Case("linear", {"loss": OWN, "own_loss": text, **SMALL})
        for text in (
            "-(2 - 1) * -mean(abs(y_pred - y_true) ** 2 ** .5)",
            "sum(where(y_pred < 1, y_true, y_pred**2)) / len(y_true) - (1 - 2)",
        )
    ),
    Case("linear", {"model": OWN, **SMALL}, moved=0.5),
    Case("linear", {"model": OWN, "own_model": "w * exp(-c * x**2) + b", "loss": "huber", **SMALL}, moved=0.5),
    Case(
        "linear",
        {"model": OWN, "own_model": "b + w * tanh(x)", "loss": OWN, "n": 300, "batch_size": 30, **SMALL},
        moved=1.0,
    ),
    Case("logistic", {"model": OWN, "own_model": "w * x ** 2 + b", "standardise": True, **SMALL}, moved=0.2),
    Case(
        "logistic",
        {"model": OWN, "own_model": "w * tanh(c * x) + b", "loss": "squared_error_on_probabilities", **SMALL},
        moved=0.5,
    ),
    Case("logistic", {"loss": OWN, "own_loss": "-mean(y_true * log(p) + (1 - y_true) * log(1 - p))", **SMALL}),
    Case(
        "network", {"features": ["x2"], "n": 40, "hidden": [2], "batch_size": 10, "penalty": "l1", **SMALL}, moved=0.5
    ),
    Case("network", {**FEW, "dataset": "sine", "loss": "mse", "n": 400, "hidden": []}, moved=-0.5),
    Case("network", {**FEW, "dataset": "digits", "hidden": [], "train_share": 0.35, "seed": 5}, moved=0.1),
    Case("network", {"dataset": "breast_cancer", "hidden": [14], **SMALL}),
    *(
        Case("network", {"dataset": OWN, "table": table, "loss": loss, "hidden": [3], **SMALL})
        for table, loss in (
            (own_table(2, 60, classes=("no", "yes"), target="plane"), "binary_cross_entropy"),
            (own_table(5, 40, classes=("0", "1"), target="many"), "binary_cross_entropy"),
            (own_table(1, 30, target="curve"), "mse"),
            (own_table(3, 30, target="values"), "huber"),
            (own_table(4, 700, target="long"), "mse"),
        )
    ),
    *(Case(key, {**rule, **SMALL}, moved=0.25) for rule in WRITTEN for key in ("polynomial", "logistic", "network")),
    Case("linear", {"loss": OWN, "own_loss": "mean(abs(y_true - y_pred))", **MOMENTUM, "batch_size": 30, **SMALL}),
    Case("network", {"optimizer": OWN, "own_optimizer": "theta * 0.999 - m * sign(g)", "own_m": "0.01", **FEW}),
]
CASES = [*FORMULAS, *RUNS]
# Functions of one number, each with every optimizer: half way to where the page begins, so that none has arrived.
DESCENT_DIVERGES = Case("descent", {"step_size": 1.5, "n_steps": 60})
DESCENTS = [
    *(
        Case("descent", {"loss": loss, "optimizer": optimizer, "step_size": 0.05, **SMALL}, moved=-0.5)
        for loss in FUNCTIONS
        for optimizer in LESSONS["descent"].param["optimizer"].names.values()
    ),
    *(Case("descent", {**rule, "step_size": 0.05, **SMALL}, moved=-0.5) for rule in WRITTEN),
    Case("descent", {"n_steps": 1000}),
    DESCENT_DIVERGES,
]


class Made(NamedTuple):
    """A case with the browser's scripts of it, and what `train` is to be called with (or the values of a descent)."""

    case: Case
    scratch: str
    library: str
    asked: Any


def settings_of(case: Case) -> dict[str, Any]:
    rows = LESSONS[case.lesson].declaration()["settings"]
    return {row["name"]: row["default"] for row in rows if row["changes"] != "theta"} | case.settings


def written(settings: dict[str, Any]) -> Optimizer:
    """The optimizer that a learner has written: of m and v what its theta depends on."""
    texts = {"theta": settings["own_optimizer"], "m": settings["own_m"], "v": settings["own_v"]}
    used = used_names({name: parse(text, UPDATE_NAMES) for name, text in texts.items()})
    return written_optimizer(**{name: text for name, text in texts.items() if name == "theta" or name in used})


def listed(data: Dataset) -> dict[str, list[float]]:
    return {"x": np.ravel(data.x).tolist(), "y": data.y.tolist()}


def one_input(case: Case, settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is given, and what `train` is."""
    task = LESSONS[case.lesson].declaration()["losses"][settings["loss"]]["task"]
    own = written_model(settings["own_model"], task) if settings.get("model") == OWN else MODELS[case.lesson]
    data = data_of(case.lesson, settings)
    theta = np.full(len(own.names), case.moved)
    model = {"kind": "one_input", "formulas": "", "count": len(theta)}
    given = {"model": model, "start": theta.tolist(), "drawn": None}
    seen = {
        "train": listed(data),
        "shown": listed(shown_data(case.lesson, settings)),
        "test": None,
        "inputs": 1,
        "at": None,
        "testAt": None,
    }
    return given | {"data": seen}, {"theta": theta, "model": own, "data": data}


def network(case: Case, settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is given, and what `train` is."""
    if settings["dataset"] == OWN:
        split = own_split(settings["table"], **{name: settings[name] for name in ("seed", "train_share")})
    else:
        names = ("seed", "n", "noise", "train_share")
        split = simulate_split(settings["dataset"], **{name: settings[name] for name in names})
    at = [split.train, split.test]
    inputs = split.train.x.shape[1]
    parts = [Dataset(expand(part.x, settings["features"]), part.y) if inputs == 2 else part for part in at]
    sizes = (parts[0].x.shape[1], *settings["hidden"], 1)
    model = mlp(sizes, settings["activation"])
    drawn = flatten(
        mlp_init(sizes, settings["activation"], key=settings["weights_seed"], scheme=settings["scheme"] or None)
    )
    start = drawn.copy()
    start[0] += case.moved
    given = {
        "model": {"kind": "network", "formulas": "", "sizes": sizes},
        "start": start.tolist(),
        "drawn": drawn.tolist(),
    }
    raw = [np.ravel(part.x).tolist() if inputs <= 2 else None for part in at]
    seen = {"inputs": inputs, "at": raw[0], "testAt": raw[1], "train": listed(parts[0]), "test": listed(parts[1])}
    asked = {"theta": unflatten(model, start), "model": model, "data": parts[0], "test": parts[1]}
    if settings["penalty"] != "none":
        asked |= {name: settings[name] for name in ("penalty", "penalty_strength")}
    return given | {"data": seen}, asked


def descent(case: Case) -> tuple[dict[str, Any], list[float]]:
    """What the browser is given, and f(w) at every step until the run ends, by the library's optimizer."""
    settings = settings_of(case)
    function = FUNCTIONS[settings["loss"]]
    rule = written(settings) if settings["optimizer"] == OWN else OPTIMIZERS[settings["optimizer"]]
    more = {name: settings[name] for name in rule.hyperparameters}

    @jax.jit
    def value(theta: jax.Array) -> jax.Array:
        return function.apply(theta[0])

    gradient, second = jax.jit(jax.grad(value)), jax.jit(jax.hessian(value))
    theta = np.array([(1 + case.moved) * function.start])
    start, state, values, diverged_at = theta.tolist(), rule.init(theta), [float(value(theta))], None
    for step in range(1, settings["n_steps"] + 1):
        bend = second(theta) if rule.needs_hessian else None
        theta, state = rule.step(theta, gradient(theta), state, settings["step_size"], more, bend)
        if not float(value(theta)) <= DIVERGED * max(values[0], 1):
            diverged_at = step
            break
        values.append(float(value(theta)))
    nothing: dict[str, list[float]] = {"x": [], "y": []}
    given = {
        "lesson": case.lesson, "settings": settings, "start": start, "drawn": None,
        "model": {"kind": "descent", "formulas": "", "count": 1},
        "data": {"train": nothing, "test": None, "inputs": 1, "at": None, "testAt": None},
        "run": {"divergedAt": diverged_at}, "stale": False,
    }  # fmt: skip
    return given, values


def prepared(case: Case) -> tuple[dict[str, Any], Any]:
    """What the browser is given, and what `train` is to be called with."""
    if case.lesson == "descent":
        return descent(case)
    settings = settings_of(case)
    given, asked = (network if case.lesson == "network" else one_input)(case, settings)
    asked |= {name: settings[name] for name in ("loss", "optimizer", "step_size", "n_steps")}
    if settings["optimizer"] == OWN:
        asked["optimizer"] = written(settings)
    asked |= {name: settings[name] for name in get_optimizer(asked["optimizer"]).hyperparameters}
    if settings["loss"] == OWN:
        asked["loss"] = written_loss(settings["own_loss"], LESSONS[case.lesson].declaration()["losses"][OWN]["task"])
    if settings["batch_size"] > 0:
        asked |= {"batch_size": settings["batch_size"], "seed": settings["seed"]}
    diverged_at = train(**asked).diverged_at if case == DIVERGES else None
    state = {"lesson": case.lesson, "settings": settings, "run": {"divergedAt": diverged_at}, "stale": False}
    return given | state, inspect.signature(train).bind(**asked)


@pytest.fixture(autouse=True)
def saved_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that *Save data* makes of the table that is too long for a script, where scripts run."""
    [long] = [case.settings["table"] for case in RUNS if case.settings.get("table", {}).get("target") == "long"]
    head = ",".join([*long["columns"], long["target"]])
    np.savetxt(
        tmp_path / "network-data.csv", np.column_stack(own_examples(long)), "%.17g", ",", header=head, comments=""
    )
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    """Every case, assembled by one Node.js."""
    cases = [*CASES, *DESCENTS]
    ready = [prepared(case) for case in cases]
    given = {
        "pieces": {key: code.pieces(lesson) for key, lesson in LESSONS.items()},
        "cases": [state for state, _ in ready],
        "language": verdicts.table(),
    }
    program = ASSEMBLE % json.dumps((ROOT / "app" / "browser" / "code.js").as_uri())
    done = subprocess.run(
        [executable(), "--input-type=module", "--eval", program],
        input=json.dumps(given, allow_nan=False), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    scripts = json.loads(done.stdout)
    return {
        str(case): Made(case, **texts, asked=asked)
        for case, texts, (_, asked) in zip(cases, scripts, ready, strict=True)
    }


def printed(output: str) -> list[float]:
    """The losses that a script tells of; the value of a function of one number."""
    lines = output.splitlines()
    assert [line.split(": ")[0] for line in lines] in (["loss"], ["loss", "test loss"], ["f(w)"])
    return [float(line.split(": ")[1]) for line in lines]


def run_of(asked: inspect.BoundArguments) -> Run:
    return train(*asked.args, **asked.kwargs)


def expected(asked: inspect.BoundArguments) -> list[float]:
    """The final losses of a run."""
    run = run_of(asked)
    return [run.loss[-1], *([] if run.test_loss is None else [run.test_loss[-1]])]


def without_data(text: str) -> list[str]:
    """The lines of a script that are no data, no numbers of theta, and not blank."""
    text = re.sub(r"^# data.*?(?=^# model)", "", text, flags=re.DOTALL | re.MULTILINE)
    return [line for line in LITERALS.sub("[]", text).splitlines() if line.strip()]


def test_the_cases_have_names_of_their_own():
    assert len({str(case) for case in [*CASES, *DESCENTS]}) == len([*CASES, *DESCENTS])


def executed(text: str, capsys: pytest.CaptureFixture[str]) -> list[float]:
    """The losses that a script prints."""
    exec(compile(text, "lesson.py", "exec"), {"__name__": "__main__"})
    return printed(capsys.readouterr().out)


def followed(asked: dict[str, Any]) -> list[float]:
    """The losses at the end of what the library's formulas give, one step after the other."""
    model, loss, theta = flat_model(asked["model"]), asked["loss"], flatten(asked["theta"])
    rule, (x, y) = OPTIMIZERS[asked["optimizer"]], asked["data"]
    more = asked["hyperparameters"]
    strengths = penalty_strengths(asked.get("penalty", "none"), asked.get("penalty_strength", 0.0))
    state = rule.init(theta)
    for _ in range(asked["n_steps"]):
        _, gradient = value_and_gradient(model, loss)(theta, x, y, *strengths)
        second = hessian(model, loss)(theta, x, y, *strengths) if rule.needs_hessian else None
        theta, state = rule.step(theta, gradient, state, asked["step_size"], more, second)
    parts = [asked["data"], *([asked["test"]] if "test" in asked else [])]
    return [float(objective(model, loss)(theta, *part)) for part in parts]


@pytest.mark.parametrize("name", [str(case) for case in FORMULAS])
def test_a_script_from_scratch_has_the_formulas_of_the_library(made, name, capsys):
    one = made[name]
    with jax.disable_jit():  # compiling takes longer than a few steps do without
        losses = executed(one.scratch, capsys)
        expected = followed({"hyperparameters": {}, **one.asked.arguments})
    np.testing.assert_allclose(losses, expected, rtol=1e-9)


@pytest.mark.parametrize("name", [str(case) for case in CASES])
def test_a_script_with_the_library_asks_for_the_run(made, name, monkeypatch):
    asked = []

    def recorded(*arguments: Any, **named: Any) -> Any:
        asked.append(inspect.signature(train).bind(*arguments, **named).arguments)
        raise StopIteration

    monkeypatch.setattr(training, "train", recorded)
    with pytest.raises(StopIteration):
        exec(compile(made[name].library, name, "exec"), {"__name__": "__main__"})
    [given], expected = asked, dict(made[name].asked.arguments)
    given["model"] = get_model(given["model"])
    for arguments in (given, expected):
        if arguments["model"].name == OWN:
            arguments["model"] = arguments["model"]._replace(init=None, apply=None)
        arguments["loss"] = get_loss(arguments["loss"])._replace(function=None)
        arguments["optimizer"] = get_optimizer(arguments["optimizer"])._replace(update=None)
    arrays = ("theta", "data", "test")
    assert {key: value for key, value in given.items() if key not in arrays} == {
        key: value for key, value in expected.items() if key not in arrays
    }
    assert given.keys() == expected.keys()
    for key in arrays:
        if key in expected:
            jax.tree.map(np.testing.assert_array_equal, [*given[key]], [*expected[key]])


@pytest.mark.parametrize("form", ["scratch", "library"])
@pytest.mark.parametrize("name", [str(case) for case in RUNS])
def test_a_script_prints_the_final_loss_of_the_run(made, name, form, capsys):
    one = made[name]
    np.testing.assert_allclose(executed(getattr(one, form), capsys), expected(one.asked), rtol=1e-9)


@pytest.mark.parametrize("form", ["scratch", "library"])
@pytest.mark.parametrize("name", [str(case) for case in DESCENTS])
def test_a_script_of_a_function_makes_the_steps_of_the_library(made, name, form, capsys):
    one = made[name]
    np.testing.assert_allclose(executed(getattr(one, form), capsys), one.asked[-1:], rtol=1e-9)


def test_a_script_of_a_function_has_that_function(made):
    assert {*code.FUNCTION_CODE} == {*FUNCTIONS}
    for name, function in FUNCTIONS.items():
        space: dict[str, Any] = {}
        exec(f"import jax.numpy as jnp\n{code.FUNCTION_CODE[name]}", space)
        w = np.linspace(*function.span, 101)
        np.testing.assert_allclose(space["f"](w), function.apply(w), rtol=1e-12, atol=1e-12)


def test_a_script_is_as_short_as_a_page(made):
    for one in made.values():
        for form, most in LONGEST.items():
            text = getattr(one, form)
            assert len(without_data(text)) <= most, text
            assert max(map(len, text.splitlines())) <= code.WIDTH, text


def test_a_script_from_scratch_imports_the_library_for_what_is_drawn_alone(made):
    for one in made.values():
        imports = [line for line in one.scratch.splitlines() if re.match(r"(from|import) ", line)]
        for line in imports:
            if "dl_workshop" in line:
                assert re.search(r"  # .*(not from scratch|too many .* to stand here)$", line), line
            else:
                assert line.split()[1] in ("jax", "jax.numpy", "numpy", "sklearn.datasets")
    assert "dl_workshop" not in made[str(Case("linear", SMALL))].scratch
    assert all("dl_workshop" not in made[str(case)].scratch for case in DESCENTS)
    assert "dl_workshop" not in made[str(Case("network", SMALL))].scratch


def test_scripts_are_formatted_as_python_is(made, tmp_path: Path):
    for k, one in enumerate(made.values()):
        for form in LONGEST:
            (tmp_path / f"{k}-{form}.py").write_text(LITERALS.sub("[]", getattr(one, form)), encoding="utf-8")
    for command in (("format", "--diff"), ("check", "--select", "E,F,I")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", str(code.WIDTH), "."],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("form", ["scratch", "library"])
def test_a_script_runs_by_itself(made, form, tmp_path: Path):
    one = made[str(Case("linear", SMALL))]
    file = tmp_path / "lesson.py"
    file.write_text(getattr(one, form), encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", file], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(printed(done.stdout), expected(one.asked), rtol=1e-9)


def test_a_run_that_diverges_ends_where_the_page_ends_it(made):
    one, run = made[str(DIVERGES)], run_of(made[str(DIVERGES)].asked)
    assert run.diverged_at is not None
    assert f"n_steps = {run.diverged_at - 1}  # of {STEPS}" in one.scratch
    one = made[str(DESCENT_DIVERGES)]
    assert 1 < len(one.asked) <= 60
    for text in (one.scratch, one.library):
        assert f"n_steps = {len(one.asked) - 1}  # of 60: the next one diverges" in text
