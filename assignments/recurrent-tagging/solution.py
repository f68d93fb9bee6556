"""The right answers: references where the contract is theirs, and what joins them into a tagger.

The whole is `train`. Its network is a simple one in both directions; the references of the same names take any layer.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.networks.optimisers import adam_step
from reference.recurrent.gradient_norms import gradient_norms
from reference.recurrent.peephole import (
    peephole_backward,
    peephole_cell_backward,
    peephole_cell_forward,
    peephole_forward,
)
from reference.recurrent.readouts import many_to_many, many_to_one  # noqa: F401
from reference.recurrent.rnn import rnn_cell_backward, rnn_cell_forward  # noqa: F401
from reference.recurrent.stacked import (
    bidirectional_backward,
    bidirectional_forward,
    stacked_backward,
    stacked_forward,
)
from reference.recurrent.truncated import truncated_backward
from reference.recurrent.variable_lengths import hide_beyond, turn_around
from reference.tagging.f1 import entities, entity_scores, precision_recall_f1, token_scores  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Parameters = dict[str, Array]
    Tags = Sequence[Sequence[str]]
    Cell = Callable[..., tuple[Any, ...]]
    Back = Callable[..., dict[str, Array]]
    Turn = Callable[[Array, Numbers], Array]


def deep_forward(
    x: Array, a0: Sequence[Array], parameters: Sequence[Parameters], *, cell: Cell = peephole_cell_forward
) -> tuple[Array, list[Any]]:
    """Read a sequence by L LSTMs with peepholes on top of one another, each reading the hidden states of the one below.

    The memory of each begins with zeros.

    Arguments:
        x (n_x, m, T_x): the input of the lowest one, x[:, :, t] being that of step t
        a0: a list of L arrays (n_a, m), the hidden states before the first step, the lowest one's first; each layer may
            have an n_a of its own
        parameters: a list of L dicts, the lowest one's first, each with what peephole_cell_forward needs, where the n_x
            of a higher one is the n_a of the one below

    Returns the tuple (a, caches):
        a (n_a, m, T_x): the hidden states of the highest LSTM
        caches: a list of L entries, the lowest layer's first, each the tuple (list of the T_x caches that
            peephole_cell_forward returned, first step first; what this layer read)

    Parts: `cell` is peephole_cell_forward.
    """
    return stacked_forward(x, a0, parameters, layer=partial(peephole_forward, cell=cell))


def deep_backward(
    da: Array, caches: Sequence[Any], k: int | None = None, *, cell_backward: Back = peephole_cell_backward
) -> list[dict[str, Array]]:
    """Compute the gradients of all layers, given those at the hidden states of the highest one.

    Arguments:
        da (n_a, m, T_x): the direct gradient at each hidden state of the highest layer
        caches: the list that deep_forward returned
        k: how many steps a piece has, 1 or more; the gradient does not go back beyond the first step of its piece.
            Pieces are cut from step 0 on, the last one may be shorter; with None, or T_x or more, nothing is cut

    Returns a list of L dicts, the lowest layer's first, each with dx (n_x, m, T_x), the gradient at what this layer
    read; da0 (n_a, m), which only the first piece reaches; and dWf, dWi, dWc, dWo (n_a, n_a + n_x), dbf, dbi, dbc, dbo,
    dpf, dpi, dpo (n_a, 1), summed over the steps and the m examples.

    Parts: `cell_backward` is peephole_cell_backward.
    """
    whole = partial(peephole_backward, cell_backward=cell_backward)
    pieces = whole if k is None else partial(truncated_backward, k=k, backward=whole)
    return stacked_backward(da, caches, layer_backward=pieces)


def norms_through_time(
    da_last: Array, caches: tuple[Sequence[Any], Array], kind: str, *, peephole: Back = peephole_cell_backward
) -> Array:
    """Follow the gradient of a loss at the last hidden state back through time, and measure it at every state.

    Arguments:
        da_last (n_a, m): the gradient at the hidden state after the last step; that at the last memory is zero
        caches: the tuple (list of the T_x caches of the steps, first step first; x)
        kind: "rnn" if the caches are for rnn_cell_backward, "peephole" if they are for peephole_cell_backward; anything
            else raises a ValueError

    Returns an array (T_x, m): for each example, the Euclidean norm of the gradient at what is handed on after each
    step, the first step's first. For "rnn" that is the gradient at the hidden state, for "peephole" those at hidden
    state and memory together, the memory's being dc as peephole_cell_backward takes it for its second argument.

    Parts: `peephole` is peephole_cell_backward.
    """
    if kind not in ("rnn", "peephole"):
        raise ValueError(f"kind must be 'rnn' or 'peephole', not {kind!r}")
    if kind == "rnn":
        return gradient_norms(da_last, caches, cell_backward=rnn_cell_backward)
    return gradient_norms(da_last, caches, cell_backward=peephole, states=2)


def read(x: Array, a0: Array, parameters: Mapping[str, Array]) -> tuple[Array, Any]:
    """Read x (n_x, m, T_x) from the state a0 (n_a, m), as rnn_forward does, but predict nothing.

    parameters: a dict with Wax (n_a, n_x), Waa (n_a, n_a), ba (n_a, 1)

    Returns (a, cache) with the hidden states a (n_a, m, T_x), and a cache for read_backward.
    """
    a = np.tensordot(parameters["Wax"], x, axes=1) + parameters["ba"][:, :, None]  # (n_a, m, T_x)
    state = a0
    for t in range(x.shape[2]):
        state = np.tanh(a[:, :, t] + parameters["Waa"] @ state)  # (n_a, m)
        a[:, :, t] = state
    return a, (a, a0, x, parameters)


def read_backward(da: Array, cache: Any) -> dict[str, Array]:
    """Return a dict with dx, da0, dWax, dWaa, dba, given da (n_a, m, T_x) and the cache of read: see rnn_backward."""
    a, a0, x, parameters = cache
    dz, da_prev = np.zeros(a.shape), np.zeros(a0.shape)
    slope = 1 - a**2  # (n_a, m, T_x)
    for t in reversed(range(x.shape[2])):
        dz[:, :, t] = (da[:, :, t] + da_prev) * slope[:, :, t]
        da_prev = parameters["Waa"].T @ dz[:, :, t]  # (n_a, m)
    before = np.concatenate([a0[:, :, None], a[:, :, :-1]], axis=2)  # (n_a, m, T_x)
    return {
        "dx": np.tensordot(parameters["Wax"].T, dz, axes=1),
        "da0": da_prev,
        "dWax": np.tensordot(dz, x, axes=((1, 2), (1, 2))),
        "dWaa": np.tensordot(dz, before, axes=((1, 2), (1, 2))),
        "dba": dz.sum(axis=(1, 2))[:, None],
    }


def both_ways_forward(
    x: Array,
    a0_forward: Array,
    a0_backward: Array,
    parameters: Mapping[str, Parameters],
    lengths: Numbers,
    *,
    turn: Turn = turn_around,
) -> tuple[Array, tuple[Any, Any, Numbers]]:
    """Read sequences of different lengths from both ends, by two simple networks.

    Arguments:
        x (n_x, m, T_x): the input; beyond the end of a sequence it holds any numbers
        a0_forward (n_a, m): the state of the forward half before step 0
        a0_backward (n_a, m): the state of the backward half before each sequence's own last step
        parameters: a dict with "forward" and "backward", each a dict with Wax (n_a, n_x), Waa (n_a, n_a), ba (n_a, 1)
        lengths (m,): how many steps each sequence has, from 1 to T_x

    Returns the tuple (a, caches):
        a (2 n_a, m, T_x): the hidden states, the rows of the forward half above those of the backward half, and zero
            beyond the end of a sequence
        caches: the tuple (cache of the forward half, cache of the backward half, lengths), with the caches that `read`
            returned

    Parts: `turn` is turn_around.
    """
    a, caches = bidirectional_forward(
        x, a0_forward, a0_backward, parameters, lengths, layer=read, turn=turn
    )  # (2 n_a, m, T_x)
    return hide_beyond(a, lengths), caches


def both_ways_backward(da: Array, caches: tuple[Any, Any, Numbers], *, turn: Turn = turn_around) -> dict[str, Array]:
    """Compute the gradients of both_ways_forward, given those at its hidden states.

    Arguments:
        da (2 n_a, m, T_x): the direct gradient at each hidden state; what it holds beyond the end of a sequence must
            not count
        caches: the tuple that both_ways_forward returned

    Returns a dict:
        dx (n_x, m, T_x): the gradient at the input, which both halves read; zero beyond the end of a sequence
        da0_forward (n_a, m), da0_backward (n_a, m): the gradients at the first states
        dWax_forward (n_a, n_x), dWaa_forward (n_a, n_a), dba_forward (n_a, 1), and the same with _backward: the
            gradients at the parameters, sums over the steps and the m examples

    Parts: `turn` is turn_around.
    """
    hidden = hide_beyond(da, caches[2])  # (2 n_a, m, T_x)
    dx, halves = bidirectional_backward(hidden, caches, layer_backward=read_backward, turn=turn)
    named = {
        f"{name}_{half}": each for half, gradients in halves.items() for name, each in gradients.items() if name != "dx"
    }
    return {"dx": dx, **named}


def tagging_scores(expected: Tags, predicted: Tags) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Compare the tags of a tagger with the right ones, word by word and entity by entity.

    Arguments:
        expected, predicted: for each sentence a list of tags, one for each word: "O", or "B-" or "I-" and a type

    Returns the tuple (words, entities), two tuples (precision, recall, F1); a quotient with nothing below the line is
    0. Raises a ValueError if there is another number of sentences, or in one of them another number of tags.
    """
    return token_scores(expected, predicted), entity_scores(expected, predicted)


