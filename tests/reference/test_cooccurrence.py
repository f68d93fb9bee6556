"""Co-occurrence against a plain count of pairs, over every option and in pieces of any size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reference.counts import cooccurrence as module
from reference.counts.cooccurrence import cooccurrence
from reference.counts.vocabulary import build_vocabulary
from tests.reference.zipf import zipf_documents

V = 12
draw = np.random.default_rng(4)
SENTENCES = [draw.integers(0, V, size) for size in (0, 1, 2, 3, 9, 30, 1, 5)]


def counted_by_hand(sentences: list[list[int]], window: int, weighting: str, *, symmetric: bool) -> np.ndarray:
    C = np.zeros((V, V))
    for sentence in sentences:
        for t, center in enumerate(sentence):
            for s, context in enumerate(sentence):
                near = 0 < abs(s - t) <= window
                if near and (symmetric or s > t):
                    C[center, context] += 1 if weighting == "equal" else 1 / abs(s - t)
    return C


@pytest.mark.parametrize("window", [1, 2, 5, 40])
@pytest.mark.parametrize("weighting", ["equal", "harmonic"])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("pairs_at_once", [1 << 22, 41])
def test_the_table_is_what_counting_pair_by_pair_gives(
    monkeypatch: pytest.MonkeyPatch, window: int, weighting: str, pairs_at_once: int, *, symmetric: bool
) -> None:
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", pairs_at_once)
    got = cooccurrence(SENTENCES, V, window, weighting, symmetric)
    assert isinstance(got, sparse.csr_array)
    expected = counted_by_hand(SENTENCES, window, weighting, symmetric=symmetric)
    np.testing.assert_allclose(got.toarray(), expected, rtol=1e-14)


def test_lists_are_as_good_as_arrays() -> None:
    got = cooccurrence([[0, 1, 0], [2]], 3, 1)
    assert got.toarray().tolist() == [[0, 2, 0], [2, 0, 0], [0, 0, 0]]


def test_a_word_beside_itself_is_counted_from_both_sides() -> None:
    assert cooccurrence([[0, 0]], 1, 1).toarray().tolist() == [[2]]
    assert cooccurrence([[0, 0]], 1, 1, symmetric=False).toarray().tolist() == [[1]]


def test_no_sentences_give_a_table_of_zeros() -> None:
    assert cooccurrence([], 3).nnz == 0
    assert cooccurrence([], 3).shape == (3, 3)


def test_a_symmetric_table_of_text_is_symmetric() -> None:
    documents = zipf_documents(draw, documents=20, words=100, length=50)
    vocabulary = build_vocabulary(documents)
    C = cooccurrence([vocabulary.encode(document) for document in documents], len(vocabulary), 5, "harmonic")
    assert abs(C - C.T).max() < 1e-12


def test_an_unknown_weighting_is_named() -> None:
    with pytest.raises(ValueError, match="weighting must be 'equal' or 'harmonic', not 'linear'"):
        cooccurrence(SENTENCES, V, 2, "linear")
