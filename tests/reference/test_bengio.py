"""Bengio's network against torch, central differences, and its own twin."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.language_models.bengio import (
    Bengio,
    bengio_backward,
    bengio_batch_loss,
    bengio_contexts,
    bengio_forward,
    bengio_loss,
)
from reference.training import shuffled, train
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

SIZES = [(1, 2, 1, 1, 1), (5, 2, 3, 4, 6), (7, 4, 2, 5, 3), (30, 5, 8, 6, 40)]  # V, n, n_c, h, m


def draw_case(size: tuple[int, ...], *, direct: bool) -> tuple[Array, Array, dict[str, Array]]:
    V, n, n_c, h, m = size
    draw = Draw(1)
    wide = (n - 1) * n_c
    shapes = {"C": (V, n_c), "H": (h, wide), "d": (h, 1), "U": (V, h), "b": (V, 1)} | (
        {"W": (V, wide)} if direct else {}
    )
    words, targets = draw.generator.integers(V, size=(n - 1, m)), draw.generator.integers(V, size=m)
    return words, targets, {name: draw(*shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_values_and_gradients_are_torch_s_and_the_twin_s(size: tuple[int, ...], direct: bool) -> None:
    words, targets, parameters = draw_case(size, direct=direct)
    leaves = {name: tensor(value) for name, value in parameters.items()}
    embedded = torch.nn.functional.embedding(torch.tensor(words), leaves["C"])  # (n - 1, m, n_c)
    x = torch.cat(list(embedded), dim=1).T
    y = leaves["b"] + leaves["U"] @ torch.tanh(leaves["d"] + leaves["H"] @ x)
    if direct:
        y = y + leaves["W"] @ x
    loss = torch.nn.functional.cross_entropy(y.T, torch.tensor(targets))
    loss.backward()
    expected = {f"d{name}": gradient(leaf) for name, leaf in leaves.items()}

    p, cache = bengio_forward(words, parameters)
    assert_agree({"p": p}, {"p": y.softmax(0).detach().numpy()})
    assert bengio_loss(p, targets) == pytest.approx(loss.item(), rel=1e-9)
    assert_agree(bengio_backward(targets, cache), expected)

    V, n, n_c, h, _ = size
    twin = Bengio(V, n, n_c, h, direct=direct).double()
    twin.load_state_dict({name: torch.tensor(value) for name, value in parameters.items()})
    bengio_batch_loss(twin, (torch.tensor(words.T), torch.tensor(targets))).backward()
    assert_agree({f"d{name}": gradient(value) for name, value in twin.named_parameters()}, expected)


@pytest.mark.parametrize("size", SIZES[:3])
def test_every_entry_agrees_with_central_differences(size: tuple[int, ...]) -> None:
    words, targets, parameters = draw_case(size, direct=True)

    def loss(**moved: Array) -> float:
        return bengio_loss(bengio_forward(words, moved)[0], targets)

    expected = central_differences(loss, **parameters)
    assert_agree(bengio_backward(targets, bengio_forward(words, parameters)[1]), expected, 1e-8)


def test_contexts_begin_with_the_end_of_the_sentence_before() -> None:
    words, targets = bengio_contexts([[5, 6], [7]], 3, end=2)
    np.testing.assert_array_equal(words, [[2, 2, 5, 2, 2], [2, 5, 6, 2, 7]])
    np.testing.assert_array_equal(targets, [5, 6, 2, 7, 2])


def test_what_is_said_of_one_word_is_believed_of_a_similar_one() -> None:
    """Two kinds of nouns after two kinds of verbs; one verb is never seen with one noun of its kind."""
    kinds = [([3, 4, 5], [6, 7, 8]), ([9, 10, 11], [12, 13, 14])]
    sentences = [[verb, noun] for verbs, nouns in kinds for verb in verbs for noun in nouns if (verb, noun) != (3, 6)]
    words, targets = bengio_contexts(sentences, 3, end=2)
    torch.manual_seed(1)
    twin = Bengio(15, 3, 2, 6)
    batches = shuffled(20, torch.tensor(words.T), torch.tensor(targets))
    train(twin, bengio_batch_loss, batches, partial(torch.optim.Adam, lr=0.05), seed=1, epochs=30)
    p = twin(torch.tensor([[2, 3]])).softmax(1)[0]
    assert p[6] > 5 * p[12:].max()