def loss_and_gradients(
    parameters: Parameters, words: Numbers, tags: Numbers, lengths: Numbers
) -> tuple[float, Parameters]:
    """Return the loss of the tagger, and its gradients at all parameters, under their names with a leading d."""
    T = lengths.max()
    words, tags = words[:, :T], tags[:, :T]
    x = np.moveaxis(parameters["E"][words], 2, 0)  # (d, m, T)
    names, directions = ("Wax", "Waa", "ba"), ("forward", "backward")
    halves = {half: {name: parameters[f"{name}_{half}"] for name in names} for half in directions}
    nothing = np.zeros((len(parameters["ba_forward"]), len(words)))  # (n, m)
    a, caches = both_ways_forward(x, nothing, nothing, halves, lengths)
    J, found = many_to_many(a, tags, lengths, parameters)
    gradients = both_ways_backward(found["da"], caches)
    dE = np.zeros(parameters["E"].shape)
    np.add.at(dE, words, np.moveaxis(gradients["dx"], 0, 2))
    return J, {**found, **gradients, "dE": dE}


def train(
    start: Parameters,
    words: Numbers,
    tags: Numbers,
    lengths: Numbers,
    epochs: int,
    seed: int,
    rate: float = 0.02,
    batch: int = 25,
) -> tuple[Parameters, list[float]]:
    """Train a tagger that reads both ways, and watch how its loss falls.

    Arguments:
        start: the dict of its parameters before the training, which must stay as they are: E (V, d); Wax_forward
            (n, d), Waa_forward (n, n), ba_forward (n, 1), and the same with _backward; Wy (K, 2 n), by (K, 1)
        words (m, T): the numbers of the words of m sentences, padded on the right
        tags (m, T): the numbers of their tags, from 0 to K - 1; beyond the end of a sentence they mean nothing
        lengths (m,): how many words each sentence has, from 1 to T
        epochs: how often to go through the sentences
        seed: an integer; all chance comes from np.random.default_rng(seed), which draws an order of the sentences in
            each epoch, by one call of permutation(m), and nothing else
        rate: the learning rate of the first epoch; epoch e, counted from 0, has rate * (1 - e / epochs)
        batch: how many sentences make a batch; the last one of an epoch may be smaller

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training, arrays with the names and shapes of `start`
        losses: epochs + 1 numbers, the loss of all words of all sentences before the training and after each epoch
    """
    generator = np.random.default_rng(seed)
    theta = start
    v = s = {name: np.zeros(array.shape) for name, array in start.items()}
    step, losses = 0, [loss_and_gradients(theta, words, tags, lengths)[0]]
    for epoch in range(epochs):
        order = generator.permutation(len(words))
        for first in range(0, len(words), batch):
            chosen = order[first : first + batch]
            _, gradients = loss_and_gradients(theta, words[chosen], tags[chosen], lengths[chosen])
            step += 1
            theta, v, s = adam_step(theta, gradients, v, s, step, rate * (1 - epoch / epochs))
        losses.append(loss_and_gradients(theta, words, tags, lengths)[0])
    return theta, losses


