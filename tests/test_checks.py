import math
from decimal import Decimal
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dl_workshop import checks, metrics
from dl_workshop.data import Dataset, check_dataset, check_examples, simulate_classes
from dl_workshop.javascript import symbolic
from dl_workshop.models import mlp_init
from dl_workshop.optimizers import fill_hyperparameters
from dl_workshop.parameters import flat_model, flatten
from dl_workshop.planes import Plane, plane_surface
from dl_workshop.toy_data import expand, real_data
from dl_workshop.training import converged_at, penalty_strengths, snapshot_steps, train

NOT_NUMBERS = [
    *(math.nan, math.inf, -math.inf, None, "1", b"1", True, [1.0], np.ones(1), 1j, object(), 10**400, 10**5000),
    *(
        np.array("1"),
        np.array(True),
        np.complex128(1.0),
        jnp.complex64(1.0),
        np.timedelta64(1, "s"),
        np.datetime64(1, "D"),
    ),
    *(np.ma.masked, np.ma.array(1.0, mask=True), np.array(None), np.array("1", dtype=object), Decimal("1e400")),
    *(Fraction(10**400), np.zeros(1, dtype=[("a", float)])[0], {"a": 1.0}, {1.0}, jax.random.key(0), lambda: 1.0),
]


class Broken:
    """What another package's arrays may be like."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("call .detach() first")

    def __repr__(self):
        raise RuntimeError("nor like this")


# what only looks like numbers, and a word of the sentence that refuses it
LOOKS_LIKE_NUMBERS = [
    (np.array([1.0 + 2.0j, 0.0]), "complex"),
    ([1.0, 2.0j], "complex"),
    (jnp.array([1.0j, 2.0]), "complex"),
    (np.ma.array([1.0, 2.0], mask=[False, True]), "masked"),
    ([1.0, np.ma.masked], "masked"),
    ([np.ma.array(1.0, mask=True), 2.0], "masked"),
    (np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"), "dates"),
    (np.array([1, 2], dtype="timedelta64[s]"), "times"),
    ([np.timedelta64(1, "s"), np.timedelta64(2, "s")], "times"),
    (["1", "2"], "text"),
    ([1.0, "2"], "text"),
    (np.array(["1", "2"]), "text"),
    (np.array([b"1", b"2"]), "text"),
    (np.array(["1", 2.0], dtype=object), "must hold numbers, but is"),
    (np.array([None, 2.0], dtype=object), "must hold numbers, but is"),
    (np.array([True, 2.0], dtype=object), "must hold numbers, but is"),
    (np.array([{}, 2.0], dtype=object), "must hold numbers, but is"),
    (np.zeros(2, dtype=[("a", float)]), "values of type"),
    ({"a": 1.0}, "must hold numbers, but is"),
    ({1: 1.0, "b": 2.0}, "must hold numbers, but is"),
    ({1.0, 2.0}, "must hold numbers, but is"),
    (None, "must hold numbers, but is"),
    (Broken(), "must hold numbers, but is a value of type Broken"),
    ([[1.0], [1.0, 2.0]], "must hold numbers, but is"),
    ([1, 10**400], "beyond those of floats"),
    ([Fraction(10**400), 1], "beyond those of floats"),
]
TRUTH = [np.array([True, False]), [True, False], [1.0, True], [[1.0], [np.True_]], jnp.array([True, False])]


@pytest.mark.parametrize(("values", "word"), LOOKS_LIKE_NUMBERS)
def test_what_only_looks_like_numbers_is_refused_at_every_door(values, word):
    doors = (
        lambda: checks.real_array("x", values),
        lambda: checks.finite_array("x", values, truth_values=True),
        lambda: checks.finite_vector("x", values, least=1),
        lambda: checks.finite_matrix("x", values),
        lambda: checks.as_floats("x", values),
        lambda: checks.jax_floats("x", values),
        lambda: checks.shares("x", values),
    )
    for door in doors:
        with pytest.raises(ValueError, match=rf"^x .*{word}"):
            door()


@pytest.mark.parametrize("values", TRUTH)
def test_truth_values_are_numbers_only_where_a_door_says_so(values):
    for door in (checks.real_array, checks.as_floats, checks.finite_array):
        with pytest.raises(ValueError, match=r"x must hold numbers, but holds truth values \(make them 0 and 1"):
            door("x", values)
        assert set(np.asarray(door("x", values, truth_values=True), dtype=float).ravel()) <= {0.0, 1.0}
    with pytest.raises(ValueError, match="truth values"):
        checks.finite_vector("x", values, least=1)
    assert checks.jax_floats("x", values).dtype == float


@pytest.mark.parametrize(
    "values",
    [
        *([1, 2], (1.0, 2.0), range(1, 3), [np.float32(1), np.int8(2)], [jnp.array(1.0), 2], [Fraction(1), Decimal(2)]),
        *(np.array([1, 2], dtype=np.uint64), np.array([1, 2], dtype=np.longdouble), np.array([1, 2], dtype=object)),
        *(jnp.array([1.0, 2.0], dtype=jnp.bfloat16), jnp.array([1, 2]), np.ma.array([1.0, 2.0], mask=[False, False])),
    ],
)
def test_numbers_of_any_type_are_numbers(values):
    np.testing.assert_array_equal(checks.finite_vector("x", values, least=2), [1.0, 2.0])
    np.testing.assert_array_equal(checks.jax_floats("x", values), [1.0, 2.0])


def test_an_array_keeps_its_own_type_and_is_finite():
    assert checks.finite_array("x", [0, 1]).dtype == int
    assert checks.finite_array("x", np.ones(2, dtype=np.float32)).dtype == np.float32
    assert checks.finite_array("x", np.ones(2, dtype=np.longdouble)).dtype == np.float64
    assert checks.finite_array("x", [True, False], truth_values=True).dtype == bool
    with pytest.raises(ValueError, match=r"x must be finite, but x\[1, 0\] is nan"):
        checks.finite_array("x", [[1.0], [math.nan]])
    with pytest.raises(ValueError, match="x must be finite, but x is inf"):
        checks.finite_array("x", math.inf)


def test_what_32_bit_floats_cannot_hold_is_refused_by_name():
    assert checks.as_float("step_size", 1e-50) == 1e-50
    with jax.enable_x64(False):
        assert checks.as_float("step_size", 1e-30).dtype == np.float32
        for value in (1e-50, 1e50):
            with pytest.raises(ValueError, match=r"step_size is 1e.50, which 32-bit floats cannot hold: turn on JAX's"):
                checks.as_float("step_size", value)
        np.testing.assert_array_equal(checks.as_floats("x", [math.inf, 1.0]), [math.inf, 1.0])
        for door in (checks.as_floats, checks.jax_floats, checks.finite_array):
            with pytest.raises(ValueError, match=r"x holds -1e\+200, which 32-bit floats cannot hold: turn on JAX's"):
                door("x", [1.0, -1e200])
        with pytest.raises(ValueError, match=r"theta holds 1e\+39, which 32-bit floats cannot hold"):
            checks.finite_tree("theta", {"w": 1e39})
    with pytest.raises(ValueError, match=r"x holds 1e\+400, which 64-bit floats cannot hold$"):
        checks.as_floats("x", np.array([np.longdouble("1e400")]))


def test_of_what_is_traced_only_the_type_is_checked():
    assert float(jax.jit(lambda x: checks.jax_floats("x", [x, 2]).sum())(1)) == 3.0
    assert jax.jit(lambda x: checks.jax_floats("x", x))(True).dtype == float
    jax.jit(lambda x: checks.shares("x", [x, 2.0]))(5.0)
    for value in (1j, jax.random.key(0)):
        with pytest.raises(ValueError, match="x must hold numbers, but holds values of type"):
            jax.jit(lambda x: checks.jax_floats("x", x))(value)
    with pytest.raises(ValueError, match="x must hold numbers, but is"):
        jax.jit(lambda x: checks.jax_floats("x", {"a": x}))(1.0)


def test_a_message_is_short_whatever_is_shown():
    assert checks.shown([1.0]) == "[1.0]"
    assert len(checks.shown([0.0] * 10_000)) < 250
    assert checks.shown(10**5000) == "a value of type int"
    with pytest.raises(ValueError, match="n is a value of type int, but must be a whole number from 1 to 9"):
        checks.whole_number("n", 10**5000, low=1, high=9)


def test_what_cannot_be_called_is_no_function():
    checks.function("model", abs)
    with pytest.raises(ValueError, match="model must be a function, but is 3"):
        checks.function("model", 3)


def test_shares_are_from_zero_to_one():
    checks.shares("y", [0, 0.5, 1.0, True])
    for value in (-1, 1.5, math.nan, 255):
        with pytest.raises(ValueError, match=f"y must be from 0 to 1, but holds {value}"):
            checks.shares("y", [0.0, value])


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: type(value).__name__)
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


@pytest.mark.parametrize(
    "value",
    [
        *(1.0, "1", None, True, 0, 4, np.float64(2), 10**400, 1j, [1], np.array([1]), np.array("1"), np.True_),
        *(
            np.array(True),
            jnp.array(True),
            np.ma.array(2, mask=True),
            np.ma.masked,
            np.timedelta64(2, "s"),
            Fraction(2),
        ),
    ],
)
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
    for tree in ({"w": "steep"}, {"w": "3"}, {"w": True}, {"w": 1j}, {}, None, [], {1: 1.0, "b": 2.0}):
        with pytest.raises(ValueError, match="theta must hold numbers"):
            checks.finite_tree("theta", tree)


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


class BrokenPair:
    def __iter__(self):
        raise RuntimeError("broken")


LINE = Dataset(np.linspace(-1.0, 1.0, 4), np.linspace(0.0, 1.0, 4))


def plane_of(plane):
    return plane_surface("linear", "mse", LINE, plane, [0.0], [0.0])


@pytest.mark.parametrize(
    ("door", "message"),
    [
        (lambda: fill_hyperparameters(None, {}), "unknown optimizer None: choose one of gradient_descent"),
        (lambda: fill_hyperparameters("adam", None), "hyperparameters must be a mapping from names to numbers"),
        (lambda: fill_hyperparameters("adam", {3: 1.0}), "'adam' has no hyperparameter 3; it has: beta_1"),
        (lambda: flatten(None), "theta must hold numbers, but is None"),
        (lambda: flatten({"w": "1"}), "theta must hold numbers, but holds text"),
        (lambda: flat_model(None), "unknown model None: choose one of linear"),
        (lambda: flat_model([]), r"unknown model \[\]: choose one of linear"),
        (lambda: plane_of(None), "plane must be a `Plane`, as `run_plane` returns, but is None"),
        (lambda: plane_of((np.zeros(2), np.eye(2))), "plane must be a `Plane`"),
        (lambda: plane_of(Plane(np.zeros(2), np.eye(2)[:1])), r"directions have shape \(1, 2\), but must be \(2, p\)"),
        (lambda: check_dataset(BrokenPair()), r"dataset must be a pair \(x, y\)"),
        (lambda: check_examples("the test part", {}, inputs=2), r"the test part must be a pair \(x, y\), but is {}"),
        (lambda: penalty_strengths(np.zeros(3), 1.0), r"unknown penalty array\(.*\): choose one of none, l1, l2"),
        (lambda: snapshot_steps(10, every=2**63), "every is 9223372036854775808, but must be a whole number"),
        (lambda: converged_at(None), "run must be what `train` returns, but is None"),
        (lambda: train(np.zeros(2), "linear", "mse", LINE, progress=3), "progress must be a function, but is 3"),
        (lambda: real_data({}), "unknown real data set {}: choose one of breast_cancer, digits"),
        (lambda: expand([[1.0, 2.0]], None), "the network needs an input: choose at least one of x1"),
        (lambda: mlp_init((10**6, 10**6, 1)), r"sizes \(1000000, 1000000, 1\) make 1000001000000 weights: more than"),
        (lambda: symbolic(1.5), "a size is 1.5, but must be a whole number of at least 0"),
        (lambda: symbolic("n m"), r"\('n m',\) is no shape of numbers and names such as 'n'"),
        (lambda: symbolic(2, dtype="x"), "'x' is no type of numbers"),
        (lambda: metrics.accuracy([-1.0, 1.0], [1.0, 2.0]), "y_true must be from 0 to 1, but holds -1"),
        (lambda: metrics.confusion_matrix([-1.0, 1.0], [1.0, 2.0]), "y_true must be from 0 to 1, but holds -1"),
    ],
)  # fmt: skip
def test_what_a_door_is_not_made_for_gets_a_sentence_that_names_it(door, message):
    with pytest.raises(ValueError, match=message):
        door()


def test_numbers_of_other_types_simulate_as_floats_do():
    of_decimals = simulate_classes(w_true=Decimal("2.5"), b_true=Fraction(1, 2), noise=Decimal(1))
    np.testing.assert_array_equal(of_decimals.y, simulate_classes(w_true=2.5, b_true=0.5, noise=1.0).y)
