"""The rules of fairness for backward passes, on a function small enough to see: y = w x, with the cache (w, x)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.conversation import Ask, Call, Case, Reply, Setting, Verdict, drive
from autograder.local import LocalSession
from plugins.checks import gradients

Functions = dict[str, Callable[..., Any]]
PLAN = {"forward": "forward", "upstream": [0], "cache": 1, "gives": {"dw": "w", "dx": "x"}}


def forward(w: Any, x: Any) -> Any:
    return w @ x, (w, x)


def backward(dy: Any, cache: Any) -> Any:
    w, x = cache
    return {"dw": dy @ x.T, "dx": w.T @ dy}


RIGHT: Functions = {"forward": forward, "backward": backward}


def _case(seed: int, *, zeros: bool = False, size: int = 3) -> Case:
    random = np.random.default_rng(seed)
    x = np.zeros((size, 2)) if zeros else random.standard_normal((size, 2))
    return Case({"w": random.standard_normal((4, size)), "x": x}, label=f"size={size}")


def _judge(
    student: Functions,
    *,
    fixed: bool = True,
    failed: frozenset[str] = frozenset(),
    right: tuple[int, ...] = (),
    **case: Any,
) -> Verdict:
    cases = _case(1, **case), _case(2, **case)
    setting = Setting("backward", cases, failed=failed, right={"forward": frozenset(right)}, seed=5)
    reference, session = LocalSession(RIGHT), LocalSession(student)

    def answer(questions: list[Call | Ask]) -> list[Reply]:
        return [
            session.call([each])[0]
            if isinstance(each, Call)
            else reference.call([Call(each.function, each.arguments, each.keywords)])[0]
            for each in questions
        ]

    return drive(gradients(setting, **PLAN, fixed_cache=fixed), answer)  # type: ignore[arg-type]


def test_a_right_backward_pass_passes_with_and_without_a_fixed_cache() -> None:
    assert _judge(RIGHT).outcome == "passed"
    assert _judge(RIGHT, fixed=False).outcome == "passed"


def test_large_inputs_are_measured_along_random_directions() -> None:
    assert _judge(RIGHT, fixed=False, size=120).outcome == "passed"
    wrong = RIGHT | {"backward": lambda dy, cache: backward(dy, cache) | {"dw": 1.001 * (dy @ cache[1].T)}}
    verdict = _judge(wrong, fixed=False, size=120)
    assert verdict.outcome == "failed"
    assert "random direction" in verdict.message


def test_a_forward_with_a_single_result_has_an_upstream_gradient_too() -> None:
    """What is no tuple is its own first entry, for the reference and for a student whose own forward is another."""

    def single(scale: float) -> Functions:
        return {
            "forward": lambda w, x: scale * w @ x,
            "backward": lambda dy, w, x: {"dw": scale * dy @ x.T, "dx": scale * w.T @ dy},
        }

    def verdict(student: Functions) -> str:
        plan = PLAN | {"cache": None}
        setting = Setting("backward", (_case(1), _case(2)), seed=5)
        reference, session = LocalSession(single(1.0)), LocalSession(student)
        ends = {Call: session, Ask: reference}

        def answer(questions: list[Call | Ask]) -> list[Reply]:
            return [ends[type(each)].call([Call(each.function, each.arguments)])[0] for each in questions]

        return drive(gradients(setting, **plan), answer).outcome  # type: ignore[arg-type]

    assert verdict(single(1.0)) == verdict(single(2.0)) == "passed"
    assert verdict(single(1.0) | {"backward": single(2.0)["backward"]}) == "failed"


def test_a_wrong_gradient_is_named_with_its_entry() -> None:
    wrong = RIGHT | {"backward": lambda dy, cache: backward(dy, cache) | {"dx": np.zeros_like(cache[1])}}
    for fixed in (True, False):
        verdict = _judge(wrong, fixed=fixed)
        assert verdict.outcome == "failed"
        assert "dx[" in verdict.message


def test_a_cache_of_ones_own_passes_by_ones_own_forward() -> None:
    own = {
        "forward": lambda w, x: (w @ x, {"both": (x, w)}),
        "backward": lambda dy, cache: {"dw": dy @ cache["both"][0].T, "dx": cache["both"][1].T @ dy},
    }
    assert _judge(own).outcome == "passed"


def test_a_wrong_forward_does_not_sink_the_backward_that_fits_it() -> None:
    doubled = {
        "forward": lambda w, x: (2 * w @ x, (w, x)),
        "backward": lambda dy, cache: {name: 2 * value for name, value in backward(dy, cache).items()},
    }
    verdict = _judge(doubled, failed=frozenset({"forward"}))
    assert verdict.outcome == "passed"
    assert verdict.carried_forward


def _turncoat() -> Functions:
    """Return a right forward function that becomes a sum once a backward pass is judged, and the sum's gradient."""
    asked = []

    def forward(w: Any, x: Any) -> Any:
        return (np.full((4, 2), w.sum() + x.sum()), {"of": (w, x)}) if asked else (w @ x, {"of": (w, x)})

    def backward(dy: Any, cache: Any) -> Any:
        asked.append(True)
        return {name: np.full_like(part, dy.sum()) for name, part in zip(("dw", "dx"), cache["of"], strict=True)}

    return {"forward": forward, "backward": backward}


