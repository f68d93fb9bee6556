"""Torch tensors in float64 that are put together along the tree, autograd for every way back; written from the handout alone."""

import numpy as np
import torch


def _tensor(x):
    """A float64 copy of x."""
    return torch.tensor(np.asarray(x), dtype=torch.float64)


def _tensors(parameters, names=None):
    return {name: _tensor(parameters[name]) for name in (names or parameters)}


def _leaves(parameters):
    return {name: _tensor(value).requires_grad_(True) for name, value in parameters.items()}


def _gradients(leaves):
    """The gradients of leaves under their names with a leading d; zeros where nothing arrived."""
    return {
        f"d{name}": np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()
        for name, leaf in leaves.items()
    }


def _back_from_parts(compose, dp, left, right, parameters, names):
    """The gradients of compose(left, right, parameters), a function of tensors."""
    leaves = _leaves({"left": left, "right": right} | {name: parameters[name] for name in names})
    compose(leaves["left"], leaves["right"], leaves).backward(_tensor(dp))
    return _gradients(leaves)


# ---------------------------------------------------------------------------------------------- part 1


def _compose(left, right, p):
    return torch.tanh(p["W"] @ torch.cat([left, right]) + p["b"])


def compose_forward(left, right, parameters):
    p = _compose(_tensor(left), _tensor(right), _tensors(parameters, ("W", "b"))).numpy()
    return p, (p, left, right, parameters)


def compose_backward(dp, cache):
    _, left, right, parameters = cache
    return _back_from_parts(_compose, dp, left, right, parameters, ("W", "b"))


# ---------------------------------------------------------------------------------------------- part 2


def recursive_forward(tree, L, parameters):
    nodes = post_order(tree)
    columns, caches = [], []
    for node in nodes:
        if isinstance(node, tuple):
            column, cache = compose_forward(columns[node[0]], columns[node[1]], parameters)
        else:
            column, cache = L[:, [node]], None
        columns.append(column)
        caches.append(cache)
    return np.concatenate(columns, axis=1), (nodes, caches, L, parameters)


def _up(nodes, L, leaf, compose):
    """The states of all nodes as columns, with tensors."""
    columns = []
    for node in nodes:
        if isinstance(node, tuple):
            columns.append(compose(columns[node[0]], columns[node[1]]))
        else:
            columns.append(leaf(L[:, node : node + 1]))
    return torch.cat(columns, dim=1)


def recursive_backward(dp, cache):
    nodes, _, L, parameters = cache
    leaves = _leaves(parameters | {"L": L})
    p = _up(nodes, leaves["L"], lambda x: x, lambda left, right: _compose(left, right, leaves))
    p.backward(_tensor(dp))
    return _gradients(leaves)


# ---------------------------------------------------------------------------------------------- part 3


def _surprise(p, labels, tensors):
    """The summed cross-entropy of the nodes, and their scores."""
    z = tensors["Ws"] @ p[: tensors["Ws"].shape[1]] + tensors["bs"]
    J = torch.nn.functional.cross_entropy(z.T, torch.tensor(np.asarray(labels), dtype=torch.int64), reduction="sum")
    return J, z


def node_sentiment(p, labels, parameters):
    leaves = _leaves({"p": p, "Ws": parameters["Ws"], "bs": parameters["bs"]})
    J, z = _surprise(leaves["p"], labels, leaves)
    J.backward()
    return float(J.detach()), torch.softmax(z.detach(), dim=0).numpy(), _gradients(leaves)


class _Batch:
    """Some trees, laid out so that all phrases of one height can be computed side by side."""

    def __init__(self, trees, labels):
        self.N, leaves, words, levels = plant(trees)
        self.leaves, self.words = torch.tensor(leaves), torch.tensor(words)
        self.levels = [tuple(torch.tensor(each) for each in level) for level in levels]
        self.labels = [label for tree_labels in labels for label in tree_labels]

    def loss(self, tensors):
        """The cross-entropy as a mean over the nodes."""
        p = torch.zeros((tensors["L"].shape[0], self.N), dtype=torch.float64)
        p = p.index_copy(1, self.leaves, tensors["L"][:, self.words])
        for places, left, right in self.levels:
            p = p.index_copy(1, places, _compose(p[:, left], p[:, right], tensors))
        return _surprise(p, self.labels, tensors)[0] / self.N


def train(start, trees, labels, epochs, rate=0.02, batch=50):
    leaves = _leaves(start)
    optimiser = torch.optim.Adam(list(leaves.values()), lr=rate, eps=1e-3)
    batches = [_Batch(trees[k : k + batch], labels[k : k + batch]) for k in range(0, len(trees), batch)]
    losses = []
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        for each in batches:
            optimiser.zero_grad()
            J = each.loss(leaves)
            J.backward()
            for leaf in leaves.values():  # torch would leave out what a batch of single words does not need
                if leaf.grad is None:
                    leaf.grad = torch.zeros_like(leaf)
            optimiser.step()
            losses.append(float(J.detach()))
    return {name: leaf.detach().numpy().copy() for name, leaf in leaves.items()}, losses


