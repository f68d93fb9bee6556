"""Rows, dense or sparse: the same numbers come out of either, and rows of zeros do no harm."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import normalize

from reference.counts.rows import as_rows, scale_columns, scale_rows, squared_lengths, unit_rows

X = np.array([[3.0, 0, 4], [0, 0, 0], [0, 5, 12]])
FORMS = [X, X.astype(int), sparse.csr_array(X), sparse.csc_array(X), sparse.csr_matrix(X.astype(np.int32))]


@pytest.mark.parametrize("given", FORMS, ids=lambda given: type(given).__name__)
def test_every_form_of_matrix_gives_the_same_numbers(given: object) -> None:
    rows = as_rows(given)
    assert rows.dtype == np.float64
    w = np.array([1.0, 10, 100])
    for got, expected in [
        (scale_columns(rows, w), X * w),
        (scale_rows(rows, w), X * w[:, np.newaxis]),
        (unit_rows(rows), normalize(X)),
    ]:
        assert sparse.issparse(got) is sparse.issparse(given)
        np.testing.assert_allclose(got.toarray() if sparse.issparse(got) else got, expected, rtol=1e-15)
    assert squared_lengths(rows).tolist() == [25, 0, 169]


def test_short_rows_are_lengthened_too() -> None:
    assert unit_rows(np.array([[0.3, 0.4]])) == pytest.approx(np.array([[0.6, 0.8]]))
