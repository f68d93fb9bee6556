"""The recursive network with sentiment at every node as torch trains it: the twin of recursive_net.py and sentiment.py.

The same parameters under the same names and in the same shapes, so that state_dict() holds what the functions with
NumPy take; the same compositions, but over many nodes of many trees at once, laid out by reference/trees/forest.py.

Left out: dropout, vectors of words from elsewhere.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from reference.training import Progress, State, train
from reference.trees.forest import Forest, plant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    from reference.trees.tree import Tree

    Example = tuple[Tree, Sequence[int]]


def _parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape) / shape[-1] ** 0.5)


def _bias(d: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(d, 1))


class Layer(nn.Module):
    """Socher's composition, p = tanh(W [b; c] + bias), for states (d, m)."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.W, self.b = _parameter(d, 2 * d), _bias(d)

    def leaf(self, x: torch.Tensor) -> torch.Tensor:
        """Hand the vectors of words (d, m) up as they are."""
        return x

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Make the states (d, m) of phrases from those of their parts."""
        return torch.tanh(self.W @ torch.cat([left, right]) + self.b)


class Tensor(Layer):
    """The composition of the recursive tensor net, p_k = tanh(u^T V_k u + W_k u + b_k) with u = [b; c]."""

    def __init__(self, d: int) -> None:
        super().__init__(d)
        self.V = nn.Parameter(torch.randn(d, 2 * d, 2 * d) / (2 * d))

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Make the states (d, m) of phrases from those of their parts."""
        u = torch.cat([left, right])  # (2d, m)
        slices = (self.V.flatten(0, 1) @ u).reshape(*self.V.shape[:2], -1)  # (d, 2d, m), V_k u
        return torch.tanh((slices * u).sum(dim=1) + self.W @ u + self.b)


class TreeLstm(nn.Module):
    """The tree-LSTM, for states [h; c] (2d, m) and vectors of words of d numbers."""

    Wi: nn.Parameter
    Wo: nn.Parameter
    Wu: nn.Parameter
    Ui: nn.Parameter
    Uo: nn.Parameter
    Uu: nn.Parameter
    Ul: nn.Parameter
    Ur: nn.Parameter
    bi: nn.Parameter
    bo: nn.Parameter
    bu: nn.Parameter
    bf: nn.Parameter

    def __init__(self, d: int) -> None:
        super().__init__()
        for gate in "iou":
            self.register_parameter(f"W{gate}", _parameter(d, d))
        for gate in "ioulr":
            self.register_parameter(f"U{gate}", _parameter(d, 2 * d))
        for gate in "iouf":
            self.register_parameter(f"b{gate}", _bias(d))
        nn.init.ones_(self.bf)  # to keep, until there is a reason to forget

    def leaf(self, x: torch.Tensor) -> torch.Tensor:
        """Make the states of words from their vectors (d, m)."""
        i, o, u = self.Wi @ x + self.bi, self.Wo @ x + self.bo, self.Wu @ x + self.bu
        return _shown(o, torch.sigmoid(i) * torch.tanh(u))

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Make the states (2d, m) of phrases from those of their parts."""
        (h_l, c_l), (h_r, c_r) = left.chunk(2), right.chunk(2)
        h = torch.cat([h_l, h_r])  # (2d, m)
        i, o, u = self.Ui @ h + self.bi, self.Uo @ h + self.bo, self.Uu @ h + self.bu
        kept = torch.sigmoid(self.Ul @ h + self.bf) * c_l + torch.sigmoid(self.Ur @ h + self.bf) * c_r
        return _shown(o, torch.sigmoid(i) * torch.tanh(u) + kept)


def _shown(o: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    return torch.cat([torch.sigmoid(o) * torch.tanh(c), c])


class SentimentNet(nn.Module):
    """A recursive network for V words with vectors of d numbers, which predicts one of n_y classes at every node."""

    def __init__(self, V: int, d: int = 16, n_y: int = 3, composition: Callable[[int], nn.Module] = Tensor) -> None:
        super().__init__()
        self.L = nn.Parameter(0.1 * torch.randn(d, V))
        self.composition: Any = composition(d)
        self.Ws, self.bs = _parameter(n_y, d), _bias(n_y)

    def states(self, forest: Forest) -> torch.Tensor:
        """Return the states (n, N) of the nodes, tree after tree, each in post-order."""
        p = self.composition.leaf(self.L[:, forest.words])  # (n, N_0)
        for left, right in forest.levels:
            p = torch.cat([p, self.composition(p[:, left], p[:, right])], dim=1)
        states: torch.Tensor = p[:, forest.place]
        return states

    def forward(self, forest: Forest) -> torch.Tensor:
        """Return the scores (n_y, N) of the classes of the nodes, tree after tree, each in post-order."""
        h = self.states(forest)[: self.Ws.shape[1]]  # (d, N)
        return self.Ws @ h + self.bs


def node_loss(model: SentimentNet, batch: tuple[Forest, torch.Tensor]) -> torch.Tensor:
    """Return the cross-entropy of a forest with the class of each node (N,), the mean over the nodes."""
    forest, labels = batch
    return nn.functional.cross_entropy(model(forest).T, labels)


def forests(
    examples: Sequence[Example], size: int
) -> Callable[[np.random.Generator], Iterator[tuple[Forest, torch.Tensor]]]:
    """Return what draws the batches of an epoch: trees in an order that is new each time, with their nodes' classes."""

    def one_epoch(generator: np.random.Generator) -> Iterator[tuple[Forest, torch.Tensor]]:
        order = generator.permutation(len(examples))
        for start in range(0, len(order), size):
            chosen = [examples[k] for k in order[start : start + size]]
            labels = [label for _, classes in chosen for label in classes]
            yield plant([tree for tree, _ in chosen]), torch.tensor(labels)

    return one_epoch


def train_sentiment_net(
    model: SentimentNet,
    examples: Sequence[Example],
    *,
    seed: int,
    steps: int | None = None,
    epochs: int | None = None,
    size: int = 64,
    learning_rate: float = 5e-3,
    device: str = "cpu",
    progress: Callable[[Progress], object] | None = None,
    state: State | None = None,
) -> State:
    """Train a network in place, by Adam, on trees with the class of each node; the rest is as in training.py."""
    return train(
        model,
        node_loss,
        forests(examples, size),
        partial(torch.optim.Adam, lr=learning_rate),
        seed=seed, steps=steps, epochs=epochs, device=device, max_norm=5.0, progress=progress, state=state,
    )  # fmt: skip


@torch.no_grad()
def root_classes(model: SentimentNet, trees: Sequence[Tree]) -> list[int]:
    """Return the most probable class of each whole tree."""
    forest = plant(trees)
    found: list[int] = model(forest)[:, forest.roots].argmax(dim=0).tolist()
    return found
