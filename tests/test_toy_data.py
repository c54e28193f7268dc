import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer

from dl_workshop.toy_data import FEATURES, TOY_DATASETS, expand, feature_function, simulate_split
from tests.compilations import compilations
from tests.lowered import check

every_set = pytest.mark.parametrize("entry", TOY_DATASETS.values(), ids=lambda entry: entry.name)
SIMULATED = [entry for entry in TOY_DATASETS.values() if entry.has_noise]
every_simulated_set = pytest.mark.parametrize("entry", SIMULATED, ids=lambda entry: entry.name)

SUMS_OF_SEED_7 = {
    "gaussians": 347.49138239410877,
    "circles": 264.9198324319681,
    "xor": 380.3933085169711,
    "moons": 237.9176428085919,
    "spirals": 312.8166347069112,
    "sine": 217.17322735677098,
    "step": 217.17322735677098,
    "absolute": 217.17322735677098,
    "breast_cancer": 8999.646722505913,
}  # of |x| in the training part


def everything(split):
    return np.concatenate([split.train.x, split.test.x]), np.concatenate([split.train.y, split.test.y])


def test_the_registry_says_what_each_set_is():
    names = ["gaussians", "circles", "xor", "moons", "spirals", "sine", "step", "absolute", "breast_cancer"]
    assert [*TOY_DATASETS] == [entry.name for entry in TOY_DATASETS.values()] == names
    assert [entry.inputs for entry in TOY_DATASETS.values()] == [2] * 5 + [1] * 3 + [30]
    assert [entry.task for entry in TOY_DATASETS.values()] == (
        ["classification"] * 5 + ["regression"] * 3 + ["classification"]
    )
    assert [entry.has_noise for entry in TOY_DATASETS.values()] == [True] * 8 + [False]
    assert all(entry.label for entry in TOY_DATASETS.values())


@every_set
@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_a_split_has_the_same_share_of_every_class(entry, share):
    split = simulate_split(entry.name, seed=3, n=150, train_share=share)
    train, test = split.train, split.test
    n = 150 if entry.has_noise else 569
    assert train.x.shape[1] == test.x.shape[1] == entry.inputs == len(split.feature_names)
    assert len(train.y) + len(test.y) == len(train.x) + len(test.x) == n
    assert abs(len(train.y) - share * n) <= 1.0
    assert all(a.dtype == np.float64 for part in (train, test) for a in part)
    if entry.task == "classification":
        assert len(split.class_names) == 2
        y = everything(split)[1]
        assert set(y) == {0.0, 1.0}
        assert abs(train.y.sum() - share * y.sum()) <= 0.5
    else:
        assert split.class_names == ()


@every_set
def test_the_same_seed_gives_the_same_data_and_nobody_elses_numbers_change(entry):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    one, same, other = (simulate_split(entry.name, seed=seed) for seed in (1, 1, 2))
    jax.tree.map(np.testing.assert_array_equal, one[:2], same[:2])
    assert not np.array_equal(one.train.x, other.train.x)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_the_data_are_the_same_on_every_machine():
    sums = {name: float(np.abs(simulate_split(name, seed=7).train.x).sum()) for name in TOY_DATASETS}
    assert sums == pytest.approx(SUMS_OF_SEED_7, rel=1e-9)


@every_simulated_set
def test_the_picture_is_centred_and_of_the_size_of_the_plane(entry):
    x, y = everything(simulate_split(entry.name, seed=5, n=1000, noise=0.0))
    assert np.abs(x).max() <= 3.2
    assert np.abs(x).max() > 1.9
    assert np.abs(x.mean(axis=0)).max() < 0.2
    if entry.task == "classification":
        assert abs(y.mean() - 0.5) < 0.01


def test_each_picture_is_what_its_name_says():
    data = {entry.name: everything(simulate_split(entry.name, seed=2, n=400, noise=0.0)) for entry in SIMULATED}
    x, y = data["circles"]
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(y == 1.0, 1.0, 2.0))
    x, y = data["xor"]
    np.testing.assert_array_equal(y == 1.0, x[:, 0] * x[:, 1] > 0.0)
    x, y = data["gaussians"]
    np.testing.assert_allclose([x[y == label].mean() for label in (0.0, 1.0)], [-1.2, 1.2], atol=0.1)
    x, y = data["moons"]
    np.testing.assert_allclose(
        np.linalg.norm(x - np.where(y[:, None] == 1.0, [0.75, 0.375], [-0.75, -0.375]), axis=1), 1.5
    )
    x, y = data["spirals"]
    turned = np.arctan2(x[:, 0], x[:, 1]) - np.pi * y - 3.0 * np.pi * np.linalg.norm(x, axis=1) / 2.6
    np.testing.assert_allclose(np.cos(turned), 1.0)
    for name, function in (("sine", lambda x: np.sin(2.0 * x)), ("step", np.sign), ("absolute", np.abs)):
        x, y = data[name]
        np.testing.assert_array_equal(y, function(x[:, 0]))


@every_simulated_set
def test_noise_scales_the_same_draw_and_changes_no_label(entry):
    (x, y), (x_1, y_1), (x_2, y_2) = (everything(simulate_split(entry.name, noise=s)) for s in (0.0, 1.0, 2.0))
    if entry.task == "classification":
        np.testing.assert_array_equal(y, y_2)
        np.testing.assert_allclose(x_2 - x, 2.0 * (x_1 - x), atol=1e-12)
        assert 0.9 < (x_1 - x).std() < 1.1
    else:
        np.testing.assert_array_equal(x, x_2)
        np.testing.assert_allclose(y_2 - y, 2.0 * (y_1 - y), atol=1e-12)
        assert 0.8 < (y_1 - y).std() < 1.2


