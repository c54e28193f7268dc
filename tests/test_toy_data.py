import hashlib

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, make_circles, make_moons
from sklearn.preprocessing import StandardScaler

from dl_workshop import random
from dl_workshop.javascript import symbolic
from dl_workshop.toy_data import (
    FEATURES,
    TOY_DATASETS,
    expand,
    feature_function,
    real_data,
    simulate_split,
    split_examples,
    split_function,
    standardised_split,
)
from tests.compilations import compilations
from tests.lowered import check

every_set = pytest.mark.parametrize("entry", TOY_DATASETS.values(), ids=lambda entry: entry.name)
SIMULATED = [entry for entry in TOY_DATASETS.values() if entry.has_noise]
every_simulated_set = pytest.mark.parametrize("entry", SIMULATED, ids=lambda entry: entry.name)

REAL = {entry.name: len(real_data(entry.name).y) for entry in TOY_DATASETS.values() if not entry.has_noise}
every_real_set = pytest.mark.parametrize("name", REAL)

SUMS_OF_SEED_7 = {
    "gaussians": -3.052337864699283,
    "circles": 5.372274691228167,
    "xor": -12.914275749880586,
    "moons": 0.7328946748898721,
    "spirals": 16.081046396590327,
    "sine": 17.440239351055574,
    "step": 22.546395917248514,
    "absolute": 13.89258379547859,
    "breast_cancer": 52.49041282476417,
    "digits": -54.50852683569951,
}  # of all numbers, each with a weight of its own


EXACT_OF_SEED_7 = {
    "xor": "068da6d38edbf0ea",
    "step": "1613891dffeed30f",
    "absolute": "19651b896f0d6ba0",
}  # a digest of all numbers


def everything(split):
    return np.concatenate([split.train.x, split.test.x]), np.concatenate([split.train.y, split.test.y])


def test_the_registry_says_what_each_set_is():
    pictures, curves, real = ["gaussians", "circles", "xor", "moons", "spirals"], ["sine", "step", "absolute"], [*REAL]
    entries = [*TOY_DATASETS.values()]
    assert [*TOY_DATASETS] == [entry.name for entry in entries] == [*pictures, *curves, *real]
    assert real == ["breast_cancer", "digits"]
    assert [entry.inputs for entry in entries] == [2] * 5 + [1] * 3 + [30, 16]
    assert [entry.task for entry in entries] == ["classification"] * 5 + ["regression"] * 3 + ["classification"] * 2
    assert [len(entry.classes) for entry in entries] == [2] * 5 + [0] * 3 + [2] * 2
    assert all(entry.label and len(set(entry.columns)) == len(entry.columns) for entry in entries)


@every_set
@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_a_split_has_the_same_share_of_every_class(entry, share):
    split = simulate_split(entry.name, seed=3, n=150, train_share=share)
    train, test = split.train, split.test
    n = REAL.get(entry.name, 150)
    assert train.x.shape[1] == test.x.shape[1] == entry.inputs
    assert (split.feature_names, split.class_names) == (entry.columns, entry.classes)
    assert len(train.y) + len(test.y) == len(train.x) + len(test.x) == n
    assert abs(len(train.y) - share * n) <= 1.0
    assert all(a.dtype == np.float64 for part in (train, test) for a in part)
    if entry.task == "classification":
        y = everything(split)[1]
        assert set(y) == {0.0, 1.0}
        assert train.y.sum() == round(share * y.sum())


@every_set
def test_the_same_seed_gives_the_same_data_and_nobody_elses_numbers_change(entry):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    one, same, other = (simulate_split(entry.name, seed=seed) for seed in (1, 1, 2))
    jax.tree.map(np.testing.assert_array_equal, one[:2], same[:2])
    assert not np.array_equal(one.train.x, other.train.x)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_the_data_are_the_same_on_every_machine():
    def total(split):
        return sum(np.cos(np.arange(a.size)) @ a.ravel() for part in split[:2] for a in part)

    sums = {name: total(simulate_split(name, seed=7)) for name in TOY_DATASETS}
    assert sums == pytest.approx(SUMS_OF_SEED_7, rel=1e-11)


