"""The encoder-decoder: its gradients, its torch twin, teacher forcing, padding, and exchangeable parts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from reference.attention.context import (
    attention_backward,
    attention_forward,
    last_state_backward,
    last_state_forward,
)
from reference.attention.decoder import decoder_forward
from reference.attention.encoder_decoder import encoder_forward, translation_gradients, translation_loss
from reference.attention.scorers import (
    dot_score_backward,
    dot_score_forward,
    general_score_backward,
    general_score_forward,
)
from reference.attention.translator import (
    AdditiveScorer,
    DotScorer,
    GeneralScorer,
    LastState,
    Translator,
    gru_parameters,
    loss_per_word,
    numpy_parameters,
)
from reference.recurrent.gru import gru_cell_backward, gru_cell_forward
from reference.recurrent.rnn import rnn_cell_backward, rnn_cell_forward
from tests.reference.oracles import Draw, assert_agree, central_differences

if TYPE_CHECKING:
    from reference.activations import Array

pytestmark = pytest.mark.slow

SOURCE = np.array([[4, 2, 3, 4], [3, 3, 0, 0], [1, 0, 0, 0]])
TARGET = np.array([[3, 3, 4, 2], [4, 1, 2, 0], [2, 0, 0, 0]])
START = 2
AS_TORCH: dict[str, Any] = {"cell": partial(gru_cell_forward, reset_after=True)}
AS_TORCH_BACKWARD: dict[str, Any] = {"cell_backward": partial(gru_cell_backward, reset_after=True)}
LOOKS: dict[str, tuple[Any, Any, Any]] = {
    "additive": (AdditiveScorer, attention_forward, attention_backward),
    "dot": (
        DotScorer,
        partial(attention_forward, scorer=dot_score_forward),
        partial(attention_backward, scorer_backward=dot_score_backward),
    ),
    "general": (
        GeneralScorer,
        partial(attention_forward, scorer=general_score_forward),
        partial(attention_backward, scorer_backward=general_score_backward),
    ),
    "none": (LastState, last_state_forward, last_state_backward),
}
EACH = pytest.mark.parametrize("look", LOOKS)


def twin(scorer: Any) -> Translator:
    torch.manual_seed(1)
    return Translator(5, 6, n_e=3, n=4, scorer=scorer).double()


def loss_of(parameters: Any, **parts: Any) -> tuple[float, Array, Any]:
    return translation_loss(SOURCE, TARGET, parameters, START, SOURCE != 0, TARGET != 0, **parts)


def gradients_of(model: Translator) -> dict[str, dict[str, Array]]:
    """Return torch's gradients under the reference's names, by way of a model that has gradients for parameters."""
    copy = twin(type(model.scorer))
    for mine, theirs in zip(copy.parameters(), model.parameters(), strict=True):
        mine.data = torch.zeros_like(theirs) if theirs.grad is None else theirs.grad
    found = numpy_parameters(copy)
    for name, gru in (("encoder", copy.encoder), ("decoder", copy.decoder)):
        *_, b_hh = gru.parameters()
        b_hh.data[: 2 * len(b_hh) // 3] = 0  # torch has two biases for what is one here
        found[name] |= {key: array for key, array in gru_parameters(*gru.parameters()).items() if key[0] == "b"}
    return found


@EACH
def test_the_twin_has_the_same_loss_weights_and_gradients(look: str) -> None:
    scorer, forward, backward = LOOKS[look]
    model = twin(scorer)
    loss = loss_per_word(model, (torch.tensor(SOURCE), torch.tensor(TARGET)), START) * (TARGET != 0).sum()
    torch.autograd.backward(loss)
    told = torch.tensor(np.concatenate([np.full((3, 1), START), TARGET[:, :-1]], axis=1))

    J, alpha, cache = loss_of(numpy_parameters(model), attend=forward, **AS_TORCH)
    np.testing.assert_allclose(J, loss.item(), rtol=1e-12)
    assert_agree({"alpha": alpha}, {"alpha": model(torch.tensor(SOURCE), told)[1].detach().numpy()})
    found = translation_gradients(cache, attend_backward=backward, **AS_TORCH_BACKWARD)
    for part, expected in gradients_of(model).items():
        assert_agree(found[part], {f"d{name}": array for name, array in expected.items()})


@EACH
def test_the_gradients_of_the_twin_pass_torch_s_own_check(look: str) -> None:
    model = twin(LOOKS[look][0])
    names = [name for name, _ in model.named_parameters()]

    def scores(*values: torch.Tensor) -> torch.Tensor:
        given = (torch.tensor(SOURCE[:2]), torch.tensor([[2, 3], [2, 4]]))
        written: torch.Tensor = torch.func.functional_call(model, dict(zip(names, values, strict=True)), given)[0]
        return written

    assert torch.autograd.gradcheck(scores, tuple(value.detach().requires_grad_() for value in model.parameters()))


def drawn_parameters(cell: str, *, attention: bool = True) -> dict[str, dict[str, Array]]:
    draw = Draw(2)

    def of_cell(n_x: int) -> dict[str, Array]:
        if cell == "rnn":
            return {"Wax": draw(2, n_x), "Waa": draw(2, 2), "ba": draw(2, 1)}
        return {**{f"W{gate}": draw(2, 2 + n_x) for gate in "urc"}, **{f"b{gate}": draw(2, 1) for gate in "urc"}}

    output = {"Wya" if cell == "rnn" else "Wy": draw(6, 2), "by": draw(6, 1)}
    looks = {"Wa": draw(3, 2), "Ua": draw(3, 2), "va": draw(3, 1)} if attention else {}
    return {"encoder": {"E": draw(2, 5), **of_cell(2)}, "decoder": {"E": draw(2, 6), **of_cell(4), **looks, **output}}


@pytest.mark.parametrize("attention", [True, False])
def test_the_gradients_agree_with_central_differences_in_every_entry(attention: bool) -> None:
    parameters = drawn_parameters("gru", attention=attention)
    look: dict[str, Any] = {} if attention else {"attend": last_state_forward}
    look_backward: dict[str, Any] = {} if attention else {"attend_backward": last_state_backward}
    found = translation_gradients(loss_of(parameters, **look)[2], **look_backward)
    for part in ("encoder", "decoder"):

        def loss(part: str = part, **moved: Array) -> float:
            return loss_of({**parameters, part: moved}, **look)[0]

        assert_agree(found[part], central_differences(loss, **parameters[part]), 1e-8)


def test_another_cell_can_take_the_place_of_the_gru() -> None:
    parameters = drawn_parameters("rnn")
    for part in parameters.values():  # the course's simple network calls the weights of its prediction Wya
        part["Wy"] = part.pop("Wya", np.zeros((1, 2)))

    def cell(xt: Array, a_prev: Array, parameters: Any):
        return rnn_cell_forward(xt, a_prev, {**parameters, "Wya": parameters["Wy"]})

    del parameters["encoder"]["Wy"]
    found = translation_gradients(loss_of(parameters, cell=cell)[2], cell_backward=rnn_cell_backward)
    for part in ("encoder", "decoder"):

        def loss(part: str = part, **moved: Array) -> float:
            return loss_of({**parameters, part: moved}, cell=cell)[0]

        assert_agree(found[part], central_differences(loss, **parameters[part]), 1e-8)


def test_what_stands_in_the_padding_does_not_matter() -> None:
    parameters = drawn_parameters("gru")
    J, alpha, _ = loss_of(parameters)
    other_source = np.where(SOURCE == 0, 4, SOURCE)
    other_target = np.where(TARGET == 0, 5, TARGET)
    again = translation_loss(other_source, other_target, parameters, START, SOURCE != 0, TARGET != 0)  # type: ignore[arg-type]
    np.testing.assert_allclose(again[0], J, rtol=1e-12)
    assert not alpha.swapaxes(1, 2)[SOURCE == 0].any()
    alone = translation_loss(SOURCE[2:, :1], TARGET[2:, :1], parameters, START)[0]  # type: ignore[arg-type]
    two = translation_loss(SOURCE[:2], TARGET[:2], parameters, START, SOURCE[:2] != 0, TARGET[:2] != 0)[0]  # type: ignore[arg-type]
    np.testing.assert_allclose(alone + two, J, rtol=1e-12)


def test_a_prediction_knows_what_was_told_before_it_and_nothing_after() -> None:
    parameters = drawn_parameters("gru")
    h, _ = encoder_forward(SOURCE[:1], parameters["encoder"])
    told = np.array([[2, 3, 3, 4]])
    _, y, _, _ = decoder_forward(told, h, h[:, :, -1], parameters["decoder"])
    _, other, _, _ = decoder_forward(np.array([[2, 3, 1, 4]]), h, h[:, :, -1], parameters["decoder"])
    np.testing.assert_array_equal(y[:, :, :2], other[:, :, :2])
    assert np.abs(y[:, :, 2:] - other[:, :, 2:]).max() > 1e-3
