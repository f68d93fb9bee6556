"""The check `decomposition`: right factors pass whatever their signs, wrong ones fail with the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.conversation import Ask, Call, Case, Reply, Setting, SlipName, Verdict, drive
from autograder.local import LocalSession
from plugins.checks.decomposition import decomposition

Svd = Callable[[Any], Any]
RANDOM = np.random.default_rng(3)
ORTHONORMAL = [np.linalg.qr(RANDOM.standard_normal((n, 3)))[0] for n in (5, 4)]
MATRICES = [(ORTHONORMAL[0] * values) @ ORTHONORMAL[1].T for values in ([3.0, 2.0, 1.0], [2.0, 2.0, 0.5])]


def svd(X: Any) -> Any:
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return U[:, :2], s[:2], Vt[:2]


def turned_and_transposed(X: Any) -> Any:
    U, s, Vt = rotated_where_values_are_equal(X)
    return -U, s, -Vt.T


def judged(student: Any, slips: dict[str, Svd] | None = None) -> Verdict:
    cases = tuple(Case({"X": X}, label=f"matrix {number}") for number, X in enumerate(MATRICES))
    names = tuple(SlipName(name, f"It is {name}.") for name in slips or {})
    known = {"svd": svd, **(slips or {})}

    def answer(questions: list[Call | Ask]) -> list[Reply]:
        return [_answer(question, student, known) for question in questions]

    return drive(decomposition(Setting("svd", cases, ("U", "s", "Vt"), names)), answer)


def _answer(question: Call | Ask, student: Any, known: dict[str, Svd]) -> Reply:
    of_student = isinstance(question, Call)
    function = student if of_student else known[getattr(question, "slip", None) or "svd"]
    return LocalSession({"svd": function}).call([Call("svd", question.arguments)])[0]


def turned(X: Any) -> Any:
    U, s, Vt = svd(X)
    signs = np.array([-1.0, 1.0])
    return U * signs, s, Vt * signs[:, None]


def rotated_where_values_are_equal(X: Any) -> Any:
    U, s, Vt = svd(X)
    if not np.isclose(s[0], s[1]):
        return U, s, Vt
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    return U @ rotation, s, rotation.T @ Vt


@pytest.mark.parametrize("right", [svd, turned, rotated_where_values_are_equal, lambda X: list(svd(X))])
def test_right_factors_pass_whatever_is_free_in_them(right: Svd) -> None:
    assert judged(right).outcome == "passed"


WRONG: dict[str, tuple[Svd, str]] = {
    "one factor turned alone": (lambda X: (-svd(X)[0], *svd(X)[1:]), "((U * s) @ Vt)["),
    "weights in the wrong order": (lambda X: (svd(X)[0][:, ::-1], svd(X)[1], svd(X)[2][::-1]), "((U * s) @ Vt)["),
    "weights put into the columns": (lambda X: (svd(X)[0] * svd(X)[1], *svd(X)[1:]), "((U * s) @ Vt)["),
    "columns twice as long": (lambda X: (2 * svd(X)[0], svd(X)[1] / 2, svd(X)[2]), "(U.T @ U)["),
    "rows twice as long": (lambda X: (svd(X)[0], svd(X)[1] / 2, 2 * svd(X)[2]), "(Vt @ Vt.T)["),
    "V in the place of its transpose": (lambda X: (*svd(X)[:2], svd(X)[2].T), "its transpose has the right shape"),
    "no number": (lambda X: (svd(X)[0] * np.nan, *svd(X)[1:]), "((U * s) @ Vt)["),
    "two results": (lambda X: svd(X)[:2], "expected 3 entries: U, s, Vt"),
    "text": (lambda X: (np.full((5, 2), "a"), *svd(X)[1:]), "U is "),
    "an error": (lambda X: 1 / 0, "ZeroDivisionError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_factors_fail_with_the_place_and_are_named_where_they_are_known(name: str) -> None:
    wrong, words = WRONG[name]
    verdict = judged(wrong, {"another": lambda X: X, name: wrong})
    assert verdict.outcome == "failed"
    assert words in verdict.message
    assert (verdict.slip, verdict.hint) == (name, f"It is {name}.")


def test_a_known_mistake_is_named_whatever_the_signs_beside_it() -> None:
    verdict = judged(turned_and_transposed, {"V in the place of its transpose": lambda X: (*svd(X)[:2], svd(X)[2].T)})
    assert verdict.slip == "V in the place of its transpose"


def test_a_changed_input_fails() -> None:
    def in_place(X: Any) -> Any:
        found = svd(X)
        X[:] = 0
        return found

    verdict = judged(in_place)
    assert verdict.outcome == "failed"
    assert "changed its input `X`" in verdict.message