@every_set
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.2, 0.8))
def test_of_each_class_those_with_the_least_bits_are_trained_on(entry, seed, share):
    if entry.has_noise:
        x, y = map(np.asarray, jax.jit(entry.simulate)(np.uint32(seed), np.arange(60.0), 60.0))
    else:
        x, y = real_data(entry.name)
    bits = np.asarray(jax.jit(random.bits)(random.key(seed, random.SPLIT), np.arange(len(y)))[0])
    chosen = np.zeros(len(y), dtype=bool)
    for label in (0.0, 1.0) if entry.classes else (None,):
        members = np.flatnonzero(y == label) if entry.classes else np.arange(len(y))
        chosen[members[np.argsort(bits[members])][: round(share * len(members))]] = True
    if not entry.has_noise:
        x = StandardScaler().fit(x[chosen]).transform(x)
    train, test = simulate_split(entry.name, seed=seed, n=60, noise=0.0, train_share=share)[:2]
    for part, rows in ((train, chosen), (test, ~chosen)):
        np.testing.assert_allclose(part.x, x[rows], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(part.y, y[rows], rtol=1e-12, atol=1e-12)


@every_set
def test_the_data_have_64_bits_whatever_jaxs_mode(entry):
    with jax.enable_x64(False):
        split = simulate_split(entry.name, seed=3)
    jax.tree.map(np.testing.assert_array_equal, split[:2], simulate_split(entry.name, seed=3)[:2])
    assert split.train.x.dtype == np.float64


def test_another_number_of_examples_compiles_nothing():
    simulate_split("moons", n=100)
    with compilations() as compiled:
        simulate_split("moons", n=333, seed=4, noise=0.3, train_share=0.5)
    assert compiled == []


@pytest.mark.parametrize("n", [4, 5, 100, 101])
def test_moons_and_circles_are_scikit_learns(n):
    for name, theirs in (
        ("moons", make_moons(n, shuffle=False)),
        ("circles", make_circles(n, factor=0.5, shuffle=False)),
    ):
        x, y = TOY_DATASETS[name].simulate(0, np.arange(float(n)), float(n))
        expected = 1.5 * (theirs[0] - [0.5, 0.25]) if name == "moons" else 2.0 * theirs[0]
        np.testing.assert_allclose(x, expected, atol=1e-14)
        np.testing.assert_array_equal(y, theirs[1])


@pytest.mark.parametrize(("name", "digest"), EXACT_OF_SEED_7.items())
def test_what_is_rounded_once_has_the_same_bits_on_every_machine(name, digest):
    numbers = jax.tree.leaves(simulate_split(name, seed=7, noise=0.0)[:2])
    assert hashlib.sha256(b"".join(values.tobytes() for values in numbers)).hexdigest()[:16] == digest


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
    x, y = everything(split)
    theirs = load_breast_cancer()
    assert y.sum() == theirs.target.sum()
    # standardising changes no correlation with the class
    ours, raw = (np.corrcoef(np.column_stack([a, b]).T)[-1] for a, b in ((x, y), (theirs.data, theirs.target)))
    np.testing.assert_allclose(ours, raw, atol=1e-12)


def test_the_real_sets_are_scikit_learns_by_their_names():
    cancer, theirs = TOY_DATASETS["breast_cancer"], load_breast_cancer()
    assert cancer.columns == tuple(theirs.feature_names)
    assert cancer.classes == tuple(theirs.target_names)
    np.testing.assert_array_equal(real_data("breast_cancer").x, theirs.data)
    digits, theirs = real_data("digits"), load_digits()
    images = theirs.images[np.isin(theirs.target, (3, 8))]
    assert TOY_DATASETS["digits"].columns[6] == "ink in row 2, column 3"
    np.testing.assert_array_equal(digits.x[:, 6], images[:, 2:4, 4:6].sum(axis=(1, 2)))
    np.testing.assert_array_equal(digits.x.sum(axis=1), images.sum(axis=(1, 2)))
    np.testing.assert_array_equal(digits.y, theirs.target[np.isin(theirs.target, (3, 8))] == 8)


@every_real_set
def test_a_real_set_is_read_once_and_cannot_be_changed(name):
    x, y = real_data(name)
    assert x is real_data(name).x
    assert x.shape == (REAL[name], TOY_DATASETS[name].inputs)
    assert len(y) == REAL[name]
    for values in (x, y):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0


def test_what_is_no_real_set_is_refused():
    with pytest.raises(ValueError, match="unknown real data set 'moons': choose one of breast_cancer, digits"):
        real_data("moons")


def test_examples_of_ones_own_are_split_as_a_real_set_is():
    x, y = real_data("digits")
    own, theirs = (
        split_examples(x, y, "classification", seed=4, train_share=0.6),
        simulate_split("digits", seed=4, train_share=0.6),
    )
    jax.tree.map(np.testing.assert_array_equal, [*own.train, *own.test], [*theirs.train, *theirs.test])
    assert own.feature_names == tuple(f"x{k}" for k in range(1, 17))


def test_values_of_ones_own_are_standardised_with_their_inputs():
    random = np.random.default_rng(0)
    x, y = 1e6 + 30.0 * random.normal(size=(90, 3)), 5e8 + 1e7 * random.normal(size=90)
    split = split_examples(x, y, "regression", seed=2, train_share=0.5, feature_names=("a", "b", "c"))
    assert (split.feature_names, split.class_names) == (("a", "b", "c"), ())
    assert len(split.train.y) == 45
    for values in split.train:
        np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(values.std(axis=0), 1.0)
    ours, raw = (np.corrcoef(np.column_stack([a, b]).T)[-1] for a, b in (everything(split), (x, y)))
    np.testing.assert_allclose(ours, raw, atol=1e-12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((np.ones((4, 2)), np.arange(4.0), "ranking"), "unknown task 'ranking': choose classification or regression"),
        ((np.ones((4, 2)), np.arange(3.0), "regression"), r"a row for each y, but x has \(4, 2\) and y has \(3,\)"),
        (
            (np.ones((4, 2)), np.arange(4.0), "classification"),
            "y must be 0 or 1 for classification, but is 2 somewhere",
        ),
        ((np.ones((4, 2)), np.array([0.0, 1, 1, 1]), "classification"), "the test part has no example of class 0"),
        ((np.ones(4), np.arange(4.0), "regression"), "x has shape"),
    ],
)
def test_examples_of_ones_own_that_cannot_be_split_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        split_examples(*given)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("inputs", [1, 2, 30])
def test_the_browser_splits_examples_of_ones_own_alike(chromium_page, task, inputs):
    random = np.random.default_rng(inputs)
    traced = (symbolic("n", "d"), symbolic("n"), np.uint32(0), 0.0)
    calls = []
    for n, seed, share in ((16, 0, 0.7), (17, 5, 0.1), (301, 999, 0.9)):
        x, y = 1e5 + random.normal(size=(n, inputs)) * 10.0 ** random.uniform(-3, 6, inputs), random.normal(size=n)
        x[:, inputs // 2] = 0.1  # never changes
        calls.append(
            (x, (y > np.median(y)).astype(float) if task == "classification" else y * 1e6, np.uint32(seed), share)
        )
    check(chromium_page, [(standardised_split(task), traced, calls)], rtol=1e-10, atol=1e-10)


def test_a_column_that_never_changes_is_left_as_it_is():
    x = np.column_stack([np.full(50, 0.1), np.arange(50.0)])
    rows, _, n_train = jax.jit(split_function(TOY_DATASETS["digits"]))(x, np.arange(50.0) % 2.0, 1, 0.5)
    assert n_train == 2 * round(0.5 * 25)
    np.testing.assert_array_equal(rows[:, 0], 0.0)
    np.testing.assert_allclose(rows[: int(n_train), 1].std(), 1.0)


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
        ({"seed": 2**32}, "seed is 4294967296, but must be"),
        ({"n": 10**400}, "n is 1000.*, but must be"),
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
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 300), noise=st.floats(0.0, 1e3), share=st.floats(0.0, 1.0))
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


