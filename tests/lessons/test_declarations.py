"""What the lessons declare: the one table that controls, clamps and consequences come from."""

import json

import pytest

from app.lessons import LESSONS, Lesson
from app.lessons.descent import GradientDescent
from app.lessons.one_input import OneInput
from app.lessons.settings import CARDS, CHANGES, Choice, Integer, Number
from dl_workshop.functions import FUNCTIONS
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.toy_data import TOY_DATASETS
from dl_workshop.written import OWN, written_loss

EVERY = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)


def rows(lesson: type[Lesson]) -> dict[str, dict]:
    return {row["name"]: row for row in lesson.declaration()["settings"]}


@EVERY
def test_the_table_is_json_and_says_of_every_setting_where_it_stands_and_what_depends_on_it(lesson: type[Lesson]):
    table = json.loads(json.dumps(lesson.declaration(), allow_nan=False))["settings"]
    assert len(table) == len({row["name"] for row in table})
    for row in table:
        assert row["changes"] in CHANGES
        assert row["card"] in (*CARDS, None)
        assert row["label"]
        assert row["doc"].endswith(".")


@EVERY
def test_defaults_lie_within_bounds_and_sliders_within_them_too(lesson: type[Lesson]):
    for row in rows(lesson).values():
        if row["kind"] in ("number", "integer"):
            assert row["low"] <= row["start"] < row["end"] <= row["high"]
            assert row["low"] <= row["default"] <= row["high"]
        elif row["kind"] == "choice":
            assert row["default"] in [value for _, value in row["options"]]


@EVERY
def test_a_setting_that_is_there_for_some_choices_names_a_choice_and_values_that_it_has(lesson: type[Lesson]):
    table = rows(lesson)
    for row in table.values():
        if row["only"] is not None:
            other, values = row["only"]
            assert {*values} <= {value for _, value in table[other]["options"]} | {*OPTIMIZERS}


@EVERY
def test_hyperparameters_are_those_of_the_optimizers_with_their_bounds(lesson: type[Lesson]):
    table = rows(lesson)
    for key, optimizer in OPTIMIZERS.items():
        for name, declared in optimizer.hyperparameters.items():
            row = table[name]
            assert (row["low"], row["high"], row["default"]) == (declared.low, declared.high, declared.default)
            assert key in row["only"][1]


@EVERY
def test_the_losses_are_those_that_fit(lesson: type[Lesson]):
    offered = {value for _, value in rows(lesson)["loss"]["options"]}
    assert {*lesson.declaration()["losses"]} == offered
    if lesson is GradientDescent:
        assert offered == {*FUNCTIONS}
        return
    known = offered - {OWN}
    tasks = {LOSSES[name].task for name in known}
    assert known == {name for name, loss in LOSSES.items() if loss.task in tasks}
    assert (OWN in offered) == issubclass(lesson, OneInput)
    if OWN in offered:
        assert {lesson.declaration()["losses"][OWN]["task"]} == tasks
        assert written_loss(rows(lesson)["own_loss"]["default"], *tasks).task in tasks


@EVERY
def test_the_step_size_of_the_default_optimizer_is_the_default(lesson: type[Lesson]):
    table, declared = rows(lesson), lesson.declaration()["optimizers"]
    assert declared[table["optimizer"]["default"]]["stepSize"] == table["step_size"]["default"]
    for optimizer in declared.values():
        assert table["step_size"]["low"] <= optimizer["stepSize"] <= table["step_size"]["high"]


@pytest.mark.parametrize("key", [key for key, lesson in LESSONS.items() if issubclass(lesson, OneInput)])
def test_every_parameter_has_a_control_a_truth_and_a_term(key: str):
    lesson, table = LESSONS[key], rows(LESSONS[key])
    names = MODELS[lesson.model].names
    for name in names:
        assert table[name]["changes"] == "theta"
        assert table[f"{name}_true"]["changes"] == "data"
    assert [name for name, _ in lesson.equation[2]] == [*names]
    assert {*lesson.bad_guess} == {*names}
    assert {*lesson.workshop} <= {*table}
    assert {*lesson.recipes} == {*lesson.true_curves}


def test_the_workshop_s_own_settings_are_its_own():
    """DESIGN's numbers: the sources of these are the workshop's notebooks."""
    linear, logistic = LESSONS["linear"].workshop, LESSONS["logistic"].workshop
    descent = LESSONS["descent"].declaration()["workshop"]
    assert (descent["w"], descent["step_size"], descent["n_steps"]) == (10.0, 0.01, 1000)
    assert (linear["w_true"], linear["b_true"], linear["step_size"], linear["n_steps"]) == (2.0, 20.0, 0.001, 3000)
    assert LESSONS["linear"].bad_guess == {"w": -5.0, "b": 3.0}
    assert (logistic["w_true"], logistic["b_true"], logistic["recipe"], logistic["n_steps"]) == (
        2.0,
        1.0,
        "rounded",
        5000,
    )
    assert logistic["step_size"] == pytest.approx(0.0001 * logistic["n"])  # on the sum there, on the mean here


def test_the_network_knows_every_data_set_and_its_formulas():
    declared = LESSONS["network"].declaration()
    assert {*declared["datasets"]} == {*TOY_DATASETS}
    assert declared["first"] == "formulas/network-2-tanh.js"
    for name, entry in TOY_DATASETS.items():
        assert declared["datasets"][name]["columns"] == [*entry.columns]


def test_settings_come_in_the_order_of_the_idea_whatever_a_lesson_declares_anew():
    class Other(LESSONS["linear"]):
        n_steps = Integer(10, bounds=(10, 20), card="optimizer", changes="run", label="Steps", doc="Steps.")
        noise = Number(1.0, bounds=(0, 2), card="data", changes="data", label="Noise", doc="Noise.")
        more = Choice(default="a", objects=["a"], card="data", changes="data", label="More", doc="More.")

    names = [*Other.settings()]
    assert names.index("more") < names.index("noise") < names.index("optimizer") < names.index("n_steps")
    assert names.index("n_steps") < names.index("batch_size")
