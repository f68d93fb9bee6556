"""The tree-LSTM: a memory that is handed up a tree, with a forget gate for each child.

What a long sequence does to a recurrent network, a deep tree does to a recursive one: every composition squashes, and
what a word far below has said fades. As in an LSTM, the memory c is changed by scaling and adding only; and since each
child has a forget gate of its own, a phrase may keep what one part says and drop the other.

    at a word       i = sigmoid(Wi x + bi)                 c = i * u
                    o = sigmoid(Wo x + bo)                 h = o * tanh(c)
                    u = tanh(Wu x + bu)
    at a phrase     i = sigmoid(Ui [h_l; h_r] + bi)        c = i * u + l * c_l + r * c_r
                    o = sigmoid(Uo [h_l; h_r] + bo)        h = o * tanh(c)
                    u = tanh(Uu [h_l; h_r] + bu)
                    l = sigmoid(Ul [h_l; h_r] + bf)
                    r = sigmoid(Ur [h_l; h_r] + bf)

x (n_x, m) is the vector of a word, h and c (d, m) hidden state and memory, for m nodes side by side; * multiplies entry
by entry. What a node hands up is its state [h; c] (2d, m), the rows of h above those of c. Wi, Wo, Wu (d, n_x), Ui, Uo,
Uu, Ul, Ur (d, 2d) and bi, bo, bu, bf (d, 1) are the parameters.

K. S. Tai, R. Socher and C. D. Manning, "Improved semantic representations from tree-structured long short-term memory
networks", ACL 2015: the N-ary tree-LSTM for N = 2, the one for constituency trees, in which words stand at the leaves.
Left out: the child-sum tree-LSTM for dependency trees.
"""

from __future__ import annotations

import numpy as np

from reference.activations import Array, Parameters, sigmoid

LeafCache = tuple[Array, Array, Array, Array, Array, Parameters]
Cache = tuple[Array, Array, Array, Array, Array, Array, Array, Array, Parameters]


def tree_lstm_leaf_forward(x: Array, parameters: Parameters) -> tuple[Array, LeafCache]:
    """Make the state of a word from its vector.

        i = sigmoid(Wi x + bi),  o = sigmoid(Wo x + bo),  u = tanh(Wu x + bu)
        c = i * u
        h = o * tanh(c)

    Arguments:
        x (n_x, m): the vectors of m words
        parameters: a dict with Wi, Wo, Wu (d, n_x), bi, bo, bu (d, 1); others are not read

    Returns (p, cache):
        p (2d, m): the states [h; c], the rows of h above those of c
        cache: the tuple (i, o, u, c, x, parameters), for the backward pass
    """
    i = sigmoid(parameters["Wi"] @ x + parameters["bi"])  # (d, m)
    o = sigmoid(parameters["Wo"] @ x + parameters["bo"])  # (d, m)
    u = np.tanh(parameters["Wu"] @ x + parameters["bu"])  # (d, m)
    c = i * u  # (d, m)
    return np.concatenate([o * np.tanh(c), c]), (i, o, u, c, x, parameters)


def tree_lstm_leaf_backward(dp: Array, cache: LeafCache) -> dict[str, Array]:
    """Compute the gradients at a word, given that at its state.

    For a loss J, dX stands for dJ/dX and has the shape of X. Gradients of parameters are summed over the m words.

    Arguments:
        dp (2d, m): the gradient at the states [h; c]
        cache: the tuple (i, o, u, c, x, parameters) that tree_lstm_leaf_forward returned

    Returns a dict with dx (n_x, m), dWi, dWo, dWu (d, n_x), dbi, dbo, dbu (d, 1).
    """
    i, o, u, c, x, parameters = cache
    do, dc = _memory_backward(dp, o, c)  # (d, m) each
    gates = {"i": dc * u * i * (1 - i), "o": do, "u": dc * i * (1 - u**2)}  # (d, m), at the arguments
    return {
        "dx": np.sum([parameters[f"W{gate}"].T @ dz for gate, dz in gates.items()], axis=0),  # (n_x, m)
        **{f"dW{gate}": dz @ x.T for gate, dz in gates.items()},  # (d, n_x)
        **{f"db{gate}": dz.sum(axis=1, keepdims=True) for gate, dz in gates.items()},  # (d, 1)
    }