def test_the_real_set_is_standardised_on_its_training_part():
    split = simulate_split("breast_cancer", seed=4, n=7, noise=99.0)
    np.testing.assert_allclose(split.train.x.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(split.train.x.std(axis=0), 1.0)
    assert np.abs(split.test.x.mean(axis=0)).max() > 0.01
    assert split.class_names == ("malignant", "benign")
    assert split.feature_names[0] == "mean radius"
    x, y = everything(split)
    theirs = load_breast_cancer()
    assert y.sum() == theirs.target.sum()
    # standardising changes no correlation with the class
    ours, raw = (np.corrcoef(np.column_stack([a, b]).T)[-1] for a, b in ((x, y), (theirs.data, theirs.target)))
    np.testing.assert_allclose(ours, raw, atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"train_share": 0.0},
            "the training part has no example of class 0: choose a larger train_share, or more",
        ),
        (
            {"train_share": 1.0},
            "the test part has no example of class 0: choose a smaller train_share, or more",
        ),
        (
            {"train_share": 0.9, "n": 4},
            "with n=4 and train_share=0.9 the test part has no example of class 0",
        ),
        ({"train_share": 0.1, "n": 8}, "the training part has no example of class 0"),
        (
            {"train_share": 1.5},
            "train_share is 1.5, but must be a finite number and at least 0 and at most 1",
        ),
        ({"n": 3}, "n is 3, but must be"),
        ({"n": 10.0}, "n is 10.0, but must be"),
        ({"noise": -1.0}, "noise is -1.0, but must be"),
        ({"noise": 1e308, "n": 2000}, "x must be finite"),
        ({"seed": -1}, "seed is -1, but must be"),
    ],
)
def test_a_split_that_cannot_be_is_refused_with_what_to_change(settings, message):
    with pytest.raises(ValueError, match=message):
        simulate_split("moons", **settings)


def test_a_part_without_examples_is_refused_for_curves_and_the_real_set():
    with pytest.raises(ValueError, match="the test part has no example: choose a smaller train_share, or more ex"):
        simulate_split("sine", train_share=1.0)
    with pytest.raises(ValueError, match=r"with n=569 and .* no example of class 0: choose a larger train_share$"):
        simulate_split("breast_cancer", train_share=0.0)
    with pytest.raises(ValueError, match="y must be finite"):
        simulate_split("sine", noise=1e308, n=2000)
    with pytest.raises(ValueError, match="unknown dataset 'iris': choose one of gaussians, circles"):
        simulate_split("iris")


@every_simulated_set
@given(seed=st.integers(0, 2**63), n=st.integers(4, 300), noise=st.floats(0.0, 1e3), share=st.floats(0.0, 1.0))
def test_any_settings_give_two_parts_of_every_class_or_a_sentence(entry, seed, n, noise, share):
    try:
        split = simulate_split(entry.name, seed=seed, n=n, noise=noise, train_share=share)
    except ValueError as error:
        assert "choose a" in str(error)  # noqa: PT017, the other outcome is as good
        return
    for part in split[:2]:
        assert np.isfinite(part.x).all()
        assert part.x.shape == (len(part.y), entry.inputs)
        assert entry.task == "regression" or set(part.y) == {0.0, 1.0}


def test_features_are_made_of_the_coordinates():
    x = np.random.default_rng(0).normal(size=(50, 2))
    x1, x2 = x.T
    columns = {"x1": x1, "x2": x2, "x1_squared": x1**2, "x2_squared": x2**2, "x1_x2": x1 * x2}
    columns |= {"sin_x1": np.sin(x1), "sin_x2": np.sin(x2)}
    assert [*FEATURES] == [*columns]
    assert [feature.label for feature in FEATURES.values()] == [
        "x₁",
        "x₂",
        "x₁²",
        "x₂²",
        "x₁x₂",
        "sin x₁",
        "sin x₂",
    ]
    np.testing.assert_allclose(expand(x, [*FEATURES]), np.column_stack([*columns.values()]), rtol=1e-14)
    chosen = ("sin_x2", "x1")
    assert expand(x, chosen).shape == (50, 2)
    np.testing.assert_allclose(expand(x, chosen)[:, 0], columns["sin_x2"], rtol=1e-14)
    np.testing.assert_allclose(feature_function(chosen)(*x[3]), expand(x, chosen)[3], rtol=1e-14)
    assert feature_function(chosen) is feature_function([*chosen])


def test_switching_features_compiles_nothing():
    expand(np.ones((100, 2)), ("x1",))
    with compilations() as compiled:
        expand(np.ones((120, 2)), ("x1", "sin_x2"))
    assert compiled == []


def test_no_feature_and_an_unknown_one_are_refused():
    for function in (feature_function, lambda features: expand(np.ones((3, 2)), features)):
        with pytest.raises(ValueError, match="needs an input: choose at least one of x1, x2"):
            function(())
        with pytest.raises(ValueError, match="unknown feature 'x3': choose one of x1, x2"):
            function(("x1", "x3"))
    with pytest.raises(ValueError, match=r"x has shape \(3,\), but must be \(n, 2\)"):
        expand(np.ones(3), ("x1",))


def test_the_browser_makes_the_same_features(chromium_page):
    calls = [tuple(np.random.default_rng(seed).normal(size=2)) for seed in range(5)]
    check(chromium_page, [(feature_function([*FEATURES]), (0.0, 0.0), calls)], rtol=1e-12)
