"""Counting the steps that Python takes while a function works, and noting which functions it calls.

A step is a line that runs, each turn of a loop anew, or a call of Python code; what NumPy does within one of its own
functions is no step. So the count is the same on every machine at every time, and grows with loops alone.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

NAMES_LIMIT = 2000
NAME_LENGTH = 100


class Watch:
    """Counts and notes while a function works; a debugger that was there before is put back afterwards."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self.steps = 0
        self.called: set[str] = set()

    def over(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same function, watched."""

        def watched(*arguments: Any, **keywords: Any) -> Any:
            before = sys.gettrace(), sys.getprofile()
            sys.setprofile(self._note)
            sys.settrace(self._count)
            try:
                return function(*arguments, **keywords)
            finally:
                sys.settrace(before[0])
                sys.setprofile(before[1])

        return watched

    def _count(self, _frame: FrameType, event: str, _: object) -> Any:
        self.steps += event in ("line", "call")
        return self._count

    def _note(self, frame: FrameType, event: str, function: Any) -> None:
        if event not in ("call", "c_call") or len(self.called) >= NAMES_LIMIT:
            return
        if function in (sys.settrace, sys.setprofile):
            return
        name = _name_of_code(frame) if event == "call" else _name_of_builtin(function)
        self.called.add(name[:NAME_LENGTH])

    @property
    def seen(self) -> dict[str, Any]:
        """What there is to tell, in values of the closed list."""
        return {"steps": self.steps, "called": sorted(self.called)}


def _name_of_code(frame: FrameType) -> str:
    code = frame.f_code
    return f"{frame.f_globals.get('__name__', '')}.{getattr(code, 'co_qualname', code.co_name)}"


def _name_of_builtin(function: Any) -> str:
    owner = type(getattr(function, "__self__", None))
    module = getattr(function, "__module__", None)
    return f"{module or f'{owner.__module__}.{owner.__name__}'}.{function.__name__}"
