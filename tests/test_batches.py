import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_workshop.batches import batch_indices, epoch_permutation, padded, padded_batches
from dl_workshop.data import Dataset, simulate_line
from dl_workshop.javascript import symbolic
from tests.compilations import compilations
from tests.lowered import check

BATCHES_OF_SEED_7 = [[0, 4], [2, 1], [3, 0], [4, 1], [3, 2]]
SIZES = st.integers(2, 40).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, 60), st.integers(0, 99))
)


@given(sizes=SIZES)
def test_every_example_is_seen_once_before_any_is_seen_again(sizes):
    n, batch_size, n_steps, seed = sizes
    indices = batch_indices(seed=seed, n=n, batch_size=batch_size, n_steps=n_steps)
    assert indices.shape == (n_steps, batch_size)
    stream = indices.ravel()
    for start in range(0, len(stream), n):
        epoch = stream[start : start + n]
        assert len(set(epoch)) == len(epoch)
        assert set(epoch) <= set(range(n))


@given(sizes=SIZES, more=st.integers(1, 30))
def test_a_longer_run_sees_the_same_batches_first(sizes, more):
    n, batch_size, n_steps, seed = sizes
    short = batch_indices(seed=seed, n=n, batch_size=batch_size, n_steps=n_steps)
    long = batch_indices(seed=seed, n=n, batch_size=batch_size, n_steps=n_steps + more)
    np.testing.assert_array_equal(long[:n_steps], short)


def test_another_seed_shuffles_otherwise():
    one, two = (batch_indices(seed=seed, n=50, batch_size=10, n_steps=5) for seed in (1, 2))
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(batch_indices(seed=7, n=5, batch_size=2, n_steps=5), BATCHES_OF_SEED_7)


@pytest.mark.parametrize("n", [2, 7, 100, 140])
def test_an_epoch_is_the_permutation_of_its_number(n):
    indices = batch_indices(seed=3, n=n, batch_size=n, n_steps=30)
    for epoch in (0, 1, 17, 29):
        np.testing.assert_array_equal(indices[epoch], epoch_permutation(3, epoch, np.arange(n)))


def test_batches_do_not_depend_on_jaxs_mode():
    with jax.enable_x64(False):
        indices = batch_indices(seed=5, n=100, batch_size=7, n_steps=50)
    np.testing.assert_array_equal(indices, batch_indices(seed=5, n=100, batch_size=7, n_steps=50))


def test_another_number_of_steps_or_examples_compiles_nothing():
    batch_indices(seed=0, n=140, batch_size=10, n_steps=100)
    with compilations() as compiled:
        batch_indices(seed=1, n=200, batch_size=7, n_steps=1000)
    assert compiled == []


def test_the_browser_shuffles_alike(chromium_page):
    calls = [
        (np.uint32(seed), np.uint32(epoch), np.arange(float(n)))
        for seed in (0, 7, 999)
        for epoch in (0, 1, 500)
        for n in (1, 2, 140, 500)
    ]
    traced = np.uint32(0), np.uint32(0), symbolic("n")
    check(chromium_page, [(epoch_permutation, traced, calls)], rtol=0.0, atol=0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("seed", 2**32),
        ("n", 1),
        ("n_steps", 10**30),
        ("n_steps", 10**8),
        ("batch_size", 0),
        ("batch_size", 11),
        ("batch_size", 1.5),
        ("n_steps", 0),
    ],
)
def test_bad_sizes_are_named(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value}, but must be a whole number"):
        batch_indices(**{"seed": 0, "n": 10, "batch_size": 5, "n_steps": 3} | {name: value})


@given(n=st.integers(2, 600))
def test_padding_leaves_the_weighted_sum_the_mean(n):
    data = simulate_line(n=n)
    x, y, weights = padded(data)
    assert len(x) == len(y) == len(weights) in (128, 256, 512, 1024)
    np.testing.assert_array_equal(x[:n], data.x)
    np.testing.assert_array_equal(y[:n], data.y)
    np.testing.assert_allclose(weights @ y**2, np.mean(data.y**2), rtol=1e-12)


@given(rows=st.integers(0, 20), size=st.integers(1, 40))
def test_padded_batches_hold_the_batches(rows, size):
    batches = np.arange(rows * size).reshape(rows, size)
    indices, weights = padded_batches(batches, steps=20)
    assert indices.shape == weights.shape
    assert indices.shape[0] == 20
    assert indices.shape[1] in (8, 16, 32, 64)
    np.testing.assert_array_equal(indices[:rows, :size], batches)
    np.testing.assert_allclose(weights[:, :size], 1.0 / size)
    assert not weights[:, size:].any()


@given(n=st.integers(1, 300), d=st.integers(1, 5))
def test_examples_of_several_numbers_are_padded_row_by_row(n, d):
    x = np.arange(float(n * d)).reshape(n, d)
    rows, y, weights = padded(Dataset(x, x[:, 0]))
    assert rows.shape == (len(weights), d)
    np.testing.assert_array_equal(rows[:n], x)
    np.testing.assert_array_equal(rows[n:], np.broadcast_to(x[-1], (len(weights) - n, d)))
    np.testing.assert_array_equal(y, rows[:, 0])
