import inspect
from functools import partial

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_workshop import data as recipes
from dl_workshop.data import Dataset, check_dataset, simulate_classes, simulate_line, simulate_parabola
from dl_workshop.javascript import symbolic
from tests.compilations import compilations
from tests.lowered import check

LINE_OF_SEED_7 = [11.37716491079581, 17.630955803820676, 24.579013272668952, 31.608173647504746]
DRAWN_OF_SEED_7 = [0] * 8 + [1, 0] + [1] * 11
ROUNDED_OF_SEED_7 = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1]  # with noise 40

SETTINGS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "n": st.integers(2, 300),
        "w_true": st.floats(-1e6, 1e6),
        "b_true": st.floats(-1e6, 1e6),
        "noise": st.floats(0.0, 1e6),
    }
)
SIMULATIONS = {
    "line": simulate_line,
    "parabola": lambda w_true=1.0, **settings: simulate_parabola(w1_true=w_true, w2_true=-w_true / 2, **settings),
    "drawn": partial(simulate_classes, labels="drawn"),
    "rounded": partial(simulate_classes, labels="rounded"),
}
every_simulation = pytest.mark.parametrize("simulate", SIMULATIONS.values(), ids=SIMULATIONS)


def test_the_line_is_the_workshops():
    data = simulate_line()
    assert isinstance(data, Dataset)
    np.testing.assert_allclose(data.x, np.linspace(-5, 5, 100), atol=1e-15)
    noise = data.y - (2.0 * data.x + 20.0)
    assert abs(noise.mean()) < 0.3
    assert 0.8 < noise.std() < 1.2


def test_the_parabola_has_the_truth_that_was_asked_for():
    data = simulate_parabola(w1_true=3.0, w2_true=-2.0, b_true=7.0, noise=0.0)
    np.testing.assert_allclose(data.y, 3.0 * data.x - 2.0 * data.x**2 + 7.0, rtol=1e-12, atol=1e-12)
    noise = simulate_parabola(n=1000, seed=4, noise=2.0).y - simulate_parabola(n=1000, seed=4, noise=0.0).y
    assert 1.9 < noise.std() < 2.1


def test_the_same_seed_gives_the_same_data_on_every_machine():
    np.testing.assert_allclose(simulate_line(n=4, seed=7).y, LINE_OF_SEED_7, rtol=1e-12)
    np.testing.assert_array_equal(simulate_classes(n=21, seed=7).y, DRAWN_OF_SEED_7)
    np.testing.assert_array_equal(simulate_classes(n=21, seed=7, noise=40.0, labels="rounded").y, ROUNDED_OF_SEED_7)


@given(n=st.integers(2, 3000))
def test_x_is_the_nearest_float_to_the_exact_number(n):
    exact = [(10 * i - 5 * (n - 1)) / (n - 1) for i in range(n)]  # Python rounds a fraction of integers once
    np.testing.assert_array_equal(simulate_line(n=n).x, exact)


@every_simulation
def test_another_seed_gives_other_data_and_nobody_elses_numbers_change(simulate):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    assert not np.array_equal(simulate(seed=1, w_true=0.5, noise=5.0).y, simulate(seed=2, w_true=0.5, noise=5.0).y)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@every_simulation
@given(settings=SETTINGS)
def test_any_settings_give_finite_reproducible_data(simulate, settings):
    data = simulate(**settings)
    assert data.x.shape == data.y.shape == (settings["n"],)
    assert data.x.dtype == data.y.dtype == np.float64
    assert np.isfinite(data.y).all()
    np.testing.assert_array_equal(simulate(**settings).y, data.y)
    jax.tree.map(np.testing.assert_array_equal, check_dataset(data), data)


@every_simulation
def test_the_data_have_64_bits_whatever_jaxs_mode(simulate):
    with jax.enable_x64(False):
        data = simulate(seed=3)
    jax.tree.map(np.testing.assert_array_equal, data, simulate(seed=3))
    assert data.y.dtype == np.float64


