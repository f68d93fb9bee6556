"""Positive pointwise mutual information: how much more often two words meet than they would by chance.

A frequent word has large counts beside every other word. Dividing by what chance would give leaves what is particular
to a pair, and the logarithm makes a half as far from one as a double. What is rarer than chance is set to zero: too few
meetings are counted in any text to say how rare.

    PMI_ij  = log( P(i, j) / (P(i) P(j)) ) = log( C_ij C.. / (C_i. C_.j) )
    PPMI_ij = max(PMI_ij - log k, 0)                                           0 where C_ij = 0

C (V, V) or (V, V_c) holds how often the word i is met with the context j; C_i., C_.j and C.. are sums over a row, a
column and all of it; k is a shift, 1 for none. Raising the counts of contexts to the power alpha, P(j) = C_.j^alpha /
sum_l C_.l^alpha, makes rare contexts look likelier, so that they no longer have the highest scores.

K. W. Church and P. Hanks, "Word association norms, mutual information, and lexicography", Computational Linguistics 16
(1990); the shift is from O. Levy and Y. Goldberg, "Neural word embedding as implicit matrix factorization", NIPS 2014,
where k is skip-gram's number of negative samples; alpha from O. Levy, Y. Goldberg and I. Dagan, "Improving
distributional similarity with lessons learned from word embeddings", TACL 3 (2015), who advise 0.75.
Left out: PMI below zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from reference.counts.rows import as_rows

if TYPE_CHECKING:
    from reference.counts.rows import Rows


def ppmi(C: Rows, alpha: float = 1.0, shift: float = 1.0) -> Rows:
    """Compute the positive pointwise mutual information of every word with every context.

    Arguments:
        C (V, V_c): how often each word is met with each context, dense or sparse; no entry is below zero
        alpha: the power to which the counts of contexts are raised, 1 for the plain form
        shift: the k whose logarithm is subtracted before what is below zero is cut off, 1 for the plain form

    Returns M (V, V_c): max(log(P(i, j) / (P(i) P(j))) - log k, 0), and 0 where C is 0; sparse if C is.
    """
    C = as_rows(C)
    met = sparse.coo_array(C)  # the N pairs that were met: met.row, met.col, met.data, each (N,)
    met.eliminate_zeros()
    words, contexts = C.sum(axis=1), C.sum(axis=0) ** alpha  # (V,), (V_c,)
    by_chance = words[met.row] * contexts[met.col] / contexts.sum()  # (N,)
    scores = np.maximum(np.log(met.data / by_chance) - np.log(shift), 0)  # (N,)
    M = sparse.csr_array((scores, (met.row, met.col)), shape=C.shape)
    M.eliminate_zeros()
    return M if sparse.issparse(C) else M.toarray()  # (V, V_c)
