"""The right answers: references where the contract is theirs, and the two classifiers as a student may write them.

The references in `reference/classifiers/` take any number of layers, other recurrences, and texts read from both ends;
where they speak of the same network they agree, which a test holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from reference.activations import sigmoid
from reference.classifiers.embedding_layer import embedding_backward, embedding_forward, padded, text_lengths  # noqa: F401
from reference.networks.dropout import dropout_mask  # noqa: F401
from reference.networks.optimisers import adam_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Parameters = dict[str, Array]
    Lookup = Callable[[Numbers, Array], tuple[Array, Any]]
    Scatter = Callable[[Array, Any], Array]
    Count = Callable[[Numbers], Numbers]


def pretrained_rows(words: Sequence[str], vectors: Mapping[str, Array], generator: np.random.Generator) -> Array:
    """Let an embedding layer begin with vectors that were learned from other text.

    Arguments:
        words: a list of V words, of which words[0] is the padding
        vectors: a dict from one or more words to their vectors (d,); some words of the list may not be in it, and some
            of it not in the list
        generator: a np.random.Generator, from which all chance comes

    Returns E (V, d): row i is the vector of words[i] where it has one, else normal random numbers around 0 with the
    standard deviation of all numbers in all the vectors; but row 0, that of the padding, is all zeros.
    """
    known = np.stack(list(vectors.values()))  # (n, d)
    E: Array = known.std() * generator.standard_normal((len(words), known.shape[1]))
    for number, word in enumerate(words):
        if word in vectors:
            E[number] = vectors[word]
    E[0] = 0
    return E


def law_of_rows(words: Sequence[str], vectors: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return mean and standard deviation of each entry of E (V, d), for the check of pretrained_rows; 0: no chance."""
    known = np.stack(list(vectors.values()))  # (n, d)
    nothing = np.zeros(known.shape[1])
    mean = np.stack([nothing, *(vectors.get(word, nothing) for word in words[1:])])
    drawn = [number > 0 and word not in vectors for number, word in enumerate(words)]
    return mean, np.outer(drawn, np.full(known.shape[1], known.std()))


def loss_and_gradients(
    Z: Array, Y: Array, parameters: Parameters, strength: float
) -> tuple[float, Array, dict[str, Array]]:
    """Compute what is to become small, the binary cross-entropy and the L2 penalty together, and how it changes.

    Arguments:
        Z (k, m): the scores of k questions about m texts
        Y (k, m): the right answers, 1 for yes and 0 for no, as numbers
        parameters: a dict of arrays; those whose name begins with W are weights
        strength: by what the penalty is multiplied, 0 or more

    Returns the tuple (J, dZ, gradients):
        J: a number, the cross-entropy summed over the questions, as a mean over the texts, plus strength / 2 times the
            sum of the squares of all weights
        dZ (k, m): the gradient of J at the scores
        gradients: a dict with the gradient of the penalty at each of the weights, under its name with a leading d
    """
    m = Z.shape[1]
    weights = {name: W for name, W in parameters.items() if name.startswith("W")}
    entropy = np.logaddexp(0, Z) - Y * Z  # (k, m)
    penalty = strength / 2 * sum((W**2).sum() for W in weights.values())
    gradients = {f"d{name}": strength * W for name, W in weights.items()}
    return float(entropy.sum() / m + penalty), (sigmoid(Z) - Y) / m, gradients


def mask_values(shape: tuple[int, ...], p: float) -> Array:
    """Return what an entry of a dropout mask may be, (*shape, 2), for the check of dropout_mask."""
    return np.broadcast_to([0, 1 / (1 - p)], (*shape, 2))


def mask_chances(shape: tuple[int, ...], p: float) -> Array:
    """Return how probable each of these is, (*shape, 2)."""
    return np.broadcast_to([p, 1 - p], (*shape, 2))


def averaged_forward(
    numbers: Numbers,
    parameters: Parameters,
    mask: Array | None = None,
    *,
    look_up: Lookup = embedding_forward,
    count: Count = text_lengths,
) -> tuple[Array, tuple[Numbers, Array, Array, Array, Parameters]]:
    """Compute the scores of texts from the mean of their words.

        h = mean of the vectors of a text's words        A = tanh(W1 h + b1)        Z = W2 (mask * A) + b2

    Arguments:
        numbers (m, T): the numbers of the words of m texts, padded on the right with the number 0
        parameters: a dict with E (V, d), W1 (n, d), b1 (n, 1), W2 (k, n), b2 (k, 1)
        mask (n, m): a dropout mask, by which A is multiplied; without it nothing is dropped

    Returns the tuple (Z, cache):
        Z (k, m): the scores; the padding has no part in them, and a text without any words has the mean 0
        cache: the tuple (numbers, h, A, mask, parameters), with h (d, m), A (n, m), and a mask (n, m) of ones if there
            was none

    Parts: `look_up` and `count` are embedding_forward and text_lengths.
    """
    x, _ = look_up(numbers, parameters["E"])  # (d, m, T)
    shares = (numbers != 0) / count(numbers)[:, None]  # (m, T)
    h = (x * shares).sum(axis=2)  # (d, m)
    A = np.tanh(parameters["W1"] @ h + parameters["b1"])  # (n, m)
    M = np.ones(A.shape) if mask is None else mask
    Z = parameters["W2"] @ (M * A) + parameters["b2"]  # (k, m)
    return Z, (numbers, h, A, M, parameters)


