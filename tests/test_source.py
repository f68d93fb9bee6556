"""A function's source, taken out of its module together with all that it needs, runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder import source
from reference.attention.beam_search import beam_search
from reference.attention.decoder import decoder_forward
from reference.attention.weights import attention_weights

if TYPE_CHECKING:
    from collections.abc import Callable


def taken_out(*functions: Callable[..., Any]) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(source.with_imports(functions), namespace)
    return namespace


def test_what_stands_in_a_default_is_defined_before_it() -> None:
    """The decoder's part is attention_forward, whose own parts are defined before that, whoever asked for them first."""
    found = taken_out(decoder_forward, attention_weights)
    assert found["decoder_forward"].__kwdefaults__["attend"] is found["attention_forward"]
    assert found["attention_forward"].__kwdefaults__["weigh"] is found["attention_weights"]


def test_a_class_brings_along_what_it_is_made_from() -> None:
    """Hypotheses are a NamedTuple, which is needed at run time, unlike the names in annotations."""
    search = taken_out(beam_search)["beam_search"]
    log_p = np.log([0.25, 0.75])
    [best] = search(None, lambda state, word: (log_p, state), start=0, end=1, longest=3, width=1)
    assert best.words == ()
    assert best.score == pytest.approx(log_p[1])