# ---------------------------------------------------------------------------------------------- part 4


def _tensor_compose(left, right, p):
    u = torch.cat([left, right])
    return torch.tanh(torch.einsum("im,kij,jm->km", u, p["V"], u) + p["W"] @ u + p["b"])


def tensor_compose_forward(left, right, parameters):
    p = _tensor_compose(_tensor(left), _tensor(right), _tensors(parameters, ("V", "W", "b"))).numpy()
    return p, (p, left, right, parameters)


def tensor_compose_backward(dp, cache):
    _, left, right, parameters = cache
    return _back_from_parts(_tensor_compose, dp, left, right, parameters, ("V", "W", "b"))


# ---------------------------------------------------------------------------------------------- part 5


def _lstm_leaf(x, p):
    i, o = (torch.sigmoid(p[f"W{gate}"] @ x + p[f"b{gate}"]) for gate in "io")
    c = i * torch.tanh(p["Wu"] @ x + p["bu"])
    return torch.cat([o * torch.tanh(c), c])


def _lstm_compose(left, right, p):
    """The state of a phrase with tensors, and all that the cache holds of it: (p, (i, o, u, l, r, c))."""
    d = len(p["bi"])
    h = torch.cat([left[:d], right[:d]])
    i, o = (torch.sigmoid(p[f"U{gate}"] @ h + p[f"b{gate}"]) for gate in "io")
    u = torch.tanh(p["Uu"] @ h + p["bu"])
    keep_left, keep_right = (torch.sigmoid(p[f"U{gate}"] @ h + p["bf"]) for gate in "lr")
    c = i * u + keep_left * left[d:] + keep_right * right[d:]
    return torch.cat([o * torch.tanh(c), c]), (i, o, u, keep_left, keep_right, c)


LSTM_COMPOSITION = ("Ui", "Uo", "Uu", "Ul", "Ur", "bi", "bo", "bu", "bf")


def tree_lstm_compose_forward(left, right, parameters):
    p, kept = _lstm_compose(_tensor(left), _tensor(right), _tensors(parameters, LSTM_COMPOSITION))
    return p.numpy(), (*(each.numpy() for each in kept), left, right, parameters)


def tree_lstm_gradients(tree, labels, L, parameters):
    leaves = _leaves(parameters | {"L": L})
    p = _up(
        post_order(tree),
        leaves["L"],
        lambda x: _lstm_leaf(x, leaves),
        lambda left, right: _lstm_compose(left, right, leaves)[0],
    )
    J, _ = _surprise(p, labels, leaves)
    J.backward()
    return float(J.detach()), _gradients(leaves)


# ---------------------------------------------------------------------------------------------- part 6


def greedy_tree(words, L, parameters):
    if len(words) == 0:
        raise ValueError("a sentence has one word at least")
    parts = [(int(word), L[:, [int(word)]], 1) for word in words]
    while len(parts) > 1:
        vectors = np.concatenate([vector for _, vector, _ in parts], axis=1)
        counts = np.array([count for _, _, count in parts])
        p, E, _ = reconstruction_forward(vectors[:, :-1], vectors[:, 1:], counts[:-1], counts[1:], parameters)
        k = int(np.argmin(E))
        (left, _, many), (right, _, more) = parts[k : k + 2]
        parts[k : k + 2] = [((left, right), p[:, [k]], many + more)]
    return parts[0][0]


def _reconstruct(left, right, share, p):
    """The vector of a phrase and its error, with tensors; share is that of the left part's words."""
    u = torch.cat([left, right])
    a = torch.tanh(p["We"] @ u + p["be"])
    phrase = a / torch.linalg.vector_norm(a)
    r_left, r_right = (p["Wd"] @ phrase + p["bd"] - u).chunk(2)
    return phrase, share * (r_left**2).sum() + (1 - share) * (r_right**2).sum()


def reconstruction_gradients(tree, L, parameters):
    leaves = _leaves(parameters | {"L": L})
    columns, counts, errors = [], [], []
    for node in post_order(tree):
        if isinstance(node, tuple):
            left, right = node
            count = counts[left] + counts[right]
            column, error = _reconstruct(columns[left], columns[right], counts[left] / count, leaves)
            errors.append(error)
        else:
            column, count = leaves["L"][:, node : node + 1], 1
        columns.append(column)
        counts.append(count)
    if not errors:
        return 0.0, _gradients(leaves)
    J = torch.stack(errors).sum()
    J.backward()
    return float(J.detach()), _gradients(leaves)
