import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.extend.random import threefry_2x32
from scipy import stats

from dl_workshop import random
from dl_workshop.javascript import symbolic
from tests.lowered import check

WORDS = st.integers(0, 2**32 - 1)
KEY = random.key(11, random.NOISE)
INDEX = np.arange(20_000)

UNIFORM_OF_SEED_7 = ["0x1.d12452ef0ed4ep-1", "0x1.61714253e2e4fp-1", "0x1.84f8ea2581ec8p-4", "0x1.5c7c85fdde354p-3"]
NORMAL_OF_SEED_7 = [-0.0404641950859371, -0.32056684727248513, 1.9440784993298987, 1.8794546477242622]
PERMUTATION_OF_SEED_7 = [2, 4, 3, 5, 7, 1, 0, 6]

bits, uniform, normal, permutation = map(jax.jit, (random.bits, random.uniform, random.normal, random.permutation))


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_the_bits_are_those_of_the_authors_test_vectors(counter, key, expected):
    # Random123's kat_vectors, threefry2x32 with 20 rounds
    index, block = np.uint32(counter)
    words = random.bits(random.Key(*map(jnp.uint32, key)), index, block)
    assert tuple(map(int, words)) == expected


@given(key=st.tuples(WORDS, WORDS), block=WORDS, first=st.integers(0, 2**32 - 50))
def test_the_bits_are_jaxs(key, block, first):
    index = np.arange(first, first + 50, dtype=np.uint32)
    ours = bits(random.Key(*map(jnp.uint32, key)), index, block)
    theirs = threefry_2x32(jnp.uint32(key), np.concatenate([index, np.full(50, block, np.uint32)]))
    np.testing.assert_array_equal(np.concatenate(ours), theirs)


def test_the_same_seed_gives_the_same_numbers_on_every_machine():
    key = random.key(7, random.POINTS)
    assert [value.hex() for value in random.uniform(key, np.arange(4)).tolist()] == UNIFORM_OF_SEED_7
    np.testing.assert_allclose(random.normal(key, np.arange(4)), NORMAL_OF_SEED_7, rtol=1e-12)
    np.testing.assert_array_equal(random.permutation(key, np.arange(8)), PERMUTATION_OF_SEED_7)


@settings(max_examples=10)
@given(seed=WORDS, first=st.integers(0, 10**6))
def test_a_number_depends_on_its_index_alone(seed, first):
    index, key = np.arange(first, first + 9), random.key(seed, random.POINTS)
    for draw in (uniform, normal):
        numbers = np.asarray(draw(key, index))
        np.testing.assert_array_equal(draw(key, index[::-1].astype(float))[::-1], numbers)
        np.testing.assert_array_equal(draw(key, index.reshape(3, 3)), numbers.reshape(3, 3))


def test_uniform_numbers_are_uniform_multiples_of_a_power_of_two():
    numbers = np.asarray(random.uniform(KEY, INDEX))
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers * 2.0**53, np.floor(numbers * 2.0**53))
    assert 0.0 <= numbers.min() < numbers.max() < 1.0
    assert stats.kstest(numbers, "uniform").pvalue > 0.01
    assert stats.kstest(numbers * 2.0**26 % 1.0, "uniform").pvalue > 0.01, "the last bits are as random as the first"


def test_normal_numbers_are_normal():
    numbers = np.asarray(random.normal(KEY, INDEX))
    assert numbers.dtype == np.float64
    assert stats.kstest(numbers, "norm").pvalue > 0.01
    assert 3.5 < np.abs(numbers).max() < 6.8


def test_seeds_streams_blocks_and_neighbours_are_unrelated():
    key, index = random.key(3, random.POINTS), INDEX
    others = [
        random.normal(random.key(4, random.POINTS), index),
        random.normal(random.key(3, random.NOISE), index),
        random.normal(key, index, 1),
        random.normal(key, index + 1),
    ]
    for other in others:
        assert abs(np.corrcoef(random.normal(key, index), other)[0, 1]) < 0.02
    streams = (random.POINTS, random.NOISE, random.SPLIT, random.WEIGHTS, random.BIASES, random.BATCHES)
    assert len(set(streams)) == len(streams)


@given(seed=WORDS, n=st.sampled_from([1, 2, 3, 10, 99, 256]), block=st.integers(0, 99))
def test_a_permutation_holds_everything_once_and_the_first_few_in_their_own_order(seed, n, block):
    key = random.key(seed, random.BATCHES)
    order = np.asarray(permutation(key, np.arange(n), block))
    np.testing.assert_array_equal(np.sort(order), np.arange(n))
    more = np.asarray(permutation(key, np.arange(256), block))
    np.testing.assert_array_equal(more[more < n], order)


def test_every_order_is_as_likely_as_any_other():
    orders = jax.vmap(lambda block: random.permutation(KEY, np.arange(4), block))(np.arange(24_000))
    _, counts = np.unique(np.asarray(orders), axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 0.01


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, True, None, "1", 10**400])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match=r"weights' seed is .*, but must be a whole number from 0 to 4294967295"):
        random.check_seed(seed, "weights' seed")


@pytest.mark.parametrize("stream", [random.POINTS, random.BATCHES])
def test_the_browser_draws_the_same_numbers(chromium_page, stream):
    def exact(seed, index, block):
        key = random.key(seed, stream)
        return *random.bits(key, index, block), random.uniform(key, index, block), random.permutation(key, index, block)

    def rounded(seed, index, block):
        return random.normal(random.key(seed, stream), index, block)

    traced = np.uint32(0), symbolic("n"), np.uint32(0)
    seeds = (0, 1, 7, 999, 2**31, 2**32 - 1)
    calls = [(np.uint32(seed), np.arange(float(n)), np.uint32(n % 7)) for seed in seeds for n in (1, 2, 100, 501)]
    check(chromium_page, [(exact, traced, calls)], rtol=0.0, atol=0.0)
    check(chromium_page, [(rounded, traced, calls)], rtol=1e-12)