@every_simulated_set
def test_the_browser_makes_the_same_data(chromium_page, entry):
    function = split_function(entry)
    settings = [(0, 4, 0.0, 0.5), (7, 61, 1.0, 0.33), (2**32 - 1, 500, 0.5, 0.9)]
    calls = [(np.uint32(seed), np.arange(float(n)), noise, share) for seed, n, noise, share in settings]
    check(chromium_page, [(function, (np.uint32(0), symbolic("n"), 0.0, 0.0), calls)], rtol=1e-12, atol=1e-14)
    if entry.name in EXACT_OF_SEED_7:  # sums and products alone, each rounded once
        exact = [(seed, index, 0.0, share) for seed, index, _, share in calls]
        check(chromium_page, [(function, (np.uint32(0), symbolic("n"), 0.0, 0.0), exact)], rtol=0.0, atol=0.0)


@every_real_set
def test_the_browser_splits_a_real_set_alike(chromium_page, name):
    x, y = (values[::2] for values in real_data(name))  # all of it is too long for the arguments of one call
    traced = (symbolic("n", x.shape[1]), symbolic("n"), np.uint32(0), 0.0)
    calls = [(x, y, np.uint32(seed), share) for seed, share in ((0, 0.7), (5, 0.1), (999, 0.9))]
    check(chromium_page, [(split_function(TOY_DATASETS[name]), traced, calls)], rtol=1e-12, atol=1e-12)
