"""Analogies: the word that is to c as b is to a.

If "woman" differs from "man" as "queen" differs from "king", then b - a + c lies near the answer. 3CosAdd looks for the
word nearest to that point. A sum, though, is ruled by its largest term; 3CosMul multiplies the three similarities
instead, so that each of them must be right.

    3CosAdd    argmax over w of cos(w, b - a + c)
    3CosMul    argmax over w of cos'(w, b) cos'(w, c) / (cos'(w, a) + epsilon),   cos' = (cos + 1) / 2

W (V, d) are the vectors of all words, of length one; a, b and c (m, d) those of m questions, of length one. The words
of a question are never its answer.

T. Mikolov, W. Yih, G. Zweig, "Linguistic regularities in continuous space word representations", NAACL (2013): 3CosAdd.
O. Levy, Y. Goldberg, "Linguistic regularities in sparse and explicit word representations", CoNLL (2014): 3CosMul.
Left out: the search for pairs that stand in a relation, and relations given by more than one pair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from reference.vectors.neighbours import best, known_row

if TYPE_CHECKING:
    from reference.vectors.word_vectors import Matrix, WordVectors

Scores = Callable[["Matrix", "Matrix", "Matrix", "Matrix"], "Matrix"]


def three_cos_add(W: Matrix, a: Matrix, b: Matrix, c: Matrix) -> Matrix:
    """Score every word as the answer to a : b, c : ?, by its cosine with b - a + c.

    Arguments:
        W (V, d): the vectors of all words, each of length one
        a (m, d), b (m, d), c (m, d): the words of m questions, each of length one

    Returns (m, V): the cosine of each word with each question's b - a + c; all 0 where that is the zero vector.
    """
    targets = b - a + c  # (m, d)
    lengths = np.linalg.norm(targets, axis=1, keepdims=True)  # (m, 1)
    scores: Matrix = targets / np.where(lengths > 0, lengths, 1) @ W.T  # (m, V)
    return scores


def three_cos_mul(W: Matrix, a: Matrix, b: Matrix, c: Matrix, epsilon: float = 0.001) -> Matrix:
    """Score every word as the answer to a : b, c : ?, by the product of its similarities.

    Arguments:
        W (V, d): the vectors of all words, each of length one
        a (m, d), b (m, d), c (m, d): the words of m questions, each of length one
        epsilon: keeps the quotient finite where a word is the opposite of a

    Returns (m, V): cos'(w, b) cos'(w, c) / (cos'(w, a) + epsilon), where cos' = (cos + 1) / 2 lies between 0 and 1.
    """
    to_a, to_b, to_c = ((x @ W.T + 1) / 2 for x in (a, b, c))  # (m, V) each
    scores: Matrix = to_b * to_c / (to_a + epsilon)
    return scores


def complete_analogy(
    vectors: WordVectors, a: str, b: str, c: str, count: int = 10, scores: Scores = three_cos_add
) -> list[tuple[str, float]]:
    """Answer a : b, c : ? with the best words and their scores, best first, in the words' order where scores are equal.

    Raises KeyError, with near misses, for a word that has no vector. `scores` is three_cos_add or three_cos_mul.
    """
    rows = [known_row(vectors, word) for word in (a, b, c)]
    unit = vectors.unit  # (V, d)
    return best(vectors, scores(unit, *(unit[[row]] for row in rows))[0], count, leave_out=rows)