def loss_after(parameters: Parameters, inputs: Mapping[str, Any]) -> float:
    """Return the loss of parameters on the sentences that they were trained on."""
    return loss_and_gradients(parameters, inputs["words"], inputs["tags"], inputs["lengths"])[0]


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Parameters:  # noqa: ARG001  (as all baselines)
    """Tag as the parameters do before the training."""
    start: Parameters = inputs["start"]
    return start


def one_way(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Parameters:  # noqa: ARG001  (as all baselines)
    """Tag by what stands to the left alone: a backward half of zeros that nobody listens to never learns."""
    start = {name: 0 * array if name.endswith("_backward") else array.copy() for name, array in inputs["start"].items()}
    start["Wy"][:, len(start["ba_forward"]) :] = 0
    return train(start, *(inputs[name] for name in ("words", "tags", "lengths", "epochs", "seed")))[0]


def usual_tags(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> list[list[int]]:
    """Give each word the tag that it has most often, whatever stands around it."""
    seen: dict[int, Counter[int]] = {}
    for row, right, n in zip(inputs["words"], inputs["tags"], inputs["lengths"], strict=True):
        for word, tag in zip(row[:n].tolist(), right[:n].tolist(), strict=True):
            seen.setdefault(word, Counter())[tag] += 1
    usual = {word: counted.most_common(1)[0][0] for word, counted in seen.items()}
    asked = zip(held_out["words"], held_out["lengths"], strict=True)
    return [[usual.get(word, 0) for word in row[:n].tolist()] for row, n in asked]
