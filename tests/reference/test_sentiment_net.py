"""Trees level by level: the same numbers as node by node, and a net that learns what words alone do not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from reference.counts.vocabulary import build_vocabulary
from reference.data.sentiment_trees import NEGATIVE_CLASS, POSITIVE_CLASS, generate_sentiment_trees
from reference.trees.forest import plant
from reference.trees.recursive_net import recursive_backward, recursive_forward
from reference.trees.sentiment import node_sentiment_backward, node_sentiment_forward
from reference.trees.sentiment_net import (
    Layer,
    SentimentNet,
    Tensor,
    TreeLstm,
    node_loss,
    root_classes,
    train_sentiment_net,
)
from tests.reference.compositions import LAYER, TENSOR, TREE_LSTM, Composition
from tests.reference.oracles import assert_agree, gradient

if TYPE_CHECKING:
    from reference.activations import Array
    from reference.trees.tree import Tree

TREES: list[Tree] = [((0, 1), (2, (3, 1))), 4, ((((0, 1), 2), 3), 4), (4, 4)]
LABELS = [[0, 1, 2, 2, 1, 0, 0, 1, 2], [1], [2, 2, 0, 1, 1, 0, 2, 0, 1], [0, 0, 2]]
TWINS: dict[str, tuple[Any, Composition]] = {
    "layer": (Layer, LAYER),
    "tensor": (Tensor, TENSOR),
    "tree_lstm": (TreeLstm, TREE_LSTM),
}
EACH = pytest.mark.parametrize(("module", "composition"), TWINS.values(), ids=TWINS)


def drawn_net(module: Any) -> SentimentNet:
    torch.manual_seed(1)
    return SentimentNet(6, d=4, composition=module).double()


def test_a_forest_has_words_first_and_parts_below_their_phrases() -> None:
    forest = plant([(0, (1, 2)), 3])
    assert forest.words.tolist() == [0, 1, 2, 3]
    assert [level.tolist() for level in forest.levels] == [[[1], [2]], [[0], [4]]]
    assert forest.place.tolist() == [0, 1, 2, 4, 5, 3]
    assert forest.roots.tolist() == [4, 5]


@EACH
def test_the_twin_has_the_loss_and_the_gradients_of_the_trees_one_by_one(module: Any, composition: Composition) -> None:
    net = drawn_net(module)
    parameters = {name.split(".")[-1]: value.detach().numpy() for name, value in net.named_parameters()}
    L, composed = parameters["L"], {name: parameters[name] for name in composition.shapes(4, 4)}
    flat = [label for labels in LABELS for label in labels]
    loss = node_loss(net, (plant(TREES), torch.tensor(flat)))
    torch.autograd.backward(loss)

    total, sums = 0.0, {f"d{name}": np.zeros(array.shape) for name, array in parameters.items()}
    for tree, labels in zip(TREES, LABELS, strict=True):
        p, cache = recursive_forward(tree, L, composed, leaf=composition.leaf, compose=composition.compose)
        J, _, judged = node_sentiment_forward(p, labels, parameters)
        found: dict[str, Array] = node_sentiment_backward(judged)
        parts = {"leaf_backward": composition.leaf_backward, "compose_backward": composition.compose_backward}
        found |= recursive_backward(found.pop("dp"), cache, **parts)
        total += J
        sums = {name: sums[name] + found[name] for name in sums}
    np.testing.assert_allclose(loss.item() * len(flat), total, rtol=1e-12)
    theirs = {f"d{name.split('.')[-1]}": len(flat) * gradient(value) for name, value in net.named_parameters()}
    assert_agree(sums, theirs)


@EACH
def test_the_gradients_of_the_twin_pass_torch_s_own_check(module: Any, composition: Composition) -> None:
    net, forest = drawn_net(module), plant(TREES[:1])
    names = [name for name, _ in net.named_parameters()]

    def scores(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(net, dict(zip(names, values, strict=True)), (forest,))

    assert torch.autograd.gradcheck(scores, tuple(value.detach().requires_grad_() for value in net.parameters()))


def examples(count: int) -> tuple[list[Any], int]:
    samples = generate_sentiment_trees(count, np.random.default_rng(1))
    words = build_vocabulary([sample.tokens for sample in samples])
    numbered = [sample.label.numbered(words.encode(sample.tokens).tolist()) for sample in samples]
    return [(tree, sample.label.classes()) for tree, sample in zip(numbered, samples, strict=True)], len(words)


def test_a_training_that_resumes_ends_with_the_numbers_of_one_that_did_not_stop() -> None:
    trees, V = examples(40)
    found = []
    for stops in ((5,), (2, 5)):
        torch.manual_seed(1)
        net, state = SentimentNet(V, d=4), None
        for steps in stops:
            state = train_sentiment_net(net, trees, seed=1, steps=steps, size=16, state=state)
        found.append(net.Ws.tolist())
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.parametrize(("module", "d", "epochs"), [(Layer, 24, 5), (Tensor, 12, 6), (TreeLstm, 24, 3)])
def test_a_net_over_the_trees_is_far_better_than_one_that_sees_the_words(module: Any, d: int, epochs: int) -> None:
    samples = generate_sentiment_trees(6000, np.random.default_rng(1))
    texts, good = [" ".join(sample.tokens) for sample in samples], [sample.label.value > 0 for sample in samples]
    counted = CountVectorizer().fit_transform(texts)
    words = LogisticRegression(max_iter=1000).fit(counted[:5000], good[:5000]).score(counted[5000:], good[5000:])

    trees, V = examples(6000)
    torch.manual_seed(0)
    net = SentimentNet(V, d, composition=module)
    train_sentiment_net(net, trees[:5000], seed=1, epochs=epochs)
    classes = root_classes(net, [tree for tree, _ in trees[5000:]])
    right = [{True: POSITIVE_CLASS, False: NEGATIVE_CLASS}[value] for value in good[5000:]]
    assert np.mean(np.equal(classes, right)) > words + 0.2
