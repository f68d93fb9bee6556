"""The training loop: it resumes without a trace, and says by name what stops being finite."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import pytest
import torch

from reference.training import DivergenceError, Progress, State, shuffled, train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

ADAM = partial(torch.optim.Adam, lr=0.01)
SGD = partial(torch.optim.SGD, lr=0.1)


def examples(n: int = 22) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    return x, (x**2).sum(1, keepdim=True)


def network(dropout: float = 0.5) -> torch.nn.Sequential:
    torch.manual_seed(2)
    layers = [torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Dropout(dropout), torch.nn.Linear(8, 1)]
    return torch.nn.Sequential(*layers).double()


def squared_error(model: torch.nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    x, y = batch
    return ((model(x) - y) ** 2).mean()


def parameters(model: torch.nn.Module) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(model.parameters()).detach()


@pytest.mark.parametrize("stop", [1, 5, 6, 11])
def test_a_training_that_was_stopped_ends_with_the_numbers_of_one_that_was_not(stop: int) -> None:
    batches = shuffled(4, *examples())
    whole, halted = network(), network()
    expected = train(whole, squared_error, batches, ADAM, seed=3, steps=15)
    state = train(halted, squared_error, batches, ADAM, seed=3, steps=stop)
    torch.rand(7)  # what is drawn in between must not matter
    train(halted, squared_error, batches, SGD, seed=9, steps=2)  # nor what becomes of the model
    resumed = network()
    found = train(resumed, squared_error, batches, ADAM, seed=3, steps=15, state=state)
    assert found.losses == expected.losses
    assert torch.equal(parameters(resumed), parameters(whole))
    again = train(network(), squared_error, batches, ADAM, seed=3, steps=15, state=state)
    assert again.losses == expected.losses, "resuming must not change the state that it resumed from"


def test_a_state_goes_through_a_file(tmp_path: Path) -> None:
    batches = shuffled(4, *examples())
    expected = train(network(), squared_error, batches, ADAM, seed=3, epochs=2)
    train(network(), squared_error, batches, ADAM, seed=3, steps=5).save(tmp_path / "state")
    found = train(network(), squared_error, batches, ADAM, seed=3, epochs=2, state=State.load(tmp_path / "state"))
    assert found.losses == expected.losses
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_the_steps_are_those_of_a_loop_written_out() -> None:
    x, y = examples(4)
    model, plain = network(0), network(0)
    state = train(model, squared_error, lambda _: [(x, y)], SGD, seed=0, steps=3)
    losses = []
    for _ in range(3):
        loss = squared_error(plain, (x, y))
        losses.append(loss.item())
        slopes = torch.autograd.grad(loss, list(plain.parameters()))
        with torch.no_grad():
            for p, slope in zip(plain.parameters(), slopes, strict=True):
                p.sub_(0.1 * slope)
    assert state.losses == pytest.approx(losses, rel=1e-12)
    assert torch.allclose(parameters(model), parameters(plain), rtol=1e-12)


def test_every_epoch_reads_every_example_once_in_an_order_of_its_own() -> None:
    read: list[list[float]] = []

    def noted(model: torch.nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        read.append(batch[0][:, 0].tolist())
        return squared_error(model, batch)

    x, y = examples()
    train(network(), noted, shuffled(4, x, y), SGD, seed=3, epochs=2)
    assert [len(batch) for batch in read] == [4, 4, 4, 4, 4, 2] * 2
    first, second = list(chain(*read[:6])), list(chain(*read[6:]))
    assert first != second
    assert sorted(first) == sorted(second) == sorted(x[:, 0].tolist())


def test_another_seed_draws_other_batches_and_other_noise() -> None:
    for batches, dropout in ((shuffled(4, *examples()), 0), (lambda _: [examples()], 0.5)):
        first, same, other = (
            train(network(dropout), squared_error, batches, SGD, seed=seed, steps=1).losses for seed in (3, 3, 4)
        )
        assert first == same != other


def test_the_caller_s_own_random_numbers_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    model = torch.nn.Linear(3, 1, dtype=torch.float64)
    torch.manual_seed(5)
    train(model, squared_error, shuffled(4, *examples()), SGD, seed=3, steps=2)
    assert torch.equal(torch.rand(3), expected)


def test_progress_is_told_of_each_step_and_may_stop() -> None:
    told: list[Progress] = []

    def watch(progress: Progress) -> bool:
        told.append(progress)
        return progress.step == 7

    model = network()
    state = train(model, squared_error, shuffled(4, *examples()), SGD, seed=3, epochs=9, progress=watch)
    assert [(each.step, each.epoch) for each in told] == [(k, k // 6) for k in range(8)]
    assert tuple(each.loss for each in told) == state.losses
    assert (state.step, state.epoch, state.place) == (8, 1, 2)
    assert not model.training


def test_gradients_are_shrunk_to_the_norm_that_is_allowed() -> None:
    x, y = examples(4)
    model, told = network(0), []
    before = parameters(model)
    train(model, squared_error, lambda _: [(x, y)], SGD, seed=0, steps=1, max_norm=0.5, progress=told.append)
    assert told[0].norm > 0.5
    assert (parameters(model) - before).norm().item() == pytest.approx(0.1 * 0.5, rel=1e-5)


def test_only_parameters_that_want_gradients_are_trained() -> None:
    model = network()
    model[0].weight.requires_grad_(False)
    frozen, free = model[0].weight.clone(), model[3].weight.clone()
    train(model, squared_error, shuffled(4, *examples()), ADAM, seed=0, steps=2)
    assert torch.equal(model[0].weight, frozen)
    assert not torch.equal(model[3].weight, free)


def poisoned_batch(generator: np.random.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
    x, y = examples(4)
    yield x, y
    x = x.clone()
    x[1, 2] = torch.nan
    yield x, y


def test_a_nan_in_the_data_is_named_by_tensor_and_step_and_the_model_is_left_as_it_was() -> None:
    model, stopped = network(0), network(0)
    with pytest.raises(DivergenceError, match=r"^Step 1 was not taken because batch\[0\] is not finite") as error:
        train(model, squared_error, poisoned_batch, SGD, seed=0, epochs=1)
    assert (error.value.tensor, error.value.step) == ("batch[0]", 1)
    assert isinstance(error.value, ValueError)
    train(stopped, squared_error, poisoned_batch, SGD, seed=0, steps=1)
    assert torch.equal(parameters(model), parameters(stopped))


def test_a_parameter_that_is_not_finite_is_named() -> None:
    model = network(0)
    with torch.no_grad():
        model[3].bias[0] = torch.inf
    with pytest.raises(DivergenceError, match=r"Step 0 .* 3\.bias is not finite"):
        train(model, squared_error, shuffled(4, *examples()), SGD, seed=0, steps=1)


class Logarithm(torch.nn.Module):
    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.log(z - 100)


def test_the_layer_whose_output_is_the_first_not_to_be_finite_is_named() -> None:
    model = torch.nn.Sequential(*network(0)[:3], Logarithm(), torch.nn.Linear(8, 1, dtype=torch.float64))
    with pytest.raises(DivergenceError, match="the output of 3 is not finite"):
        train(model, squared_error, shuffled(4, *examples()), SGD, seed=0, steps=1)


def test_a_gradient_that_is_not_finite_is_named_although_the_loss_is() -> None:
    def root_of_nothing(model: torch.nn.Sequential, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return squared_error(model, batch) + torch.sqrt(0 * model[3].bias).sum()

    model = network(0)
    before = parameters(model)
    with pytest.raises(DivergenceError) as error:
        train(model, root_of_nothing, shuffled(4, *examples()), SGD, seed=0, steps=1)
    assert error.value.tensor == "the gradient of 3.bias"
    assert torch.equal(parameters(model), before)


def test_a_loss_that_blows_up_is_reported_before_it_overflows() -> None:
    wild = partial(torch.optim.SGD, lr=50)
    with pytest.raises(DivergenceError, match=r"the loss is \d\.\de\+\d+, from") as error:
        train(network(0), squared_error, shuffled(4, *examples()), wild, seed=0, steps=500)
    assert error.value.step > 0


def test_budgets_states_and_epochs_that_make_no_sense_are_refused() -> None:
    batches = shuffled(4, *examples())
    for budget in ({}, {"steps": 1, "epochs": 1}):
        with pytest.raises(ValueError, match="needs a budget in steps or in epochs"):
            train(network(), squared_error, batches, SGD, seed=0, **budget)
    state = train(network(), squared_error, batches, SGD, seed=0, steps=1)
    with pytest.raises(ValueError, match="trained with seed 0, not 1"):
        train(network(), squared_error, batches, SGD, seed=1, steps=2, state=state)
    with pytest.raises(ValueError, match="Epoch 0 has no batches"):
        train(network(), squared_error, lambda _: [], SGD, seed=0, steps=2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_training_resumes_on_a_gpu_with_the_same_noise() -> None:
    batches = shuffled(4, *examples())
    expected = train(network(), squared_error, batches, ADAM, seed=3, steps=8, device="cuda")
    state = train(network(), squared_error, batches, ADAM, seed=3, steps=5, device="cuda")
    found = train(network(), squared_error, batches, ADAM, seed=3, steps=8, device="cuda", state=state)
    assert found.losses == pytest.approx(expected.losses, rel=1e-9)
