import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dl_workshop.losses import (
    LOSSES,
    binary_cross_entropy,
    get_loss,
    huber,
    mae,
    mse,
    squared_error_on_probabilities,
)

RANDOM = np.random.default_rng(0)
Y = RANDOM.normal(size=50) * 3.0
LABELS = RANDOM.integers(0, 2, 50).astype(float)
PREDICTIONS = RANDOM.normal(size=50) * 3.0
CLASSIFYING = [
    jax.jit(jax.value_and_grad(lambda z, y, f=f: f(y, z)))
    for f in (binary_cross_entropy, squared_error_on_probabilities)
]


def targets(loss):
    return LABELS if loss.name in ("binary_cross_entropy", "squared_error_on_probabilities") else Y


INDEPENDENT = {
    "mse": (
        lambda y, z: optax.losses.squared_error(z, y).mean(),
        lambda y, z: sklearn.metrics.mean_squared_error(y, z),
    ),
    "mae": (lambda y, z: sklearn.metrics.mean_absolute_error(y, z),),
    "huber": (lambda y, z: optax.losses.huber_loss(z, y).mean(),),
    "binary_cross_entropy": (
        lambda y, z: optax.losses.sigmoid_binary_cross_entropy(z, y).mean(),
        lambda y, z: sklearn.metrics.log_loss(y, 1.0 / (1.0 + np.exp(-z))),
    ),
    "squared_error_on_probabilities": (lambda y, z: sklearn.metrics.brier_score_loss(y, 1.0 / (1.0 + np.exp(-z))),),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_losses_equal_independent_implementations(loss):
    ours = loss.function(targets(loss), PREDICTIONS)
    assert ours.shape == ()
    for theirs in INDEPENDENT[loss.name]:
        np.testing.assert_allclose(ours, theirs(targets(loss), PREDICTIONS), rtol=1e-12)


def test_huber_takes_another_delta():
    expected = optax.losses.huber_loss(PREDICTIONS, Y, delta=2.5).mean()
    np.testing.assert_allclose(huber(Y, PREDICTIONS, 2.5), expected, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_gradients_equal_finite_differences(loss):
    y = targets(loss)
    value = jax.jit(jax.vmap(lambda z, y: loss.function(y, z)))
    slope = jax.jit(jax.vmap(jax.grad(lambda z, y: loss.function(y, z))))
    small = 1e-5
    change = value(PREDICTIONS + small, y) - value(PREDICTIONS - small, y)
    np.testing.assert_allclose(slope(PREDICTIONS, y), change / (2 * small), rtol=1e-6, atol=1e-9)
    # of the mean of many, each has its share
    whole = jax.jit(jax.grad(lambda z: loss.function(y, z)))(PREDICTIONS)
    np.testing.assert_allclose(whole, slope(PREDICTIONS, y) / len(y), rtol=1e-12)
    if loss.smooth:
        curvature = jax.jit(jax.vmap(jax.grad(jax.grad(lambda z, y: loss.function(y, z)))))
        change = slope(PREDICTIONS + small, y) - slope(PREDICTIONS - small, y)
        np.testing.assert_allclose(curvature(PREDICTIONS, y), change / (2 * small), rtol=1e-5, atol=1e-9)


def test_a_loss_that_is_not_smooth_has_no_curvature():
    assert [loss.name for loss in LOSSES.values() if not loss.smooth] == ["mae"]
    curvature = jax.jit(jax.vmap(jax.grad(jax.grad(lambda z, y: mae(y, z)))))
    assert not curvature(PREDICTIONS, Y).any()


def test_cross_entropy_has_its_curvature_at_a_logit_of_exactly_zero():
    curvature = jax.jit(jax.grad(jax.grad(lambda z: binary_cross_entropy(1.0, z))))
    assert float(curvature(0.0)) == pytest.approx(0.25, rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_a_column_against_a_row_is_an_error(loss):
    with pytest.raises(ValueError, match=r"targets have \(5,\) and the predictions \(5, 1\)"):
        loss.function(np.ones(5), np.ones((5, 1)))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_the_loss_of_many_is_the_mean_of_the_losses_of_one(loss):
    ones = jax.vmap(loss.function)(targets(loss), PREDICTIONS)
    np.testing.assert_allclose(loss.function(targets(loss), PREDICTIONS), ones.mean(), rtol=1e-13)


@settings(deadline=None)
@given(
    logits=arrays(float, 5, elements=st.floats(-1e6, 1e6)),
    labels=arrays(float, 5, elements=st.sampled_from([0.0, 1.0])),
)
def test_confident_logits_stay_finite(logits, labels):
    for evaluate in CLASSIFYING:
        value, gradient = evaluate(logits, labels)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
    expected = np.where(labels == 1.0, np.logaddexp(0.0, -logits), np.logaddexp(0.0, logits)).mean()
    np.testing.assert_allclose(binary_cross_entropy(labels, logits), expected, rtol=1e-12)


def test_a_confident_mistake_moves_cross_entropy_and_not_the_squared_error():
    slope = jax.grad(lambda z: binary_cross_entropy(1.0, z))(-40.0)
    assert float(slope) == pytest.approx(-1.0)
    assert abs(jax.grad(lambda z: squared_error_on_probabilities(1.0, z))(-40.0)) < 1e-15


def test_absolute_error_is_level_where_it_is_zero():
    assert float(jax.grad(lambda z: mae(2.0, z))(2.0)) == 0.0


@pytest.mark.parametrize("delta", [0.0, -1.0, np.nan, None, "1", True, 1j, 10**400])
def test_huber_refuses_a_delta_that_is_not_above_zero(delta):
    with pytest.raises(ValueError, match="delta is"):
        huber(Y, PREDICTIONS, delta)


OTHER_TARGETS = [-1.0, 5.0, 255.0, -1e-9, 1.0 + 1e-9]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("label", OTHER_TARGETS)
def test_labels_outside_of_zero_to_one_are_refused_by_what_compares_with_classes(loss, label):
    y, z = np.array([1.0, label]), np.array([0.5, -0.5])

    def known_under_a_trace(z):
        return loss.function(y, z)

    calls = [
        lambda: loss.function(y, z),
        lambda: loss.function(label, 0.5),
        lambda: jax.jit(jax.grad(known_under_a_trace))(z),
        lambda: loss.check_targets(y),
    ]
    for call in calls:
        if loss.task == "classification":
            with pytest.raises(ValueError, match="from 0 to 1, but holds"):
                call()
        else:
            call()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([1.0 + 0.0j, 0.0], "complex"),
        (np.ma.array([1.0, 0.0], mask=[False, True]), "masked"),
        (np.array([0, 1], dtype="datetime64[D]"), "dates"),
        (["1", "0"], "text"),
        (None, "must hold numbers"),
        ({"y": 1.0}, "must hold numbers"),
        ([1, 10**400], "beyond"),
        ([[1.0], [1.0, 0.0]], "must hold numbers"),
    ],
)
def test_what_only_looks_like_numbers_is_refused(loss, values, word):
    for arguments in ((values, [0.5, 0.5]), ([0.0, 1.0], values)):
        with pytest.raises(ValueError, match=word):
            loss.function(*arguments)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_targets_are_finite_and_there_is_one(loss):
    for missing in (np.nan, np.inf):
        with pytest.raises(ValueError, match=rf"y_true must be .*, but .* {missing}$"):
            loss.function([0.0, missing], [0.0, 0.0])
    with pytest.raises(ValueError, match=r"there must be an example to take the mean of, but the shape is \(0,\)"):
        loss.function([], [])
    # predictions may run away: a run that diverges says so by its losses
    assert not np.isfinite(loss.function([0.0, 1.0], [np.nan, 0.0]))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_truth_values_are_labels(loss):
    assert loss.function([True, False], [0.5, 0.5]) == loss.function([1.0, 0.0], [0.5, 0.5])


def test_what_32_bit_floats_cannot_hold_is_refused():
    with jax.enable_x64(False):
        with pytest.raises(ValueError, match=r"y_true holds 1e\+39, which 32-bit floats cannot hold"):
            mse([1e39], [1.0])
        with pytest.raises(ValueError, match=r"the prediction holds 1e\+39, which 32-bit floats cannot hold"):
            mse([1.0], [1e39])
        with pytest.raises(ValueError, match="delta is 1e-50, which 32-bit floats cannot hold"):
            huber([1.0], [2.0], 1e-50)


def test_losses_take_lists_and_integers():
    assert float(mse([1, 2], jnp.array([1, 4]))) == 2.0


def test_a_loss_says_its_task_its_solver_and_its_formula():
    assert {loss.name: (loss.task, loss.solver) for loss in LOSSES.values()} == {
        "mse": ("regression", "least_squares"),
        "mae": ("regression", "least_absolute"),
        "huber": ("regression", "newton"),
        "binary_cross_entropy": ("classification", "newton"),
        "squared_error_on_probabilities": ("classification", "many_starts"),
    }
    assert all(loss.classifies == (loss.task == "classification") for loss in LOSSES.values())
    assert all(loss.formula.startswith("mean") for loss in LOSSES.values())


def test_every_loss_has_its_own_names():
    assert [loss.short for loss in LOSSES.values()] == ["MSE", "MAE", "Huber", "BCE", "Brier"]
    assert all(get_loss(name) is loss is get_loss(loss) for name, loss in LOSSES.items())
    with pytest.raises(ValueError, match="unknown loss 'hinge': choose one of mse, mae"):
        get_loss("hinge")
