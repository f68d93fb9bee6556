"""The embedding layer against torch, against one-hot vectors, and with vectors learned elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.classifiers.embedding_layer import (
    embedding_backward,
    embedding_forward,
    look_up,
    padded,
    pretrained_rows,
    text_lengths,
)
from reference.counts.vocabulary import build_vocabulary
from reference.vectors.word_vectors import WordVectors
from tests.reference.oracles import Draw, assert_agree, gradient, tensor


@pytest.mark.parametrize(("V", "d", "m", "T"), [(2, 1, 1, 1), (6, 4, 3, 9), (50, 8, 10, 5)])
def test_the_layer_agrees_with_torch_in_values_and_gradients(V: int, d: int, m: int, T: int) -> None:
    draw = Draw(1)
    E, dx = draw(V, d), draw(d, m, T)
    numbers = np.random.default_rng(2).integers(V, size=(m, T))
    layer = torch.nn.Embedding(V, d, padding_idx=0, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(E))
    expected = layer(torch.tensor(numbers))
    torch.autograd.backward(expected, torch.tensor(np.moveaxis(dx, 0, 2)))
    x, cache = embedding_forward(numbers, E)
    assert_agree({"x": x}, {"x": np.moveaxis(expected.detach().numpy(), 2, 0)})
    assert_agree({"dE": embedding_backward(dx, cache)}, {"dE": gradient(layer.weight)})
    leaf = tensor(E)
    torch.autograd.backward(look_up(torch.tensor(numbers), leaf), torch.tensor(np.moveaxis(dx, 0, 2)))
    assert_agree({"dE": gradient(leaf)}, {"dE": gradient(layer.weight)})


def test_looking_up_is_multiplying_with_one_hot_vectors_and_so_is_its_gradient() -> None:
    draw = Draw(3)
    E, dx, numbers = draw(5, 3), draw(3, 2, 4), np.array([[1, 2, 2, 4], [3, 1, 1, 2]])
    X = np.eye(5)[numbers]  # (m, T, V)
    x, cache = embedding_forward(numbers, E)
    assert_agree({"x": x}, {"x": np.moveaxis(X @ E, 2, 0)}, 0)
    assert_agree({"dE": embedding_backward(dx, cache)}, {"dE": np.einsum("mtv,dmt->vd", X, dx)}, 1e-12)


def test_a_word_that_occurs_three_times_receives_three_gradients_and_padding_none() -> None:
    dE = embedding_backward(np.ones((2, 1, 5)), (np.array([[3, 3, 3, 0, 0]]), (4, 2)))
    np.testing.assert_array_equal(dE, [[0, 0], [0, 0], [0, 0], [3, 3]])


def test_texts_are_padded_on_the_right_or_cut_and_their_words_counted() -> None:
    numbers = padded([[5, 6, 7], [], [8]])
    np.testing.assert_array_equal(numbers, [[5, 6, 7], [0, 0, 0], [8, 0, 0]])
    np.testing.assert_array_equal(text_lengths(numbers), [3, 1, 1])
    np.testing.assert_array_equal(padded([[5, 6, 7], [8]], T=2), [[5, 6], [8, 0]])


def test_words_with_a_vector_begin_with_it_and_others_as_far_spread() -> None:
    vocabulary = build_vocabulary([["good", "film", *(f"new{k}" for k in range(300))]])
    vectors = WordVectors(("film", "good"), Draw(4)(2, 40) * 3)
    E = pretrained_rows(vocabulary, vectors, np.random.default_rng(5))
    np.testing.assert_array_equal(E[vocabulary.index["good"]], vectors["good"])
    np.testing.assert_array_equal(E[vocabulary.index["film"]], vectors["film"])
    assert not E[0].any()
    assert E[5:].std() == pytest.approx(vectors.matrix.std(), rel=0.05)