@every_simulation
def test_another_number_of_examples_compiles_nothing(simulate):
    simulate(n=100)
    with compilations() as compiled:
        simulate(n=501, seed=9, noise=0.5, w_true=3)
    assert compiled == []


@given(settings=SETTINGS)
def test_noise_scales_the_same_draw(settings):
    line = settings["w_true"] * simulate_line(**settings).x + settings["b_true"]
    np.testing.assert_allclose(simulate_line(**settings | {"noise": 0.0}).y, line, rtol=1e-12)
    once = simulate_line(**settings | {"noise": 1.0, "w_true": 0.0, "b_true": 0.0}).y
    scaled = simulate_line(**settings | {"w_true": 0.0, "b_true": 0.0}).y
    np.testing.assert_allclose(scaled, settings["noise"] * once, rtol=1e-12)


@pytest.mark.parametrize("labels", recipes.LABELS)
@given(settings=SETTINGS)
def test_classes_are_labelled_0_and_1(labels, settings):
    assert set(np.unique(simulate_classes(labels=labels, **settings).y)) <= {0.0, 1.0}


@pytest.mark.parametrize("noise", [0.0, 1.0, 6.0])
@pytest.mark.parametrize("labels", recipes.LABELS)
def test_the_true_curve_is_the_share_of_ones(labels, noise):
    recipe, truth = getattr(recipes, f"{labels}_recipe"), getattr(recipes, f"{labels}_truth")
    index, seeds = np.arange(60.0), np.arange(4000, dtype=np.uint32)
    x, y = jax.vmap(lambda seed: recipe(seed, index, noise, -1.5, 0.7))(seeds)
    p = np.asarray(truth(x[0], noise, -1.5, 0.7))
    deviation = np.sqrt(p * (1.0 - p) / len(seeds))
    assert (np.abs(np.asarray(y).mean(axis=0) - p) <= 4.0 * deviation).all()
    assert p.min() < 0.01 < 0.99 < p.max()


def test_the_true_curves_are_what_their_formulas_say():
    x = np.linspace(-5.0, 5.0, 41)
    drawn, rounded = (partial(getattr(recipes, f"{labels}_truth"), x) for labels in recipes.LABELS)
    np.testing.assert_allclose(drawn(3.0, 2.0, 1.0), 1.0 / (1.0 + np.exp(-(2.0 * x + 1.0))), rtol=1e-12)
    np.testing.assert_allclose(rounded(4.0, 2.0, 1.0), np.clip(0.5 + (2.0 * x + 1.5) / 4.0, 0.0, 1.0), rtol=1e-12)
    np.testing.assert_array_equal(rounded(0.0, 2.0, 1.0), x > -0.75)
    np.testing.assert_array_equal(rounded(0.0, 2.0, -0.5), x > 0.0, "a logit of 0 is rounded down")


def test_labels_that_are_drawn_know_no_noise():
    np.testing.assert_array_equal(simulate_classes(noise=0.0).y, simulate_classes(noise=9.0).y)


@given(seed=st.integers(0, 1000), w=st.floats(-5, 5), b=st.floats(-5, 5))
def test_noise_1_gives_the_workshops_labels(seed, w, b):
    data = simulate_classes(seed=seed, w_true=w, b_true=b, noise=1.0, labels="rounded")
    u = np.asarray(recipes.uniform(recipes.key(seed, recipes.NOISE), np.arange(100)))
    logits = w * data.x + b + u
    clear = np.abs(logits) > 1e-9
    expected = np.round(1.0 / (1.0 + np.exp(-logits)))
    np.testing.assert_array_equal(data.y[clear], expected[clear])


@given(seed=st.integers(0, 100), noise=st.floats(0.0, 10.0))
def test_noise_blurs_the_border_and_does_not_move_it(seed, noise):
    # the border is at w x + b + 1/2 = 0; only logits within noise / 2 of it can have either label
    data = simulate_classes(seed=seed, noise=noise, labels="rounded")
    logits = 2.0 * data.x + 1.5
    certain = np.abs(logits) > noise / 2 + 1e-9
    np.testing.assert_array_equal(data.y[certain], (logits > 0.0)[certain])


