"""The transformer against torch's own blocks, and its language model trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from reference.attention.positional_encoding import positional_encoding
from reference.attention.transformer import (
    layer_norm_backward,
    layer_norm_forward,
    transformer_backward,
    transformer_forward,
)
from reference.attention.transformer_language_model import (
    TransformerLanguageModel,
    next_word_loss,
    numpy_parameters,
    perplexity,
    pieces,
    train_transformer,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor

if TYPE_CHECKING:
    from reference.activations import Array

WORDS = np.array([[1, 4, 2, 2], [3, 0, 1, 4]])


def drawn_model(d: int = 6, heads: int = 3, blocks: int = 2) -> TransformerLanguageModel:
    torch.manual_seed(1)
    model = TransformerLanguageModel(5, d, heads, blocks, longest=16).double()
    model.PE = torch.tensor(positional_encoding(16, d))
    for parameter in model.parameters():  # norms and biases begin as ones and zeros, which would hide mistakes
        parameter.data += 0.3 * torch.randn_like(parameter)
    return model


@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 8)])
def test_the_norm_agrees_with_torch_in_values_and_gradients(shape: tuple[int, ...]) -> None:
    draw = Draw(1)
    x, g, s, dy = draw(*shape), draw(shape[-1]), draw(shape[-1]), draw(*shape)
    leaves = {name: tensor(array) for name, array in {"x": x, "g": g, "s": s}.items()}
    expected = torch.nn.functional.layer_norm(leaves["x"], shape[-1:], leaves["g"], leaves["s"])
    torch.autograd.backward(expected, torch.tensor(dy))
    y, cache = layer_norm_forward(x, g, s)
    assert_agree({"y": y}, {"y": expected.detach().numpy()})
    assert_agree(layer_norm_backward(dy, cache), {f"d{name}": gradient(leaf) for name, leaf in leaves.items()})


@pytest.mark.parametrize(("d", "heads", "blocks"), [(2, 1, 1), (6, 3, 2), (16, 4, 3)])
def test_scores_and_gradients_agree_with_torch_s_own_blocks(d: int, heads: int, blocks: int) -> None:
    model = drawn_model(d, heads, blocks)
    dz = Draw(2)(2, 4, 5)
    expected = model(torch.tensor(WORDS))
    torch.autograd.backward(expected, torch.tensor(dz))
    z, cache = transformer_forward(WORDS, numpy_parameters(model), heads)
    assert_agree({"z": z}, {"z": expected.detach().numpy()})

    found = transformer_backward(dz, cache)
    for parameter in model.parameters():
        assert parameter.grad is not None
        parameter.data = parameter.grad
    theirs = numpy_parameters(model)
    assert_agree({name: found[f"d{name}"] for name in "Egs"}, {name: theirs[name] for name in "Egs"})  # type: ignore[literal-required]
    for mine, block in zip(found["blocks"], theirs["blocks"], strict=True):
        vanishing = mine.pop("dbK")  # a bias of the keys moves all scores of a query alike, and so nothing
        np.testing.assert_allclose(vanishing, 0, atol=1e-9)
        assert_agree(mine, {f"d{name}": array for name, array in block.items() if name != "bK"})


def test_the_gradients_of_the_twin_pass_torch_s_own_check() -> None:
    model = drawn_model(6, 3, 1)
    names = [name for name, _ in model.named_parameters()]

    def scores(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(model, dict(zip(names, values, strict=True)), (torch.tensor(WORDS),))

    assert torch.autograd.gradcheck(scores, tuple(value.detach().requires_grad_() for value in model.parameters()))


def test_the_gradient_agrees_with_central_differences_where_vectors_are_read_and_scored() -> None:
    parameters = numpy_parameters(drawn_model(6, 1, 1))  # of two entries, a norm leaves little more than their order
    dz = Draw(3)(2, 4, 5)

    def loss(E: Array, g: Array, s: Array) -> float:
        return float((dz * transformer_forward(WORDS, {**parameters, "E": E, "g": g, "s": s}, 1)[0]).sum())

    found = transformer_backward(dz, transformer_forward(WORDS, parameters, 1)[1])
    del found["blocks"]
    assert_agree(found, central_differences(loss, **{name: parameters[name] for name in "Egs"}), 1e-8)  # type: ignore[literal-required]


def test_the_encoding_is_that_of_the_paper_and_a_shift_is_the_same_linear_map_everywhere() -> None:
    PE = positional_encoding(50, 6)
    assert PE.shape == (50, 6)
    np.testing.assert_allclose(PE[7, 2], np.sin(7 / 10000 ** (2 / 6)))
    np.testing.assert_allclose(PE[7, 5], np.cos(7 / 10000 ** (4 / 6)))
    shift, *_ = np.linalg.lstsq(PE[:-3], PE[3:])
    np.testing.assert_allclose(PE[:-3] @ shift, PE[3:], atol=1e-9)
    np.testing.assert_allclose(positional_encoding(50, 5)[:, 4], np.sin(np.arange(50) / 10000 ** (4 / 5)))


def test_no_score_depends_on_a_later_word_and_each_on_the_order_of_earlier_ones() -> None:
    parameters = numpy_parameters(drawn_model())
    z, _ = transformer_forward(WORDS, parameters, 3)
    later, _ = transformer_forward(np.array([[1, 4, 2, 0], [3, 0, 1, 1]]), parameters, 3)
    np.testing.assert_allclose(z[:, :3], later[:, :3], rtol=1e-12)
    swapped, _ = transformer_forward(WORDS[:, [1, 0, 2, 3]], parameters, 3)
    assert np.abs(z[:, 2:] - swapped[:, 2:]).max(axis=2).min() > 1e-3


def test_pieces_overlap_by_the_word_that_is_read_first() -> None:
    np.testing.assert_array_equal(pieces(np.arange(8), 3), [[0, 1, 2, 3], [3, 4, 5, 6]])
    with pytest.raises(ValueError, match="a text of 3 words has no piece of 4"):
        pieces(np.arange(3), 3)


def test_more_words_than_places_are_refused() -> None:
    with pytest.raises(ValueError, match="17 words are more than the 16 places"):
        drawn_model()(torch.zeros(1, 17, dtype=torch.int64))


def counting_text(seed: int, length: int) -> Array:
    """Each word is the one four places before, or, one time in five, any of eight: a table of neighbours sees nothing."""
    rng = np.random.default_rng(seed)
    words = list(rng.integers(8, size=4))
    while len(words) < length:
        words.append(words[-4] if rng.random() < 0.8 else rng.integers(8))
    return np.array(words)


@pytest.mark.slow
def test_the_model_learns_to_look_four_places_back_where_the_nearest_word_tells_nothing() -> None:
    text, unseen = pieces(counting_text(1, 8000), 20), pieces(counting_text(2, 2000), 20)
    torch.manual_seed(1)
    model = TransformerLanguageModel(8, d=32, heads=2, blocks=1, longest=20)
    before = perplexity(model, unseen)
    train_transformer(model, text, seed=1, steps=400, learning_rate=3e-3)
    right = 0.8 + 0.2 / 8
    best = np.exp(-(right * np.log(right) + 7 * 0.025 * np.log(0.025)))  # what the maker of the text could reach
    assert before > 7.9
    assert best * 0.95 < perplexity(model, unseen) < best * 1.35


def test_a_training_that_resumes_ends_with_the_numbers_of_one_that_did_not_stop() -> None:
    text = pieces(counting_text(1, 500), 10)
    losses = []
    for stops in ((6,), (2, 6)):
        torch.manual_seed(1)
        model, state = TransformerLanguageModel(8, d=8, heads=2, blocks=1, longest=10), None
        for steps in stops:
            state = train_transformer(model, text, seed=1, steps=steps, size=4, state=state)
        losses.append(next_word_loss(model, (text,)).item())
    assert losses[0] == losses[1]
