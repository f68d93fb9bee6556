"""The `check` that stands in for the real one while a notebook is graded."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.build.inert import INERT_CHECK


@pytest.mark.parametrize(
    "call",
    [
        "check('step')",
        "check()",
        "check(step=1)",
        "check.before_submitting()",
        "check.before_submitting(1, b=2)",
        "check.all()",
    ],
)
def test_inert_check_answers_whatever_is_called(call: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No call of it stops a notebook."""
    namespace: dict[str, Any] = {}
    exec(INERT_CHECK, namespace)
    assert eval(call, namespace) is None
    assert capsys.readouterr().out.count("\n") == 1


def test_inert_check_needs_nothing() -> None:
    """Neither an import nor a name of ours."""
    assert "import" not in INERT_CHECK
