import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_workshop.data import DATASETS, Dataset, check_dataset, simulate_classes, simulate_line

LINE_OF_SEED_7 = [10.001230153357483, 16.965412204175138, 23.05919547797112, 29.109408161242726]
CLASSES_OF_SEED_7 = [0] * 8 + [1] * 13  # with noise 4; with noise 1 the ninth is 0

SETTINGS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**63),
        "n": st.integers(2, 300),
        "w_true": st.floats(-1e6, 1e6),
        "b_true": st.floats(-1e6, 1e6),
        "noise": st.floats(0.0, 1e6),
    }
)


def test_the_line_is_the_workshops():
    data = simulate_line()
    assert isinstance(data, Dataset)
    np.testing.assert_array_equal(data.x, np.linspace(-5, 5, 100))
    noise = data.y - (2.0 * data.x + 20.0)
    assert abs(noise.mean()) < 0.3
    assert 0.8 < noise.std() < 1.2


def test_the_same_seed_gives_the_same_data_on_every_machine():
    np.testing.assert_allclose(simulate_line(n=4, seed=7).y, LINE_OF_SEED_7, rtol=1e-12)
    np.testing.assert_array_equal(simulate_classes(n=21, seed=7, noise=4.0).y, CLASSES_OF_SEED_7)


@pytest.mark.parametrize("entry", DATASETS.values(), ids=lambda entry: entry.name)
def test_another_seed_gives_other_data_and_nobody_elses_numbers_change(entry):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    assert not np.array_equal(entry.function(seed=1, noise=5.0).y, entry.function(seed=2, noise=5.0).y)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize("entry", DATASETS.values(), ids=lambda entry: entry.name)
@given(settings=SETTINGS)
def test_any_settings_give_finite_reproducible_data(entry, settings):
    data = entry.function(**settings)
    assert data.x.shape == data.y.shape == (settings["n"],)
    assert data.x.dtype == data.y.dtype == np.float64
    assert np.isfinite(data.y).all()
    np.testing.assert_array_equal(entry.function(**settings).y, data.y)
    assert check_dataset(data) == data


@given(settings=SETTINGS)
def test_noise_scales_the_same_draw(settings):
    line = settings["w_true"] * simulate_line(**settings).x + settings["b_true"]
    np.testing.assert_allclose(simulate_line(**settings | {"noise": 0.0}).y, line, rtol=1e-12)
    once = simulate_line(**settings | {"noise": 1.0, "w_true": 0.0, "b_true": 0.0}).y
    scaled = simulate_line(**settings | {"w_true": 0.0, "b_true": 0.0}).y
    np.testing.assert_allclose(scaled, settings["noise"] * once, rtol=1e-12)


@given(settings=SETTINGS)
def test_classes_are_labelled_0_and_1(settings):
    assert set(np.unique(simulate_classes(**settings).y)) <= {0.0, 1.0}


@given(seed=st.integers(0, 1000), w=st.floats(-5, 5), b=st.floats(-5, 5))
def test_noise_1_gives_the_workshops_labels(seed, w, b):
    data = simulate_classes(seed=seed, w_true=w, b_true=b, noise=1.0)
    u = np.random.default_rng(seed).random(100)
    logits = w * data.x + b + u
    clear = np.abs(logits) > 1e-9
    expected = np.round(1.0 / (1.0 + np.exp(-logits)))
    np.testing.assert_array_equal(data.y[clear], expected[clear])


@given(seed=st.integers(0, 100), noise=st.floats(0.0, 10.0))
def test_noise_blurs_the_border_and_does_not_move_it(seed, noise):
    # the border is at w x + b + 1/2 = 0; only logits within noise / 2 of it can have either label
    data = simulate_classes(seed=seed, noise=noise)
    logits = 2.0 * data.x + 1.5
    certain = np.abs(logits) > noise / 2 + 1e-9
    np.testing.assert_array_equal(data.y[certain], (logits > 0.0)[certain])


@pytest.mark.parametrize("entry", DATASETS.values(), ids=lambda entry: entry.name)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 1),
        ("n", 2.5),
        ("n", "many"),
        ("noise", -0.1),
        ("noise", np.nan),
        ("w_true", np.inf),
        ("b_true", None),
        ("seed", -1),
        ("seed", 0.5),
    ],
)
def test_bad_settings_are_named(entry, name, value):
    with pytest.raises(ValueError, match=f"{name} is .*, but must be a"):
        entry.function(**{name: value})


@pytest.mark.parametrize("entry", DATASETS.values(), ids=lambda entry: entry.name)
def test_settings_that_overflow_are_refused(entry):
    with pytest.raises(ValueError, match="must be finite"):
        entry.function(w_true=1e308, b_true=1e308)


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


def test_the_registry_knows_both_sets_by_name():
    assert [*DATASETS] == ["line", "classes"]
    assert all(entry.name == name and entry.label for name, entry in DATASETS.items())