def tree_lstm_compose_forward(left: Array, right: Array, parameters: Parameters) -> tuple[Array, Cache]:
    """Make the state of a phrase from those of its two parts.

        i = sigmoid(Ui h + bi),  o = sigmoid(Uo h + bo),  u = tanh(Uu h + bu)      with h = [h_l; h_r]
        l = sigmoid(Ul h + bf),  r = sigmoid(Ur h + bf)                            what to keep of either memory
        c = i * u + l * c_l + r * c_r
        h = o * tanh(c)

    Arguments:
        left (2d, m), right (2d, m): the states [h_l; c_l] and [h_r; c_r] of the parts of m phrases
        parameters: a dict with Ui, Uo, Uu, Ul, Ur (d, 2d), bi, bo, bu, bf (d, 1); others are not read

    Returns (p, cache):
        p (2d, m): the states [h; c] of the phrases
        cache: the tuple (i, o, u, l, r, c, left, right, parameters), for the backward pass
    """
    d = len(left) // 2
    h = np.concatenate([left[:d], right[:d]])  # (2d, m)
    i = sigmoid(parameters["Ui"] @ h + parameters["bi"])  # (d, m)
    o = sigmoid(parameters["Uo"] @ h + parameters["bo"])  # (d, m)
    u = np.tanh(parameters["Uu"] @ h + parameters["bu"])  # (d, m)
    l = sigmoid(parameters["Ul"] @ h + parameters["bf"])  # noqa: E741 (left; (d, m))
    r = sigmoid(parameters["Ur"] @ h + parameters["bf"])  # (d, m)
    c = i * u + l * left[d:] + r * right[d:]  # (d, m)
    return np.concatenate([o * np.tanh(c), c]), (i, o, u, l, r, c, left, right, parameters)


def tree_lstm_compose_backward(dp: Array, cache: Cache) -> dict[str, Array]:
    """Compute the gradients of one composition, given that at the state of the phrase.

    For a loss J, dX stands for dJ/dX and has the shape of X. The two forget gates share one bias, which gets what both
    ask of it. Gradients of parameters are summed over the m phrases.

    Arguments:
        dp (2d, m): the gradient at the states [h; c] of the phrases
        cache: the tuple (i, o, u, l, r, c, left, right, parameters) that tree_lstm_compose_forward returned

    Returns a dict:
        dleft (2d, m), dright (2d, m): the gradients at the states of the parts
        dUi, dUo, dUu, dUl, dUr (d, 2d), dbi, dbo, dbu, dbf (d, 1): the gradients at the parameters
    """
    i, o, u, l, r, c, left, right, parameters = cache  # noqa: E741 (left)
    d = len(c)
    do, dc = _memory_backward(dp, o, c)  # (d, m) each
    gates = {
        "i": dc * u * i * (1 - i),  # (d, m), at the argument of sigmoid or tanh
        "o": do,
        "u": dc * i * (1 - u**2),
        "l": dc * left[d:] * l * (1 - l),
        "r": dc * right[d:] * r * (1 - r),
    }
    h = np.concatenate([left[:d], right[:d]])  # (2d, m)
    dh = np.sum([parameters[f"U{gate}"].T @ dz for gate, dz in gates.items()], axis=0)  # (2d, m)
    biases = {"i": gates["i"], "o": gates["o"], "u": gates["u"], "f": gates["l"] + gates["r"]}
    return {
        "dleft": np.concatenate([dh[:d], dc * l]),  # (2d, m)
        "dright": np.concatenate([dh[d:], dc * r]),  # (2d, m)
        **{f"dU{gate}": dz @ h.T for gate, dz in gates.items()},  # (d, 2d)
        **{f"db{gate}": dz.sum(axis=1, keepdims=True) for gate, dz in biases.items()},  # (d, 1)
    }


def _memory_backward(dp: Array, o: Array, c: Array) -> tuple[Array, Array]:
    """Return the gradients at the argument of the output gate and at the memory, given that at [o * tanh(c); c]."""
    dh, dc = np.split(dp, 2)  # (d, m) each
    shown = np.tanh(c)  # (d, m)
    return dh * shown * o * (1 - o), dc + dh * o * (1 - shown**2)
