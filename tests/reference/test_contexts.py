"""Contexts: which words are paired, and how a gradient finds its way back to the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.embeddings.contexts import (
    cbow_pairs,
    concatenated_context,
    concatenated_context_gradient,
    mean_context,
    mean_context_gradient,
    skip_gram_pairs,
)
from tests.reference.oracles import Draw, assert_agree, central_differences

if TYPE_CHECKING:
    from reference.activations import Array

CONTEXT = np.array([3, 0, 3, 4])  # a word may occur twice in its context


def test_skip_gram_pairs_each_word_with_its_neighbours() -> None:
    assert skip_gram_pairs([7, 8, 9], 1) == [(7, 8), (8, 7), (8, 9), (9, 8)]
    assert skip_gram_pairs([7, 8, 9], 5) == [(7, 8), (7, 9), (8, 7), (8, 9), (9, 7), (9, 8)]
    assert skip_gram_pairs([7], 5) == []
    assert skip_gram_pairs([], 5) == []
    assert len(skip_gram_pairs(range(100), 5)) == 2 * sum(100 - distance for distance in range(1, 6))


def test_cbow_has_the_same_neighbours_gathered_and_leaves_out_a_word_alone() -> None:
    assert cbow_pairs([7, 8, 9], 1) == [([8], 7), ([7, 9], 8), ([8], 9)]
    assert cbow_pairs([7], 5) == []
    sentence = [1, 2, 3, 1, 2]
    gathered = [(centre, each) for context, centre in cbow_pairs(sentence, 2) for each in context]
    assert gathered == skip_gram_pairs(sentence, 2)


def test_the_gradient_of_the_mean_agrees_with_central_differences() -> None:
    draw = Draw(1)
    W, dh = draw(5, 3), draw(3)

    def loss(W: Array) -> float:
        return float(dh @ mean_context(W, CONTEXT))

    assert_agree({"dW": mean_context_gradient(dh, W, CONTEXT)}, central_differences(loss, W=W), 1e-8)


def test_the_gradient_of_the_concatenation_agrees_with_central_differences() -> None:
    draw = Draw(2)
    W, dh = draw(5, 3), draw(12)

    def loss(W: Array) -> float:
        return float(dh @ concatenated_context(W, CONTEXT))

    assert_agree({"dW": concatenated_context_gradient(dh, W, CONTEXT)}, central_differences(loss, W=W), 1e-8)
