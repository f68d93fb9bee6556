"""The first difference between two answers, and that its words name the place."""

import math

import numpy as np
import pytest

from autograder.compare import Tolerance, difference_in_form, first_difference
from autograder.conversation import Made, Opaque, Sparse, Tensor

CLOSE = Tolerance(1e-6, 1e-9)
A = np.arange(6.0).reshape(2, 3)

SAME = [
    (1, 1.0),
    (np.float64(1), np.array(1.0)),
    ((A, 1), [A, 1]),
    (Tensor(A), A),
    (A + 1e-10, A),
    (np.array([math.nan, math.inf]), np.array([math.nan, math.inf])),
    (np.array([2**60]), np.array([2**60])),
    ({"a": 1, "extra": 2}, {"a": 1}),
    (Sparse((2, 2), np.array([3.0]), np.array([1]), np.array([0, 1, 1])), np.array([[0.0, 3], [0, 0]])),
    (Opaque("Anything"), Opaque("Else")),
    (np.array(["a"]), np.array(["a"])),
    (-0.0, 0.0),
]


@pytest.mark.parametrize(("got", "expected"), SAME, ids=repr)
def test_equal_answers_in_any_accepted_form_agree(got: object, expected: object) -> None:
    assert first_difference(got, expected, CLOSE) is None


DIFFERENT = [
    (A.T, A, "its transpose has the right shape"),
    (A[:, :2], A, "axis 1 has length 2 instead of 3"),
    (A[None], A, "only axes of length 1 differ"),
    (np.zeros(3), np.zeros((3, 3)), "1 axis instead of 2"),
    (np.zeros((4, 2, 3)), np.zeros((2, 3, 4)), "in the order (1, 2, 0)"),
    (A + np.eye(2, 3), A, "[0, 0] is 1, expected 0"),
    (np.array([1.0, 2.0]), np.array([math.inf, 2.0]), "is 1, expected inf"),
    (np.array([math.nan]), np.array([1.0]), "is nan, expected 1"),
    (np.array([-math.inf]), np.array([math.inf]), "expected inf"),
    (None, A, "is None, expected an array"),
    ("1", 1, "is a string, expected a number"),
    ([1, 2], [1, 2, 3], "has 2 entries, expected 3"),
    ({"b": 1}, {"a": 1}, "lacks the key 'a'; it has b"),
    ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "['a'][1]['b'] is 2, expected 3"),
    ("abc", "abd", "is 'abc', expected 'abd'"),
    (True, False, "is True, expected False"),
    (Opaque("Thing"), A, "is a Thing, expected an array"),
    (np.array([2**60 + 1]), np.array([2**60]), "expected 1152921504606846976"),
    (np.array(["a"]), np.array(["b"]), "is 'a', expected 'b'"),
]


@pytest.mark.parametrize(("got", "expected", "words"), DIFFERENT, ids=lambda x: repr(x)[:30])
def test_a_difference_says_where_it_is_and_what_was_expected(got: object, expected: object, words: str) -> None:
    difference = first_difference(got, expected, CLOSE)
    assert difference is not None
    assert words in difference.problem


def test_the_worst_entry_is_the_one_that_is_named() -> None:
    difference = first_difference(np.array([1.0, 5.0, 1.1]), np.ones(3), CLOSE, "x")
    assert difference is not None
    assert difference.where == "x[1]"
    assert difference.relative_error == pytest.approx(0.8)


def test_whole_numbers_are_not_nearly_right() -> None:
    difference = first_difference(np.array([3, 7]), np.array([3, 8]), CLOSE, "x")
    assert difference is not None
    assert (difference.problem, difference.relative_error) == ("x[1] is 7, expected 8.", None)


def test_a_dtype_matters_only_where_it_is_asked_for() -> None:
    single = A.astype(np.float32)
    assert difference_in_form(single, A, "x", dtypes=False) is None
    strict = difference_in_form(single, A, "x", dtypes=True)
    assert strict is not None
    assert "dtype float32, expected float64" in strict.problem


def test_numbers_too_large_to_have_a_size_are_a_difference_and_no_error() -> None:
    assert first_difference(complex(1.6e308, -1.6e308), 1.0, CLOSE) is not None
    assert first_difference(np.array([1e308]), np.array([-1e308]), CLOSE) is not None


def test_a_malformed_sparse_matrix_is_a_difference_and_no_error() -> None:
    hostile = Sparse((10**9, 10**9), np.ones(1), np.zeros(1, int), np.zeros(2, int))
    assert first_difference(hostile, np.zeros((2, 2)), CLOSE) is not None


def test_what_is_to_be_made_is_compared_by_what_it_is_made_of() -> None:
    trees = [Made("Tree", (np.array([1.0, number]),)) for number in (2.0, 2.0, 3.0)]
    assert first_difference(trees[0], trees[1], CLOSE) is None
    assert first_difference(trees[0], trees[2], CLOSE) is not None
