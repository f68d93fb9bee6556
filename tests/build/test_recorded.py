"""Values as JSON, questions by their digests, and answers found again."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from autograder.build.bundle.plain import Reader, Writer
from autograder.build.bundle.recorded import Keys, record, replayed
from autograder.conversation import Ask, Kept, Made, Opaque, Reply, Seeded, Sparse, Tensor

VALUES: list[Any] = [
    None, True, 3, 1 << 70, 0.1, float("inf"), -0.0, "ü\ud800", b"\0\xff", 1 + 2j, [1, (2, [])], {1: "a", "1": ("b",)},
    np.arange(6.0).reshape(2, 3).T, np.array(["a", "bcd"]), np.array(3, dtype=np.int8), np.float32(0.1),
    np.zeros((0, 2)), np.array([True]), np.array([1, 2], dtype=">i4"), Kept("cache", (0, "W")),
    Made("tree", ([1],), {"n": 2}), Seeded(5), Opaque("thing"), Tensor(np.ones(2, np.float32)),
    Sparse((2, 2), np.ones(1), np.zeros(1, np.int32), np.array([0, 1, 1], np.int32)),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    """Type, dtype, shape and every bit."""
    writer = Writer()
    text = json.dumps([writer.tree(value), writer.arrays])
    tree, arrays = json.loads(text)
    back = Reader(arrays).value(tree)
    assert type(back) is type(value)
    assert repr(back) == repr(value).replace("dtype='>i4'", "dtype=int32")


def test_a_value_outside_the_closed_list_is_refused() -> None:
    """Nothing is pickled."""
    with pytest.raises(TypeError, match="object is not one of the values"):
        Writer().tree(object())
    with pytest.raises(TypeError, match="dtype object"):
        Writer().tree(np.array([object()]))


def test_equal_questions_have_equal_keys_and_others_do_not() -> None:
    """Function, arguments, their kinds, keywords and slip all count; the memory layout of an array does not."""
    array = np.arange(4.0).reshape(2, 2)
    asks = [
        Ask("f", (array,)), Ask("g", (array,)), Ask("f", (array.T,)), Ask("f", (array.astype(np.float32),)),
        Ask("f", (array.tolist(),)), Ask("f", (), {"x": array}), Ask("f", (array,), slip="s"), Ask("f", (1,)),
        Ask("f", (True,)), Ask("f", (1.0,)), Ask("f", ((1,),)), Ask("f", ([1],)),
        Ask("f", (array,), through={"a": "b"}),
    ]  # fmt: skip
    keys = [Keys().key(ask) for ask in asks]
    assert len(set(keys)) == len(keys)
    assert Keys().key(Ask("f", (np.asfortranarray(array),))) == keys[0]


def test_what_is_kept_is_known_by_the_question_that_kept_it() -> None:
    """The same name for two caches makes two questions, and a method call changes its instance."""
    keys, other = Keys(), Keys()
    keys.key(Ask("forward", (1,), keep="cache"))
    other.key(Ask("forward", (2,), keep="cache"))
    backward = Ask("backward", (Kept("cache")[0],))
    assert keys.key(backward) != other.key(backward)
    add = Ask("add", (1,), on="cache")
    assert keys.key(add) != keys.key(add)


def test_an_answer_is_found_by_its_question() -> None:
    """With its arguments as they stood afterwards, if they changed; what is not there says so."""
    ask, still = Ask("f", (np.zeros(2),), {"by": 3}), Ask("g", (np.zeros(2),))
    writer = Writer()
    answers = {
        Keys().key(ask): record(ask, Reply("value", 5, arguments=(np.ones(2),), keywords={"by": 3}), writer),
        Keys().key(still): record(still, Reply("error", error="no", arguments=(np.zeros(2),)), writer),
    }
    answers = json.loads(json.dumps(answers))
    changed, same, none = (replayed(answers, Reader(writer.arrays), Keys(), each) for each in (ask, still, Ask("h")))
    assert (changed.status, changed.value, changed.keywords) == ("value", 5, {"by": 3})
    assert np.array_equal(changed.arguments[0], np.ones(2))
    assert (same.status, same.error) == ("error", "no")
    assert np.array_equal(same.arguments[0], np.zeros(2))
    assert none == Reply("unrecorded")
