import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_workshop import small
from dl_workshop.javascript import symbolic
from tests.lowered import check

largest = jax.jit(small.largest_eigenvalue)


def symmetric(eigenvalues, seed=0):
    """A matrix with these eigenvalues, in random directions."""
    directions, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues), len(eigenvalues))))
    return (directions * eigenvalues) @ directions.T


@given(
    values=st.lists(st.integers(-100_000, 100_000).map(lambda k: k / 1000.0), min_size=1, max_size=4),
    scale=st.sampled_from([1e-9, 1.0, 1e12]),
    seed=st.integers(0, 50),
)
def test_the_largest_eigenvalue_is_numpys(values, scale, seed):
    matrix = symmetric(scale * np.array(values), seed)
    size = np.abs(values).max()
    assert float(largest(matrix)) == pytest.approx(np.linalg.eigvalsh(matrix)[-1], abs=1e-13 * scale * size)


@pytest.mark.parametrize(
    "eigenvalues",
    [[0.0, 0.0], [-1.0, -1.0], [-1.0, -2.0, -3.0], [1.0, 1.0 - 1e-9], [1.0, 1.0 - 1e-12, 0.5], [1.0, 1e-9, 0.0]],
)
def test_close_and_negative_eigenvalues_are_told_right(eigenvalues):
    assert float(largest(symmetric(eigenvalues))) == pytest.approx(max(eigenvalues), abs=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_determinants_and_solutions_are_numpys(p):
    random = np.random.default_rng(p)
    matrix, vector = random.normal(size=(p, p)), random.normal(size=p)
    assert float(small.determinant(matrix)) == pytest.approx(np.linalg.det(matrix), rel=1e-12)
    np.testing.assert_allclose(small.solved(matrix, vector), np.linalg.solve(matrix, vector), rtol=1e-11)


def test_what_has_no_inverse_has_no_finite_solution():
    assert not np.isfinite(small.solved(np.ones((2, 2)), np.array([1.0, 2.0]))).any()


@pytest.mark.parametrize("p", [1, 2, 3])
def test_the_browser_computes_the_same(chromium_page, p):
    random, matrix = np.random.default_rng(p), symbolic(p, p)
    matrices = [symmetric(random.normal(size=p), seed) for seed in range(5)]
    check(
        chromium_page,
        [
            (small.largest_eigenvalue, [matrix], [[one] for one in [*matrices, np.zeros((p, p)), -np.eye(p)]]),
            (small.solved, [matrix, symbolic(p)], [[one, random.normal(size=p)] for one in matrices]),
        ],
        atol=1e-12,
    )
