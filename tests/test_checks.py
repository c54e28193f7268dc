import math

import numpy as np
import pytest

from dl_workshop import checks

NOT_NUMBERS = [math.nan, math.inf, -math.inf, None, "1", b"1", True, [1.0], np.ones(1), 1j, object(), 10**400]


@pytest.mark.parametrize("value", NOT_NUMBERS)
def test_what_is_not_one_finite_number_is_refused(value):
    with pytest.raises(ValueError, match=r"speed is .* but must be a finite number$"):
        checks.number("speed", value)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0)])
def test_any_scalar_is_a_number(value):
    assert checks.number("speed", value) == 2.0
    assert type(checks.number("speed", value)) is float


def test_bounds_of_a_number_are_kept_and_named():
    assert checks.number("speed", 0.0, low=0.0, high=1.0) == 0.0
    assert checks.number("speed", 1.0, low=0.0, high=1.0) == 1.0
    with pytest.raises(ValueError, match=r"speed is 1\.5, but must be a finite number and at least 0 and at most 1"):
        checks.number("speed", 1.5, low=0.0, high=1.0)
    with pytest.raises(ValueError, match="speed is 0, but must be a finite number and above 0"):
        checks.number("speed", 0, above=0.0)


@pytest.mark.parametrize("value", [1.0, "1", None, True, 0, 4, np.float64(2)])
def test_what_is_not_a_whole_number_in_range_is_refused(value):
    with pytest.raises(ValueError, match=r"size is .* but must be a whole number from 1 to 3"):
        checks.whole_number("size", value, low=1, high=3)
    assert checks.whole_number("size", np.int32(3), low=1, high=3) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0], r"shape \(1,\), but must be \(n,\) with n of at least 2"),
        ([[1.0, 2.0]], r"shape \(1, 2\)"),
        (3.0, r"shape \(\)"),
        ([1.0, math.nan], r"x\[1\] is nan"),
        ([math.inf, 1.0], r"x\[0\] is inf"),
        (["a", "b"], "must hold numbers"),
        ([[1.0], [1.0, 2.0]], "must hold numbers"),
    ],
)
def test_what_is_not_a_finite_vector_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        checks.finite_vector("x", values, least=2)


def test_a_registered_choice_is_a_name_or_an_entry():
    registry = {"one": (1,), "two": (2,)}
    assert checks.registered("thing", "two", registry) == (2,)
    assert checks.registered("thing", (3,), registry) == (3,)
    for unknown in ("three", None, 5):
        with pytest.raises(ValueError, match=f"unknown thing {unknown!r}: choose one of one, two"):
            checks.registered("thing", unknown, registry)


def test_a_tree_is_finite_throughout():
    assert checks.finite_tree("theta", {"w": 1, "b": [2.0, 3.0]})["w"].dtype == np.float64
    with pytest.raises(ValueError, match="theta must be finite"):
        checks.finite_tree("theta", {"w": np.array([1.0, np.nan])})
    with pytest.raises(ValueError, match="theta must hold numbers"):
        checks.finite_tree("theta", {"w": "steep"})


def test_a_matrix_has_its_columns_and_is_finite_throughout():
    assert checks.finite_matrix("x", [[1, 2]]).dtype == np.float64
    assert checks.finite_matrix("x", np.ones((3, 2)), columns=2).shape == (3, 2)
    for values, message in (
        ([1.0, 2.0], r"x has shape \(2,\), but must be \(n, 2\) with n of at least 1"),
        (np.ones((3, 1)), r"x has shape \(3, 1\), but must be \(n, 2\)"),
        (np.ones((0, 2)), r"x has shape \(0, 2\)"),
        ([[1.0, 2.0], [math.nan, 2.0]], r"x must be finite, but x\[1, 0\] is nan"),
        ([["a", "b"]], "x must hold numbers"),
        ([[1.0], [1.0, 2.0]], "x must hold numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            checks.finite_matrix("x", values, columns=2)
    with pytest.raises(ValueError, match=r"must be \(n, d\)"):
        checks.finite_matrix("x", np.ones((3, 0)))
