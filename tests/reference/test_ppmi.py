"""PPMI against its definition entry by entry, and against scikit-learn's mutual information."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import mutual_info_score

from reference.counts.ppmi import ppmi

draw = np.random.default_rng(5)
C = draw.poisson(1.0, (9, 7)).astype(float)
C[4] = 0
C[:, 2] = 0


def by_definition(C: np.ndarray, alpha: float, shift: float) -> np.ndarray:
    joint, word = C / C.sum(), C.sum(axis=1) / C.sum()
    context = C.sum(axis=0) ** alpha / (C.sum(axis=0) ** alpha).sum()
    M = np.zeros(C.shape)
    for i, j in np.ndindex(*C.shape):
        if joint[i, j] > 0:
            M[i, j] = max(np.log(joint[i, j] / (word[i] * context[j])) - np.log(shift), 0)
    return M


@pytest.mark.parametrize("alpha", [1.0, 0.75])
@pytest.mark.parametrize("shift", [1.0, 2.0])
def test_every_entry_is_what_the_definition_gives(alpha: float, shift: float) -> None:
    expected = by_definition(C, alpha, shift)
    np.testing.assert_allclose(ppmi(C, alpha, shift), expected, rtol=0, atol=1e-14)
    for form in (sparse.csr_array(C), sparse.csr_matrix(C), sparse.csc_array(C)):
        got = ppmi(form, alpha, shift)
        assert isinstance(got, sparse.csr_array)
        np.testing.assert_allclose(got.toarray(), expected, rtol=0, atol=1e-14)


def test_where_every_pair_is_likelier_than_chance_its_mean_is_the_mutual_information() -> None:
    blocks = np.diag([3.0, 5.0, 2.0])
    mean = (blocks / blocks.sum() * ppmi(blocks)).sum()
    assert mean == pytest.approx(mutual_info_score(None, None, contingency=blocks), rel=1e-12)


def test_what_is_as_rare_as_chance_or_rarer_is_not_stored() -> None:
    M = ppmi(sparse.csr_array(C))
    assert M.nnz == (M.toarray() > 0).sum()
    assert ppmi(np.outer([1, 2], [3, 4])) == pytest.approx(0, abs=1e-15)


def test_a_stored_zero_is_a_zero() -> None:
    stored = sparse.csr_array((np.array([1.0, 0.0, 1.0]), ([0, 0, 1], [0, 1, 1])), shape=(2, 2))
    np.testing.assert_allclose(ppmi(stored).toarray(), np.diag([np.log(2)] * 2))
    assert stored.nnz == 3


def test_smoothing_lowers_the_scores_of_rare_contexts() -> None:
    counts = np.array([[90.0, 30], [90, 1]])
    assert 0 < ppmi(counts, 0.75)[0, 1] < ppmi(counts)[0, 1]