@every_simulation
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 1),
        ("n", 2.5),
        ("n", "many"),
        ("n", 10**400),
        ("noise", -0.1),
        ("noise", np.nan),
        ("b_true", np.inf),
        ("b_true", None),
        ("seed", -1),
        ("seed", 0.5),
        ("seed", 2**32),
    ],
)
def test_bad_settings_are_named(simulate, name, value):
    with pytest.raises(ValueError, match=f"{name} is .*, but must be a"):
        simulate(**{name: value})


@every_simulation
def test_settings_that_overflow_are_refused(simulate):
    with pytest.raises(ValueError, match="must be finite"):
        simulate(w_true=1e308, b_true=1e308)


@pytest.mark.parametrize("labels", ["round", None, ["drawn"]])
def test_unknown_labels_are_refused(labels):
    with pytest.raises(ValueError, match=r"unknown labels .*: choose one of drawn, rounded"):
        simulate_classes(labels=labels)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (None, "must be a pair"),
        (([1.0, 2.0],), "must be a pair"),
        (([1.0, 2.0], [1.0]), r"y has shape \(1,\)"),
        (([1.0, 2.0], [1.0, 2.0, 3.0]), r"x has \(2,\) and y has \(3,\)"),
        (([1.0], [1.0]), "at least 2"),
        (([[1.0, 2.0]], [1.0, 2.0]), r"x has shape \(1, 2\)"),
        (([1.0, np.nan], [1.0, 2.0]), r"x\[1\] is nan"),
        (([1.0, 2.0], [np.inf, 2.0]), r"y\[0\] is inf"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(dataset, message):
    with pytest.raises(ValueError, match=message):
        check_dataset(dataset)


@pytest.mark.parametrize("labels", recipes.LABELS)
def test_what_is_simulated_is_what_the_recipe_makes(labels):
    # a recipe is called with padding here, and without in the browser
    data, index = simulate_classes(seed=4, n=37, w_true=0.5, noise=3.0, labels=labels), np.arange(37.0)
    x, y = getattr(recipes, f"{labels}_recipe")(4, index, 3.0, 0.5, 1.0)
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.y, y)
    line = simulate_line(seed=4, n=37, noise=3.0)
    np.testing.assert_allclose(line.y, recipes.line_recipe(4, index, 3.0, 2.0, 20.0)[1], rtol=1e-14)


def lowered_calls(recipe, *, truths):
    """Arguments of a recipe, for all sorts of settings."""
    for seed, n, noise, truth in [
        (0, 2, 0.0, 1.0),
        (1, 100, 1.0, 2.0),
        (999, 501, 0.3, -1.5),
        (2**32 - 1, 64, 10.0, 8.0),
    ]:
        yield np.uint32(seed), np.arange(float(n)), noise, *(truth / (k + 1.0) for k in range(truths))


@pytest.mark.parametrize("name", ["line", "parabola", "drawn", "rounded"])
def test_the_browser_makes_the_same_data(chromium_page, name):
    recipe, truth = getattr(recipes, f"{name}_recipe"), getattr(recipes, f"{name}_truth")
    truths = len(inspect.signature(truth).parameters) - 2
    calls = [*lowered_calls(recipe, truths=truths)]
    traced = (np.uint32(0), symbolic("n"), *[0.0] * (1 + truths))
    check(chromium_page, [(recipe, traced, calls)], rtol=1e-12, atol=1e-14)
    exact = (lambda *arguments: recipe(*arguments)[0]) if name in ("line", "parabola") else recipe
    check(chromium_page, [(exact, traced, calls)], rtol=0.0, atol=0.0)  # x, and labels
    curve = [(np.linspace(-6.0, 6.0, 50), *call[2:]) for call in calls]
    check(chromium_page, [(truth, (symbolic("n"), *traced[2:]), curve)], rtol=1e-12, atol=1e-14)
