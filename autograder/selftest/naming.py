"""Of which automatic mistakes the name of a cause may be true.

Most causes only state a fact about the answers, such as that they are zero everywhere: a check verifies it, so it is
true of the answers that it has seen. Others say what was done to the code. For these it is laid down here which kinds
of mutants they can mean; named for any other mutant they are wrong, even where the fact beside them is true.
"""

from __future__ import annotations

LEFT_OUT = frozenset({"missing term", "missing statement", "overwritten", "constant", "one branch always"})
BOUNDS = frozenset({"index", "slice", "missing slice", "range", "constant", "comparison", "operator", "missing term"})
TURNED = frozenset({"sides turned round", "arguments swapped", "entries swapped"})
TRANSPOSED = frozenset({"transpose", "missing transpose"})
AXES = frozenset({"axis", "missing keyword", "constant"})
FUNCTIONS = frozenset({"function", "missing function"})
SCALED = frozenset({"missing term", "operator", "constant"})
MEANT: dict[str, frozenset[str]] = {
    "off by one": BOUNDS,
    "wrong sign": TURNED | {"operator", "missing sign", "constant", "missing term"},
    "transposed axis": TURNED | TRANSPOSED | AXES,
    "wrong axis": TRANSPOSED | AXES | {"missing function", "entries swapped"},
    "sum against mean": SCALED | AXES | FUNCTIONS,
    "n or n - 1": SCALED | {"missing keyword"},
    "root of a length": SCALED | FUNCTIONS,
    "base of the logarithm": frozenset({"function"}),
    "one within the logarithm": SCALED | {"function"},
    "missing bias": LEFT_OUT,
    "missing term": LEFT_OUT,
    "missing factor": LEFT_OUT | {"function"},
    "a term twice": frozenset({"operator", "constant", "another key"}),
    "constant factor": SCALED | FUNCTIONS | {"missing statement"},
    "constant term": SCALED | FUNCTIONS | {"missing statement"},
    "scaled by an input": SCALED | FUNCTIONS | {"another key", "sides turned round"},
    "reciprocal": TURNED | SCALED,
    "complement": TURNED | SCALED | {"comparison"},
    "changed in place": frozenset({"in place", "missing function"}),
    "float32": frozenset(),
    "whole numbers": frozenset({"operator", "in place"}),
    "softmax missing": frozenset({"missing function"}),
    "activation missing": frozenset({"missing function"}),
    "another activation": frozenset({"function"}),
    "activation twice": frozenset(),
    "root missing": frozenset({"missing function", "missing term"}),
    "square missing": frozenset({"missing function", "missing term"}),
    "logarithm missing": frozenset({"missing function"}),
    "exponential missing": frozenset({"missing function"}),
    "presence, not count": LEFT_OUT | {"operator"},
    "repetition lost": LEFT_OUT | {"operator"},
    "repeated indices": frozenset({"in place", "overwritten"}),
    "order reversed": frozenset(
        {"range", "missing function", "slice", "constant", "missing sign", "arguments swapped"}
    ),
    "mixed up": TURNED | {"another key", "index", "constant"},
    "always the last": LEFT_OUT | {"index", "range", "another key", "in place"},
    "always the first": LEFT_OUT | {"index", "range", "another key", "in place"},
}


def can_be(cause: str, kind: str) -> bool | None:
    """Return whether a cause can be true of a mutant of this kind; None if it says nothing of the code."""
    return kind in MEANT[cause] if cause in MEANT else None
