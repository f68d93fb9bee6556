"""The recursive network: one composition applied at every node of a parse tree, from the words up.

A recurrent network reads a sentence from left to right whatever it means; a recursive one follows its grammar, so that
"not" is put together with what it negates. Every phrase, down to the single word, has a vector of one width, and
something can be predicted at each of them.

    p_i = leaf(L x_i)                     for a word
    p_i = compose(p_left, p_right)        for a phrase

L (n_x, V) holds a vector for each of V words, L x_i being that of word i; p (n, N) are the states of the N nodes, in
the order of reference/trees/tree.py. The backward pass walks the nodes in the reverse order: each hands down to its
children what the loss asks of it, and the parameters, which all nodes share, add up what each asks of them.

C. Goller and A. Küchler, "Learning task-dependent distributed representations by backpropagation through structure",
ICNN 1996. The composition is a part: a layer (composition.py), a tensor (tensor_net.py), gates (tree_lstm.py).
Left out: other parameters for other kinds of phrases.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.activations import Array, Parameters
from reference.trees.composition import (
    Compose,
    ComposeBackward,
    Leaf,
    LeafBackward,
    compose_backward,
    compose_forward,
    word_vector_backward,
    word_vector_forward,
)
from reference.trees.tree import Node, Tree, post_order

Cache = tuple[list[Node], list[Any], Array, Parameters]


def recursive_forward(
    tree: Tree,
    L: Array,
    parameters: Parameters,
    *,
    leaf: Leaf = word_vector_forward,
    compose: Compose = compose_forward,
) -> tuple[Array, Cache]:
    """Put a sentence together along its parse tree, from the words up.

        p_i = L[:, word]                             for a word
        p_i = tanh(W [p_left; p_right] + b)          for a phrase

    Arguments:
        tree: the number of a word, or a pair of two trees
        L (d, V): the vectors of the V words, one column for each
        parameters: a dict with W (d, 2d), b (d, 1)

    Returns (p, cache):
        p (d, N): the vectors of the N nodes in post-order: the left part, the right part, then the node; the root last
        cache: the tuple (nodes, caches, L, parameters), for the backward pass; nodes has, for each node, the number of
        its word or the pair of its children's places, and caches what each of them kept

    Parts: compose makes a phrase of two parts and `leaf` makes of a word's vector what it hands up; whatever keeps the
    contract of compose_forward, and of word_vector_forward, can take their places, with states p (n, N) of any width.
    """
    nodes = post_order(tree)
    states: list[Array] = []
    caches: list[Any] = []
    for node in nodes:
        if isinstance(node, tuple):
            state, cache = compose(states[node[0]], states[node[1]], parameters)  # (d, 1)
        else:
            state, cache = leaf(L[:, [node]], parameters)  # (d, 1)
        states.append(state)
        caches.append(cache)
    return np.concatenate(states, axis=1), (nodes, caches, L, parameters)


def recursive_backward(
    dp: Array,
    cache: Cache,
    *,
    leaf_backward: LeafBackward = word_vector_backward,
    compose_backward: ComposeBackward = compose_backward,
) -> dict[str, Array]:
    """Compute the gradients of a whole tree, given those at its nodes: backpropagation through structure.

    For a loss J, dX stands for dJ/dX and has the shape of X. dp holds what the loss asks of each node directly; what it
    asks of a node by way of the phrases above is found here. Gradients of parameters are summed over the nodes; a word
    that occurs twice gets the sum of both.

    Arguments:
        dp (d, N): the direct gradient at each node, in post-order
        cache: the tuple (nodes, caches, L, parameters) that recursive_forward returned

    Returns a dict with dL (d, V) and a gradient for each of the parameters, dW (d, 2d), db (d, 1); zero for one that
    played no part.

    Parts: compose_backward and leaf_backward are the steps; whatever keeps the contracts of those of the same names and
    of word_vector_backward can take their places.
    """
    nodes, caches, L, parameters = cache
    asked = [dp[:, [place]] for place in range(len(nodes))]  # (d, 1) each, to which the phrases above will add
    gradients = {"dL": np.zeros(L.shape), **{f"d{name}": np.zeros(array.shape) for name, array in parameters.items()}}
    for place in reversed(range(len(nodes))):
        node = nodes[place]
        if isinstance(node, tuple):
            step = dict(compose_backward(asked[place], caches[place]))
            asked[node[0]] = asked[node[0]] + step.pop("dleft")
            asked[node[1]] = asked[node[1]] + step.pop("dright")
        else:
            step = dict(leaf_backward(asked[place], caches[place]))
            gradients["dL"][:, [node]] += step.pop("dx")
        for name, found in step.items():
            gradients[name] += found
    return gradients