@pytest.mark.parametrize("fixed", [True, False])
def test_a_forward_that_was_right_cannot_become_one_whose_gradient_takes_no_work(fixed: bool) -> None:
    assert _judge(_turncoat(), fixed=fixed).outcome == "passed"  # by a forward of which nothing is known
    assert _judge(_turncoat(), fixed=fixed, right=(0,)).outcome == "failed"
    own = {"forward": lambda w, x: (w @ x, [x, w]), "backward": lambda dy, cache: backward(dy, cache[::-1])}
    assert _judge(own, fixed=fixed, right=(0,)).outcome == "passed"


def test_a_forward_of_zeros_proves_nothing() -> None:
    nothing = {
        "forward": lambda w, x: (np.zeros((4, 2)), (w, x)),
        "backward": lambda dy, cache: {"dw": np.zeros_like(cache[0]), "dx": np.zeros_like(cache[1])},
    }
    assert _judge(nothing).outcome == "failed"


def test_inputs_in_another_order_are_not_degenerate_where_some_are_zero() -> None:
    turned = {
        "forward": lambda w, x: (w[:, ::-1] @ x, (w, x)),
        "backward": lambda dy, cache: {"dw": (dy @ cache[1].T)[:, ::-1], "dx": cache[0][:, ::-1].T @ dy},
    }
    assert _judge(turned, zeros=True).outcome == "passed"


def test_a_backward_pass_that_spoils_the_upstream_gradient_fails_by_either_way() -> None:
    def spoils(dy: Any, cache: Any) -> Any:
        found = backward(dy, cache)
        dy *= 0
        return found

    for fixed in (True, False):
        verdict = _judge(RIGHT | {"backward": spoils}, fixed=fixed)
        assert verdict.outcome == "failed"
        assert "changed its inputs" in verdict.message


def test_a_backward_pass_that_spoils_the_cache_of_a_fixed_layout_fails() -> None:
    def spoils(dy: Any, cache: Any) -> Any:
        found = backward(dy, cache)
        cache[1][:] = 0
        return found

    verdict = _judge(RIGHT | {"backward": spoils})
    assert verdict.outcome == "failed"
    assert "changed its inputs" in verdict.message


@pytest.mark.parametrize("result", [None, 3, {}, {"dw": None, "dx": 1}, {"dw": "x", "dx": "y"}, (1, 2), [np.zeros(2)]])
def test_a_result_of_any_kind_is_judged(result: Any) -> None:
    for fixed in (True, False):
        assert _judge(RIGHT | {"backward": lambda dy, cache: result}, fixed=fixed).outcome == "failed"


def test_a_result_with_keys_without_end_makes_no_message_without_end() -> None:
    many = {str(n): n for n in range(10_000)}
    for fixed in (True, False):
        verdict = _judge(RIGHT | {"backward": lambda dy, cache: many}, fixed=fixed)
        assert len(verdict.message) < 500
        assert verdict.evidence is not None
        assert len(verdict.evidence.got) < 500


@pytest.mark.parametrize("fixed", [True, False])
def test_a_wrong_gradient_has_a_likely_cause(fixed: bool) -> None:
    minus = RIGHT | {"backward": lambda dy, cache: backward(dy, cache) | {"dw": -(dy @ cache[1].T)}}
    swapped = RIGHT | {"backward": lambda dy, cache: dict(zip(("dx", "dw"), backward(dy, cache).values(), strict=True))}
    assert _judge(minus, fixed=fixed).cause == "wrong sign"
    assert _judge(swapped, fixed=fixed).cause == "mixed up"


def test_a_gradient_that_would_be_right_for_another_upstream_is_told_so() -> None:
    wrong = RIGHT | {"backward": lambda dy, cache: {"dw": dy * 0 @ cache[1].T, "dx": cache[0].T @ (dy * 0 + 1)}}
    assert _judge(wrong).cause == "left at zero"
    without = RIGHT | {"backward": lambda dy, cache: backward(dy * 0 + 1, cache)}
    verdict = _judge(without)
    assert verdict.cause == "missing factor"
    assert "the first argument were 1 everywhere" in verdict.hint
