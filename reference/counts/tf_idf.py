"""TF-IDF: counts in which a word weighs the more, the fewer documents it occurs in.

A word that is everywhere tells documents apart no better than no word at all. So the number of times that a word occurs
in a document (term frequency) is multiplied by a weight that falls with the number of documents that have it (inverse
document frequency).

    smooth:    idf_w = log((1 + D) / (1 + df_w)) + 1          then every row is brought to length one
    textbook:  idf_w = log(D / df_w)                          and the rows are left as they are

    X_dw = C_dw idf_w

C (D, V) counts V words in D documents, df_w is the number of documents that have the word w, idf (V,) its weight.
The smooth form is that of scikit-learn: it counts one more document that has every word once, so that no quotient has a
zero in it, and adds one, so that a word that is everywhere still weighs something.

K. Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", Journal of
Documentation 28 (1972).
Left out: sublinear term frequencies (1 + log C), and corrections for the length of a document such as BM25.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reference.counts.rows import as_rows, scale_columns, unit_rows

if TYPE_CHECKING:
    from reference.counts.rows import Rows, Vector


def document_frequency(C: Rows) -> Vector:
    """Count the documents that have each word.

    Arguments:
        C (D, V): how often each word occurs in each document, dense or sparse

    Returns df (V,): the number of rows of C that are larger than zero in each column.
    """
    df: Vector = (as_rows(C) > 0).sum(axis=0).astype(np.float64)
    return df  # (V,)


def inverse_document_frequency(C: Rows, form: str = "smooth") -> Vector:
    """Weigh each word by how few documents have it.

    Arguments:
        C (D, V): how often each word occurs in each document, dense or sparse
        form: "smooth" for log((1 + D) / (1 + df)) + 1, "textbook" for log(D / df); anything else raises a ValueError

    Returns idf (V,). In the textbook's form, a word that no document has gets the weight 0.
    """
    if form not in {"smooth", "textbook"}:
        message = f"form must be 'smooth' or 'textbook', not {form!r}"
        raise ValueError(message)
    D, df = as_rows(C).shape[0], document_frequency(C)
    smooth: Vector = np.log((1 + D) / (1 + df)) + 1
    textbook: Vector = np.log(D / np.where(df > 0, df, D))
    return smooth if form == "smooth" else textbook


def tf_idf(C: Rows, form: str = "smooth") -> Rows:
    """Weigh the counts of each word by how few documents have it.

    Arguments:
        C (D, V): how often each word occurs in each document, dense or sparse
        form: "smooth" for the idf log((1 + D) / (1 + df)) + 1 and rows of length one, where a row of zeros stays as it
            is; "textbook" for the idf log(D / df) and rows of any length; anything else raises a ValueError

    Returns X (D, V): C times idf, word by word; sparse if C is.
    """
    return weigh(C, inverse_document_frequency(C, form), form)


def weigh(C: Rows, idf: Vector, form: str = "smooth") -> Rows:
    """Weigh counts by an idf that is known already, such as that of the documents a model was trained on.

    Arguments:
        C (D, V): how often each word occurs in each document, dense or sparse
        idf (V,): the weight of each word
        form: "smooth" for rows of length one, where a row of zeros stays as it is; "textbook" for rows of any length

    Returns X (D, V): C times idf, word by word; sparse if C is.
    """
    X = scale_columns(as_rows(C), idf)  # (D, V)
    return unit_rows(X) if form == "smooth" else X
