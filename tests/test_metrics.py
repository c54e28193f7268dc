import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from dl_workshop.javascript import symbolic
from dl_workshop.metrics import accuracy, confusion_matrix, probability, r2
from tests.lowered import check

VALUES = st.integers(-20_000, 20_000).map(lambda k: k / 1000.0)
LABELLED = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), VALUES), min_size=12, max_size=12).map(
    lambda pairs: np.array(pairs).T
)
MEASURED = st.lists(st.tuples(VALUES, VALUES), min_size=12, max_size=12).map(lambda pairs: np.array(pairs).T)


@given(pairs=LABELLED)
def test_counts_and_shares_of_classes_are_scikit_learns(pairs):
    y, logits = pairs
    says = (logits > 0.0).astype(float)
    np.testing.assert_array_equal(confusion_matrix(y, logits), theirs.confusion_matrix(y, says, labels=[0.0, 1.0]))
    assert float(accuracy(y, logits)) == pytest.approx(theirs.accuracy_score(y, says), rel=1e-15)


@given(pairs=MEASURED)
def test_r2_is_scikit_learns(pairs):
    y, predicted = pairs
    assert float(r2(y, predicted)) == pytest.approx(theirs.r2_score(y, predicted), rel=1e-9, abs=1e-12)


def test_r2_of_targets_that_are_all_equal_is_1_where_it_is_perfect_and_0_elsewhere():
    assert float(r2(np.ones(3), np.ones(3))) == theirs.r2_score(np.ones(3), np.ones(3)) == 1.0
    assert float(r2(np.ones(3), np.arange(3.0))) == theirs.r2_score(np.ones(3), np.arange(3.0)) == 0.0


def test_a_probability_of_one_half_is_class_0():
    np.testing.assert_array_equal(confusion_matrix([0.0, 1.0], [0.0, 0.0]), [[1.0, 0.0], [1.0, 0.0]])
    assert float(probability(0.0)) == 0.5
    np.testing.assert_allclose(probability(np.array([-1.0, 800.0])), [1.0 / (1.0 + np.e), 1.0])


@pytest.mark.parametrize("function", [confusion_matrix, accuracy, r2])
def test_different_shapes_are_refused(function):
    with pytest.raises(ValueError, match="must have the same shape"):
        function(np.ones(3), np.ones((3, 1)))


def test_the_browser_computes_the_same(chromium_page):
    random = np.random.default_rng(0)
    y, logits = random.integers(0, 2, 30).astype(float), random.normal(size=30)
    traced = [symbolic("n"), symbolic("n")]
    calls = [[y, logits], [y[:1], logits[:1]], [np.ones(3), np.ones(3)], [y, np.zeros(30)]]
    check(
        chromium_page,
        [(function, traced, calls) for function in (confusion_matrix, accuracy, r2)]
        + [(probability, [symbolic("n")], [[np.array([-800.0, -1.0, 0.0, 3.0, 800.0])]])],
    )
