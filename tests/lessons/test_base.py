"""What every lesson shares: settings that are always within their bounds, whatever comes."""

import math
from typing import Any

import numpy as np
import param
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lessons import LESSONS
from app.lessons.base import Lesson
from dl_workshop.optimizers import OPTIMIZERS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NUMBERS = [
    (key, name)
    for key, lesson in LESSONS.items()
    for name in lesson().settings
    if isinstance(lesson.param[name], param.Number)
]


def is_within(lesson: Lesson) -> bool:
    """Every setting is one that its declaration allows."""
    for name, value in lesson.settings.items():
        setting = lesson.param[name]
        if isinstance(setting, param.Selector):
            assert value in setting.objects
        elif isinstance(setting, param.Number):
            low, high = setting.bounds
            assert math.isfinite(value)
            assert low <= value <= high
    return True


@pytest.mark.parametrize("key", LESSONS)
def test_the_defaults_are_within_their_bounds_and_their_own_commit(key: str):
    lesson = LESSONS[key]()
    defaults = lesson.settings
    assert is_within(lesson)
    assert lesson.commit(defaults) == []
    assert lesson.settings == defaults


@pytest.mark.parametrize("key", LESSONS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_committed_the_settings_stay_within_their_bounds(key: str, data: st.DataObject):
    lesson = LESSONS[key]()
    names = st.sampled_from(sorted(lesson.settings)) | st.text(max_size=8)
    for complaint in lesson.commit(data.draw(st.dictionaries(names, JSON, max_size=4))):
        assert complaint.text.endswith(".")
        assert len(complaint.text) < 600
    assert is_within(lesson)


@pytest.mark.parametrize(("key", "name"), NUMBERS)
def test_numbers_are_clamped_into_their_bounds(key: str, name: str):
    low, high = LESSONS[key].param[name].bounds
    for given_, used in ((1e308, high), (-1e308, low), (high, high), (low, low)):
        lesson = LESSONS[key]()
        complaints = lesson.commit({name: given_})
        if complaints and "is used" not in complaints[0].text:
            continue  # a lesson may refuse what does not go together with the rest
        assert lesson.settings[name] == used
        assert bool(complaints) == (given_ != used)
        assert all(complaint.setting == name for complaint in complaints)


@pytest.mark.parametrize(("key", "name"), NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1", None, True, [], {}, 10**400])
def test_what_is_no_number_is_refused(key: str, name: str, value: Any):
    lesson = LESSONS[key]()
    before = lesson.settings
    [complaint] = lesson.commit({name: value})
    assert complaint.setting == name
    assert lesson.settings == before


@pytest.mark.parametrize("key", LESSONS)
def test_a_setting_that_there_is_not_is_named(key: str):
    [complaint] = LESSONS[key]().commit({"colour": 1})
    assert "colour" in complaint.text


@pytest.mark.parametrize("key", LESSONS)
def test_the_table_of_controls_has_what_a_control_needs(key: str):
    table = LESSONS[key]().settings_table()
    assert len({entry["name"] for entry in table}) == len(table)
    for entry in table:
        assert entry["label"]
        assert entry["doc"].endswith(".")
        if entry["kind"] == "select":
            assert entry["default"] in [value for _, value in entry["options"]]
        else:
            low, high = LESSONS[key].param[entry["name"]].bounds
            assert low <= entry["start"] <= entry["default"] <= entry["end"] <= high
            assert entry["log"] or entry["step"] > 0
            assert not entry["log"] or entry["start"] > 0


@pytest.mark.parametrize("key", LESSONS)
def test_the_optimizers_controls_come_from_their_registry(key: str):
    facts = LESSONS[key]().facts()
    table = {entry["name"]: entry for entry in LESSONS[key]().settings_table()}
    offered = [name for _, name in table["optimizer"]["options"]]
    assert {*offered} <= {*OPTIMIZERS}
    for name in offered:
        hyperparameters = OPTIMIZERS[name].hyperparameters
        assert facts["optimizers"][name]["hyperparameters"] == [*hyperparameters]
        for hyperparameter, declared in hyperparameters.items():
            entry = table[hyperparameter]
            assert (entry["start"], entry["end"]) == (declared.low, declared.high)
            assert entry["label"] == declared.label


@pytest.mark.parametrize("key", LESSONS)
def test_learners_do_not_share_settings(key: str):
    one, other = LESSONS[key](), LESSONS[key]()
    before = other.settings
    one.commit({"step_size": 0.5, "n_steps": 40})
    assert other.settings == before
    assert one.settings["n_steps"] == 40


def test_lessons_come_in_the_order_of_their_tabs():
    assert [lesson.title for lesson in LESSONS.values()] == [
        "Linear regression", "Logistic regression", "Neural network",
    ]  # fmt: skip
    assert all(key == lesson.key for key, lesson in LESSONS.items())
    assert np.all([len(lesson.title) < 25 for lesson in LESSONS.values()])
