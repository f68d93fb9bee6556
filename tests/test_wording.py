"""What a student reads where a call gave no value, and that checks of one kind do not see the same inputs."""

import numpy as np
import pytest

from autograder.assignment import CheckPlan, Sampling
from autograder.conversation import Case, Made, Reply, Seeded, Setting
from autograder.setting import check_seed
from plugins.checks.values import values
from plugins.checks.wording import failed, no_value, signature

STUB = "NotImplementedError (in cell 3, line 2 of rnn_cell_forward: raise NotImplementedError)"


def _read(reply: Reply, function: str) -> str:
    difference = no_value(reply, function)
    assert difference is not None
    return failed(Setting(function, ()), Case({"x": 1}, "n=1"), difference).message


def test_a_stub_is_not_written_yet_and_what_calls_a_stub_is() -> None:
    assert "not written yet" in _read(Reply("error", error=STUB), "rnn_cell_forward")
    assert "it raised NotImplementedError (in cell 3" in _read(Reply("error", error=STUB), "rnn_forward")


def test_a_sentence_has_one_mark_at_its_end() -> None:
    missing = Reply("missing", error="it is not defined; `lstm_forwrd` was found, did you mean that?")
    assert _read(missing, "lstm_forward").endswith("did you mean that?")
    assert _read(Reply("timed out", error="It did not return within 5 seconds."), "f").endswith("seconds, with n=1.")


def test_an_answer_that_does_not_come_a_second_time_says_what_came_instead() -> None:
    conversation = values(Setting("f", (Case({"x": 1}, "n=1"),)))
    next(conversation)
    right = Reply("value", np.ones(2), "", (1,))
    assert conversation.send([right, right])
    with pytest.raises(StopIteration) as end:
        conversation.send([Reply("crashed", error="The process ended during the call.")])
    assert "right answer once, and then it ended the process" in end.value.value.message


def test_two_checks_that_differ_in_their_sampler_alone_draw_apart() -> None:
    plans = [CheckPlan("values", 1.0, Sampling(sampler)) for sampler in ("small", "large")]
    assert len({check_seed(7, "recurrent", "f", plan) for plan in plans}) == 2


def test_a_call_with_short_inputs_can_be_typed_in_and_one_with_long_ones_names_them() -> None:
    short = Case({"x": np.array([[0.123456789, 2.0]]), "words": ["a"], "table": {"W": np.ones(1), "how": (1,)}})
    assert signature("f", short) == "f(x=[[0.123457, 2]], words=['a'], table={'W': [1], 'how': (1,)})"
    built = Case({"tree": Made("Tree", (None, 2), {"depth": 1})})
    assert signature("f", built) == "f(tree=Tree(None, 2, depth=1))"
    assert signature("f", Case({"x": np.ones(30), "rate": 0.1})) == "f(x, rate)"
    assert signature("f", Case({"generator": Seeded(3), "n": 1})) == "f(generator, n)"
