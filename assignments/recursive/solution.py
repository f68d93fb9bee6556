"""The right answers: the references, three functions that call several of them, and a training over many trees at once.

The training goes level by level, as the twin in `reference/trees/sentiment_net.py` does, but with NumPy and with the
compositions that students write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.networks.optimisers import adam_step
from reference.trees.composition import compose_backward, compose_forward
from reference.trees.recursive_autoencoder import (
    autoencoder_gradients,
    autoencoder_loss,
    greedy_tree,  # noqa: F401
    reconstruction_backward,  # noqa: F401
    reconstruction_forward,  # noqa: F401
)
from reference.trees.recursive_net import recursive_backward, recursive_forward
from reference.trees.sentiment import node_sentiment_backward, node_sentiment_forward
from reference.trees.tensor_net import tensor_compose_backward, tensor_compose_forward  # noqa: F401
from reference.trees.tree import post_order
from reference.trees.tree_lstm import (
    tree_lstm_compose_backward,
    tree_lstm_compose_forward,
    tree_lstm_leaf_backward,
    tree_lstm_leaf_forward,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from reference.trees.tree import Tree

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Parameters = dict[str, Array]
    Levels = list[tuple[Numbers, Numbers, Numbers]]
    Part = Callable[..., Any]

CLASSES = 3
EPSILON = 1e-3
"""Of Adam; with the usual 1e-8 a step would hardly tell the sum over the nodes from the mean."""


def node_sentiment(
    p: Array, labels: Sequence[int], parameters: Mapping[str, Array]
) -> tuple[float, Array, dict[str, Array]]:
    """Predict the class of every node, compare with the labels, and say what the loss asks of whom.

        y_i = softmax(Ws h_i + bs),  J = - sum over i of log y_i[labels[i]]

    Arguments:
        p (n, N): the states of the N nodes; the first d of their n rows are the vectors h, the others are not read
        labels: a list of N whole numbers, for each node the number of its class
        parameters: a dict with Ws (n_y, d), bs (n_y, 1); others are not read

    Returns the tuple (J, y, gradients):
        J: a number, the cross-entropy, in nats, summed over the nodes
        y (n_y, N): the predictions, a distribution in each column
        gradients: a dict with the gradients of J: dp (n, N), zero in rows that were not read, dWs (n_y, d) and
            dbs (n_y, 1)
    """
    J, y, cache = node_sentiment_forward(p, labels, parameters)
    gradients = node_sentiment_backward(cache)
    return J, y, gradients


def plant(trees: Sequence[Tree]) -> tuple[int, Numbers, Numbers, Levels]:
    """Lay out the nodes of many trees, tree after tree, each in post-order, and say what can be computed side by side.

    Arguments:
        trees: a list of one tree or more

    Returns the tuple (N, leaves, words, levels):
        N: how many nodes there are in all
        leaves (n,): the places of all words among the N nodes
        words (n,): the number of the word at each of these places
        levels: a list of tuples (places, left, right) of three arrays of equal length: where the phrases of one height
            stand, and where the left and the right part of each. Parts come in an earlier level than their phrase
    """
    nodes: list[tuple[int, int, int]] = []  # height, left, right; of a word 0 and twice its number
    for tree in trees:
        first = len(nodes)
        for node in post_order(tree):
            if isinstance(node, tuple):
                left, right = first + node[0], first + node[1]
                nodes.append((1 + max(nodes[left][0], nodes[right][0]), left, right))
            else:
                nodes.append((0, node, node))
    height, left_of, right_of = np.array(nodes).T
    leaves = np.flatnonzero(height == 0)
    phrases = [np.flatnonzero(height == k) for k in range(1, height.max() + 1)]
    return len(nodes), leaves, left_of[leaves], [(places, left_of[places], right_of[places]) for places in phrases]


def batch_gradients(
    trees: Sequence[Tree],
    labels: Sequence[Sequence[int]],
    theta: Parameters,
    compose: Part,
    backward: Part,
    sentiment: Part,
) -> tuple[float, dict[str, Array]]:
    """Return the loss of a batch of trees, as a mean over their nodes, and its gradients, level by level."""
    N, leaves, words, levels = plant(trees)
    p, caches = np.zeros((len(theta["L"]), N)), []
    p[:, leaves] = theta["L"][:, words]
    for places, left, right in levels:
        p[:, places], cache = compose(p[:, left], p[:, right], theta)
        caches.append(cache)
    J, _, found = sentiment(p, [label for each in labels for label in each], theta)
    asked = found["dp"].copy()  # (d, N)
    gradients = {f"d{name}": found.get(f"d{name}", np.zeros(array.shape)) for name, array in theta.items()}
    for (places, left, right), cache in zip(reversed(levels), reversed(caches), strict=True):
        step = backward(asked[:, places], cache)
        asked[:, left] += step["dleft"]
        asked[:, right] += step["dright"]
        gradients["dW"] += step["dW"]
        gradients["db"] += step["db"]
    np.add.at(gradients["dL"].T, words, asked[:, leaves].T)
    return J / N, {name: gradient / N for name, gradient in gradients.items()}


def train(
    start: Parameters,
    trees: Sequence[Tree],
    labels: Sequence[Sequence[int]],
    epochs: int,
    rate: float = 0.02,
    batch: int = 50,
    *,
    compose: Part = compose_forward,
    backward: Part = compose_backward,
    sentiment: Part = node_sentiment,
) -> tuple[Parameters, list[float]]:
    """Train the recursive network to tell the sentiment of every node, by Adam.

    Arguments:
        start: a dict with the parameters before the training, L (d, V), W (d, 2d), b (d, 1), Ws (n_y, d), bs (n_y, 1);
            they must stay as they are
        trees: a list of m trees
        labels: a list of m lists, for each tree the classes of its nodes in post-order
        epochs: how often to go through the trees, 1 or more
        rate: the learning rate of the first epoch; epoch e, counted from 0, has rate * (1 - e / epochs)
        batch: how many trees make a batch; the last one of an epoch may be smaller

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training, arrays with the names and shapes of `start`
        losses: a number for each step, the loss of its batch before the step: the cross-entropy, as a mean over all
            nodes of the batch

    In every epoch the trees are taken in the order in which they come. Each step is one of Adam, with eps = 0.001, on
    the loss of a batch. It moves all parameters: in a batch of single words W and b have gradients of zeros.

    Parts: `compose`, `backward` and `sentiment` are compose_forward, compose_backward and node_sentiment.
    """
    theta = dict(start)
    v = s = {name: np.zeros(array.shape) for name, array in start.items()}
    losses: list[float] = []
    for epoch in range(epochs):
        for first in range(0, len(trees), batch):
            chosen = slice(first, first + batch)
            J, gradients = batch_gradients(trees[chosen], labels[chosen], theta, compose, backward, sentiment)
            losses.append(J)
            theta, v, s = adam_step(theta, gradients, v, s, len(losses), rate * (1 - epoch / epochs), eps=EPSILON)
    return theta, losses


def tree_lstm_gradients(
    tree: Tree,
    labels: Sequence[int],
    L: Array,
    parameters: Mapping[str, Array],
    *,
    compose: Part = tree_lstm_compose_forward,
    sentiment: Part = node_sentiment,
) -> tuple[float, dict[str, Array]]:
    """Compute the loss of a tree-LSTM that predicts the class of every node of a tree, and all its gradients.

    Arguments:
        tree: the number of a word, or a pair of two trees
        labels: a list of whole numbers, for each node, in post-order, the number of its class
        L (n_x, V): the vectors of the V words, one column for each
        parameters: a dict with those of the leaf, Wi, Wo, Wu (d, n_x), those of the composition, Ui, Uo, Uu, Ul, Ur
            (d, 2d), the biases bi, bo, bu, bf (d, 1) of both, and those of the prediction, Ws (n_y, d), bs (n_y, 1)

    Returns the tuple (J, gradients):
        J: a number, the cross-entropy summed over the nodes
        gradients: a dict with dL (n_x, V) and a gradient for each of the parameters, dWi, dUi, dbi and so on; zero for
            one that played no part

    Parts: `compose` and `sentiment` are tree_lstm_compose_forward and node_sentiment.
    """
    p, cache = recursive_forward(tree, L, parameters, leaf=tree_lstm_leaf_forward, compose=compose)
    J, _, of_classes = sentiment(p, labels, parameters)
    steps = {"leaf_backward": tree_lstm_leaf_backward, "compose_backward": tree_lstm_compose_backward}
    gradients = recursive_backward(of_classes["dp"], cache, **steps)
    return J, {**gradients, "dWs": of_classes["dWs"], "dbs": of_classes["dbs"]}


def reconstruction_gradients(tree: Tree, L: Array, parameters: Mapping[str, Array]) -> tuple[float, dict[str, Array]]:
    """Compute the summed errors of all phrases of a tree, and their gradients, the tree being held as it is.

    Arguments:
        tree: the number of a word, or a pair of two trees
        L (d, V): the vectors of the V words, one column for each
        parameters: a dict with We (d, 2d), be (d, 1), Wd (2d, d), bd (2d, 1)

    Returns the tuple (J, gradients):
        J: a number, the sum of the errors E of all phrases; zero for a single word
        gradients: a dict with dL (d, V), dWe (d, 2d), dbe (d, 1), dWd (2d, d), dbd (2d, 1); all zeros for a single word
    """
    J, cache = autoencoder_loss(tree, L, parameters)
    gradients = autoencoder_gradients(cache)
    return J, gradients


def most_frequent(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Array:
    """Give every phrase the most frequent class of the phrases in the training."""
    classes = np.bincount(_classes_of_phrases(inputs), minlength=CLASSES).astype(np.float64)
    return np.tile(classes[:, None], _bags(held_out["trees"], inputs["start"]["L"].shape[1])[0].shape[1])


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Parameters:  # noqa: ARG001  (a baseline has two)
    """Answer as the parameters do before the training."""
    start: Parameters = inputs["start"]
    return start


def bag_of_words(inputs: Mapping[str, Any], held_out: Mapping[str, Any], steps: int = 200) -> Array:
    """Answer without the tree: a linear classifier of the words in a phrase, trained on the same phrases."""
    V = inputs["start"]["L"].shape[1]
    bags, classes = _bags(inputs["trees"], V)[0], _classes_of_phrases(inputs)
    theta = {"Ws": np.zeros((CLASSES, V)), "bs": np.zeros((CLASSES, 1))}
    v = s = {name: np.zeros(array.shape) for name, array in theta.items()}
    for t in range(1, steps + 1):
        _, _, gradients = node_sentiment(bags, classes, theta)
        mean = {name: gradients[name] / len(classes) for name in ("dWs", "dbs")}
        theta, v, s = adam_step(theta, mean, v, s, t, 0.1)
    return theta["Ws"] @ _bags(held_out["trees"], V)[0] + theta["bs"]


def _classes_of_phrases(inputs: Mapping[str, Any]) -> list[int]:
    """Return the classes of all phrases of two words or more, tree after tree."""
    places = _bags(inputs["trees"], inputs["start"]["L"].shape[1])[1]
    labels = [label for each in inputs["labels"] for label in each]
    return [labels[place] for place in places]


def _bags(trees: Sequence[Tree], V: int) -> tuple[Array, Numbers]:
    """Return how often each of V words is in each phrase (V, n), and which of the nodes the n phrases are."""
    N, leaves, words, levels = plant(trees)
    counts = np.zeros((V, N))
    counts[words, leaves] = 1
    for places, left, right in levels:
        counts[:, places] = counts[:, left] + counts[:, right]
    phrases = np.setdiff1d(np.arange(N), leaves)
    return counts[:, phrases], phrases