def averaged_backward(
    dZ: Array,
    cache: tuple[Numbers, Array, Array, Array, Parameters],
    *,
    scatter: Scatter = embedding_backward,
    count: Count = text_lengths,
) -> dict[str, Array]:
    """Compute the gradients of averaged_forward, given that at its scores.

    Arguments:
        dZ (k, m): the gradient at the scores
        cache: the tuple (numbers, h, A, mask, parameters) that averaged_forward returned

    Returns a dict with dE (V, d), dW1 (n, d), db1 (n, 1), dW2 (k, n), db2 (k, 1): sums over the m texts.

    Parts: `scatter` and `count` are embedding_backward and text_lengths.
    """
    numbers, h, A, M, parameters = cache
    dz = (parameters["W2"].T @ dZ) * M * (1 - A**2)  # (n, m), at the argument of tanh
    shares = (numbers != 0) / count(numbers)[:, None]  # (m, T)
    dx = (parameters["W1"].T @ dz)[:, :, None] * shares  # (d, m, T)
    return {
        "dE": scatter(dx, (numbers, parameters["E"].shape)),
        "dW1": dz @ h.T,
        "db1": dz.sum(axis=1, keepdims=True),
        "dW2": dZ @ (M * A).T,
        "db2": dZ.sum(axis=1, keepdims=True),
    }


def recurrent_classifier_forward(
    numbers: Numbers, parameters: Parameters, *, look_up: Lookup = embedding_forward, count: Count = text_lengths
) -> tuple[Array, tuple[Numbers, Array, Parameters]]:
    """Compute the scores of texts from the last state of a recurrent network that reads them.

        a<t> = tanh(Wax x<t> + Waa a<t-1> + ba), from a state of zeros        Z = Wy h + by

    Arguments:
        numbers (m, T): the numbers of the words of m texts, padded on the right with the number 0
        parameters: a dict with E (V, d), Wax (n, d), Waa (n, n), ba (n, 1), Wy (k, n), by (k, 1)

    Returns the tuple (Z, cache):
        Z (k, m): the scores, from h (n, m), the state of each text after the last of its own words; a text without any
            words is read as one word of padding
        cache: the tuple (numbers, a, parameters), with the states a (n, m, T) after each word; what it holds beyond a
            text's end means nothing

    Parts: `look_up` and `count` are embedding_forward and text_lengths.
    """
    x, _ = look_up(numbers, parameters["E"])  # (d, m, T)
    state, states = np.zeros((len(parameters["ba"]), len(numbers))), []
    for t in range(numbers.shape[1]):
        state = np.tanh(parameters["Wax"] @ x[:, :, t] + parameters["Waa"] @ state + parameters["ba"])  # (n, m)
        states.append(state)
    a = np.stack(states, axis=2)  # (n, m, T)
    h = a[:, np.arange(len(numbers)), count(numbers) - 1]  # (n, m)
    return parameters["Wy"] @ h + parameters["by"], (numbers, a, parameters)


def recurrent_classifier_backward(
    dZ: Array,
    cache: tuple[Numbers, Array, Parameters],
    *,
    scatter: Scatter = embedding_backward,
    count: Count = text_lengths,
) -> dict[str, Array]:
    """Compute the gradients of recurrent_classifier_forward, given that at its scores.

    Arguments:
        dZ (k, m): the gradient at the scores
        cache: the tuple (numbers, a, parameters) that recurrent_classifier_forward returned

    Returns a dict with dE (V, d), dWax (n, d), dWaa (n, n), dba (n, 1), dWy (k, n), dby (k, 1): sums over the m texts
    and over the words of each.

    Parts: `scatter` and `count` are embedding_backward and text_lengths.
    """
    numbers, a, parameters = cache
    ends = np.arange(len(numbers)), count(numbers) - 1  # where each text has its last word
    dz = np.zeros(a.shape)  # (n, m, T), at the arguments of tanh
    dz[:, *ends] = parameters["Wy"].T @ dZ
    before = np.zeros(a.shape[:2])  # (n, m), what the step after this one asks of its state
    for t in reversed(range(a.shape[2])):
        dz[:, :, t] = (dz[:, :, t] + before) * (1 - a[:, :, t] ** 2)
        before = parameters["Waa"].T @ dz[:, :, t]
    x = np.moveaxis(parameters["E"][numbers], 2, 0)  # (d, m, T)
    a_prev = np.concatenate([np.zeros((*a.shape[:2], 1)), a[:, :, :-1]], axis=2)  # (n, m, T)
    return {
        "dE": scatter(np.einsum("nd,nmt->dmt", parameters["Wax"], dz), (numbers, parameters["E"].shape)),
        "dWax": np.einsum("nmt,dmt->nd", dz, x),
        "dWaa": np.einsum("nmt,kmt->nk", dz, a_prev),
        "dba": dz.sum(axis=(1, 2))[:, None],
        "dWy": dZ @ a[:, *ends].T,
        "dby": dZ.sum(axis=1, keepdims=True),
    }


