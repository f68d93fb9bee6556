"""The one training loop: whatever is trained by torch is trained here, and stops, resumes and fails in the same way.

    theta <- optimiser(theta, dJ/dtheta),  J the loss of one batch, again and again until the budget is spent

Two things are drawn while a model is trained. The batches of an epoch come from a generator that is made anew from the
seed and the number of the epoch, so a training that resumes in the middle of an epoch draws it again and leaves out
what it has read already. Dropout and other noise come from torch's own generator, whose state is kept with the rest.
So a training that was stopped ends with the numbers of one that was not.

Whatever is not finite is reported before the step that would spread it: the model is left as it was.
Left out: several devices, numbers of half precision, learning rates that change from step to step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import torch

if TYPE_CHECKING:
    from pathlib import Path

Model = TypeVar("Model", bound=torch.nn.Module)
Batch = TypeVar("Batch")
Batches = Callable[[np.random.Generator], Iterable[Batch]]
Optimiser = Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]

BLOW_UP = 1e6


class DivergenceError(ValueError):
    """Training came upon a number that is not finite, or a loss that is out of all proportion.

    tensor: the name of the tensor that was found so
    step: the number of the step, 0 for the first; it was not taken
    """

    def __init__(self, tensor: str, step: int, found: str) -> None:
        self.tensor, self.step = tensor, step
        super().__init__(
            f"Step {step} was not taken because {tensor} {found}, where finite numbers were expected; "
            "try a smaller learning rate, a limit on the norm of the gradients, or look at the data."
        )


class Progress(NamedTuple):
    """What is told after each step: its number, that of its epoch, its loss, and the norm of its gradients."""

    step: int
    epoch: int
    loss: float
    norm: float


@dataclass(frozen=True, eq=False)
class State:
    """Where a training stands: all that is needed to go on, on its own copies.

    seed: what the batches and the noise are drawn from
    epoch, place: the epoch that is being read, and how many of its batches are done
    losses: the loss of each step so far, as it was just before the step
    model, optimiser: their state dicts
    noise: the states of torch's generators, by the kind of device
    """

    seed: int
    epoch: int
    place: int
    losses: tuple[float, ...]
    model: dict[str, Any]
    optimiser: dict[str, Any]
    noise: dict[str, torch.Tensor]

    @property
    def step(self) -> int:
        """How many steps were taken."""
        return len(self.losses)

    def save(self, path: Path) -> None:
        """Write the state to a file; what lay there stays until the new one is whole."""
        unfinished = path.with_name(path.name + ".unfinished")
        torch.save(vars(self), unfinished)
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> State:
        """Read a state from a file; plain numbers and tensors only, nothing in it is run."""
        return cls(**torch.load(path, map_location="cpu", weights_only=True))


def shuffled(size: int, *columns: torch.Tensor) -> Batches[tuple[torch.Tensor, ...]]:
    """Return batches of examples in an order that is new for each epoch.

    Arguments:
        size: how many examples make a batch; the last one of an epoch may be smaller
        columns: tensors whose first axis is that of the examples; a batch has as many tensors, in the same order
    """

    def one_epoch(generator: np.random.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
        order = torch.from_numpy(generator.permutation(len(columns[0])))
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield tuple(column[chosen.to(column.device)] for column in columns)

    return one_epoch


def train(
    model: Model,
    loss: Callable[[Model, Batch], torch.Tensor],
    batches: Batches[Batch],
    optimiser: Optimiser,
    *,
    seed: int,
    steps: int | None = None,
    epochs: int | None = None,
    device: str = "cpu",
    max_norm: float = inf,
    progress: Callable[[Progress], object] | None = None,
    state: State | None = None,
) -> State:
    """Train a model in place, and return where its training stands; the model is left in evaluation mode.

    Arguments:
        model: moved to the device, and with a state set back to where that stands
        loss: what is to become small, a number, computed from the model and one batch
        batches: the batches of one epoch, in an order drawn from the generator that it is given
        optimiser: makes the optimiser for the parameters, such as partial(torch.optim.Adam, lr=1e-3)
        seed: what the batches, dropout and other noise are drawn from
        steps, epochs: the budget, one of the two; it counts from the very beginning, also for a training that resumes
        device: where torch works, "cpu" or "cuda"; tensors in a batch are moved there
        max_norm: gradients of a larger norm than this are shrunk to it, all by one factor
        progress: is told of each step; training stops early if it returns True
        state: what an earlier call returned, to go on from there

    Raises a DivergenceError that names the tensor and the step where numbers stop being finite or the loss blows up.
    """
    if (steps is None) is (epochs is None):
        raise ValueError("train needs a budget in steps or in epochs, one of the two: pass steps=… or epochs=….")
    if state is not None and state.seed != seed:
        raise ValueError(
            f"The state was trained with seed {state.seed}, not {seed}: resume with the seed it began with."
        )
    model.to(device).train()
    with torch.random.fork_rng([torch.device(device)] if device.startswith("cuda") else []):
        run = _Run(model, optimiser(p for p in model.parameters() if p.requires_grad), device, seed, max_norm)
        run.start(state)
        run.spend(loss, batches, inf if steps is None else steps, inf if epochs is None else epochs, progress)
        reached = run.state()
    model.eval()
    return reached


class _Run:
    """A training while it goes on: what changes with every step."""

    def __init__(
        self, model: torch.nn.Module, optimiser: torch.optim.Optimizer, device: str, seed: int, max_norm: float
    ) -> None:
        self.model, self.optimiser, self.device, self.seed, self.max_norm = model, optimiser, device, seed, max_norm
        self.learned = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.epoch, self.place = 0, 0
        self.losses: list[float] = []

    def start(self, state: State | None) -> None:
        """Begin with the seed, or where a state stands, which stays as it is."""
        torch.manual_seed(self.seed)
        if state is None:
            return
        self.model.load_state_dict(state.model)
        self.optimiser.load_state_dict(deepcopy(state.optimiser))
        self.epoch, self.place, self.losses = state.epoch, state.place, list(state.losses)
        torch.set_rng_state(state.noise["cpu"])
        if self.device.startswith("cuda") and "cuda" in state.noise:
            torch.cuda.set_rng_state(state.noise["cuda"], self.device)

    def state(self) -> State:
        """Gather all that a later call needs; the model lives on, so that its numbers are copied."""
        noise = {"cpu": torch.get_rng_state()}
        if self.device.startswith("cuda"):
            noise["cuda"] = torch.cuda.get_rng_state(self.device)
        model, optimiser = deepcopy(self.model.state_dict()), self.optimiser.state_dict()
        return State(self.seed, self.epoch, self.place, tuple(self.losses), model, optimiser, noise)

    def spend(
        self,
        loss: Callable[[Any, Any], torch.Tensor],
        batches: Batches[Any],
        steps: float,
        epochs: float,
        progress: Callable[[Progress], object] | None,
    ) -> None:
        """Take steps until the budget is spent, or until the one who is told of them has seen enough."""
        while self.epoch < epochs and len(self.losses) < steps:
            epoch = iter(batches(np.random.default_rng([self.seed, self.epoch])))
            for batch in islice(epoch, self.place, None):
                told = self.step(loss, _moved(batch, self.device))
                self.place += 1
                if progress is not None and progress(told) is True:
                    return
                if len(self.losses) >= steps:
                    return
            if self.place == 0:
                raise ValueError(f"Epoch {self.epoch} has no batches, expected one or more: look at the examples.")
            self.epoch, self.place = self.epoch + 1, 0

    def step(self, loss: Callable[[Any, Any], torch.Tensor], batch: Any) -> Progress:
        """Take one step, unless something is not finite."""
        number = len(self.losses)
        self.optimiser.zero_grad()
        J = loss(self.model, batch)
        cost = J.item()
        if not isfinite(cost):
            raise DivergenceError(_not_finite(self.model, loss, batch), number, "is not finite")
        if abs(cost) > BLOW_UP * (1 + abs(self.losses[0] if self.losses else cost)):
            raise DivergenceError("the loss", number, f"is {cost:.1e}, from {self.losses[0]:.1e} at first")
        J.backward()  # type: ignore[no-untyped-call]
        norm = self._shrink_gradients(number)
        self.optimiser.step()
        self.losses.append(cost)
        return Progress(number, self.epoch, cost, norm)

    def _shrink_gradients(self, number: int) -> float:
        """Return the norm that the gradients had."""
        reached = {name: p.grad for name, p in self.learned.items() if p.grad is not None}
        total = torch.nn.utils.get_total_norm(reached.values())
        norm = total.item()
        if not isfinite(norm):
            names = [name for name, gradient in reached.items() if not gradient.isfinite().all()]
            raise DivergenceError(f"the gradient of {' and of '.join(names or reached)}", number, "is not finite")
        if norm > self.max_norm:
            torch.nn.utils.clip_grads_with_norm_(self.learned.values(), self.max_norm, total)
        return norm


def _not_finite(model: torch.nn.Module, loss: Callable[[Any, Any], torch.Tensor], batch: Any) -> str:
    """Name the first tensor that is not finite: a parameter, part of the batch, the output of a layer, or the loss."""
    given = {**dict(model.named_parameters()), **dict(_tensors("batch", batch))}
    for name, tensor in given.items():
        if not tensor.isfinite().all():
            return name
    found: list[str] = []

    def look(name: str) -> Callable[..., None]:
        def hook(_module: torch.nn.Module, _inputs: object, output: object) -> None:
            if any(not tensor.isfinite().all() for _, tensor in _tensors(name, output)):
                found.append(f"the output of {name}" if name else "the output of the model")

        return hook

    hooks = [module.register_forward_hook(look(name)) for name, module in model.named_modules()]
    loss(model, batch)
    for hook in hooks:
        hook.remove()
    return found[0] if found else "the loss"


def _tensors(name: str, value: object) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors in a tensor or in nested tuples and lists, by where they lie."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, (tuple, list)):
        for place, part in enumerate(value):
            yield from _tensors(f"{name}[{place}]", part)


def _moved(value: Any, device: str) -> Any:
    """Return a batch with its tensors on a device; what is no tensor stays as it is."""
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, (tuple, list)):
        parts = (_moved(part, device) for part in value)
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value