def scores_of(numbers: torch.Tensor, theta: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the scores (1, m) of texts (m, T): recurrent_classifier_forward once more, for torch."""
    lengths = (numbers != 0).sum(dim=1)  # (m,)
    read = theta["E"][numbers[:, : int(lengths.max())]] @ theta["Wax"].T + theta["ba"].T  # (m, T, n)
    state, states = torch.zeros_like(read[:, 0]), []
    for words in read.unbind(dim=1):
        state = torch.tanh(words + state @ theta["Waa"].T)  # (m, n)
        states.append(state)
    h = torch.stack(states)[lengths - 1, torch.arange(len(numbers))]  # (m, n)
    return theta["Wy"] @ h.T + theta["by"]


def train(
    start: Parameters,
    numbers: Numbers,
    Y: Array,
    epochs: int,
    seed: int,
    strength: float = 1e-4,
    rate: float = 0.02,
    batch: int = 100,
    device: str = "cpu",
) -> tuple[Parameters, list[float]]:
    """Train the recurrent classifier, and watch how its loss falls.

    Arguments:
        start: the dict of its parameters before the training; they must stay as they are
        numbers (m, T): the numbers of the words of m texts, padded on the right with the number 0; none is empty
        Y (1, m): 1 for a good text, 0 for a bad one, as numbers
        epochs: how often to go through the texts
        seed: an integer; all chance comes from np.random.default_rng(seed)
        strength: that of the L2 penalty
        rate: the learning rate of the first epoch; epoch e, counted from 0, has rate * (1 - e / epochs)
        batch: how many texts make a batch; the last one of an epoch may be smaller
        device: where to train, "cpu" or "cuda"; what is returned is plain arrays all the same

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training, arrays with the names and shapes of `start`
        losses: epochs + 1 numbers, the loss of all texts, with the penalty, before the training and after each epoch
    """
    generator = np.random.default_rng(seed)
    theta = {name: torch.tensor(array, device=device, requires_grad=True) for name, array in start.items()}
    texts, right = torch.tensor(numbers, device=device), torch.tensor(Y, device=device)
    weights = [W for name, W in theta.items() if name.startswith("W")]

    def loss(chosen: torch.Tensor) -> torch.Tensor:
        Z = scores_of(texts[chosen], theta)
        J = torch.nn.functional.binary_cross_entropy_with_logits(Z, right[:, chosen])
        return J + strength / 2 * sum((W**2).sum() for W in weights)

    optimiser = torch.optim.Adam(theta.values(), lr=rate)
    everything = torch.arange(len(numbers))
    losses = [loss(everything).item()]
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        order = torch.from_numpy(generator.permutation(len(numbers)))
        for first in range(0, len(numbers), batch):
            optimiser.zero_grad()
            loss(order[first : first + batch]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        losses.append(loss(everything).item())
    return {name: each.detach().cpu().numpy() for name, each in theta.items()}, losses


def loss_after(parameters: Parameters, inputs: Mapping[str, Any]) -> float:
    """Return the loss of parameters on the texts that they were trained on."""
    Z, _ = recurrent_classifier_forward(inputs["numbers"], parameters)
    return loss_and_gradients(Z, inputs["Y"], parameters, inputs.get("strength", 1e-4))[0]


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Array:
    """Answer as the parameters do before the training."""
    return recurrent_classifier_forward(held_out["numbers"], inputs["start"])[0]


def bag_of_words(inputs: Mapping[str, Any], held_out: Mapping[str, Any], n: int = 8, steps: int = 30) -> Array:
    """Answer without the order of the words: with the averaged classifier, trained on the same texts."""
    generator = np.random.default_rng(inputs["seed"])
    V, d = inputs["start"]["E"].shape
    theta = {"E": generator.standard_normal((V, d)), "W1": generator.standard_normal((n, d)) / np.sqrt(d)}
    theta |= {"b1": np.zeros((n, 1)), "W2": generator.standard_normal((1, n)) / np.sqrt(n), "b2": np.zeros((1, 1))}
    v = s = {name: np.zeros(array.shape) for name, array in theta.items()}
    for step in range(1, steps + 1):
        Z, cache = averaged_forward(inputs["numbers"], theta)
        _, dZ, _ = loss_and_gradients(Z, inputs["Y"], theta, 0.0)
        theta, v, s = adam_step(theta, averaged_backward(dZ, cache), v, s, step, 0.05)
    return averaged_forward(held_out["numbers"], theta)[0]
