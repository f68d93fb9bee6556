"""Counting how often lines of Python run while a function works, and noting which functions it calls.

Each turn of a loop runs its lines once more, and so does each call of a function; what NumPy does within one of its own
functions runs none. So how often the busiest line ran tells of loops alone, and is the same on every machine.
"""

from __future__ import annotations

import sys
import sysconfig
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
SHARE = 4
"""A line within a library that runs no more than so many times as often as the notebook's own follows from that."""
NAMES_LIMIT = 2000
NAME_LENGTH = 100


class Watch:
    """Counts and notes while a function works; a debugger that was there before is put back afterwards."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self.runs: Counter[tuple[int, int]] = Counter()
        self.codes: dict[int, CodeType] = {}
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

    def _count(self, frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            self.runs[id(frame.f_code), frame.f_lineno] += 1
        else:
            self.codes[id(frame.f_code)] = frame.f_code  # so that no other code can have its identity
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
        told: dict[str, Any] = {"called": sorted(self.called)}
        for identity, line in self._busiest():
            told |= {
                "steps": self.runs[identity, line],
                "busiest": _name_of_line(self.codes[identity], line)[:NAME_LENGTH],
            }
        return told

    def _busiest(self) -> list[tuple[int, int]]:
        """Return the line that ran most often: the notebook's own, where one within a library follows from that."""
        ranked = [place for place, _ in self.runs.most_common()]
        own = [place for place in ranked if not _is_of_library(self.codes[place[0]])]
        follows = bool(own) and SHARE * self.runs[own[0]] >= self.runs[ranked[0]]
        return (own if follows else ranked)[:1]


def _is_of_library(code: CodeType) -> bool:
    return code.co_filename.startswith((*LIBRARIES, "<__array_function__"))


def _name_of_line(code: CodeType, line: int) -> str:
    """Return where a line stands, counted from the first one of its function."""
    if not code.co_name.isidentifier():
        return f"a {code.co_name.strip('<>')}"
    return f"line {line - code.co_firstlineno + 1} of `{code.co_name}`"


def _name_of_code(frame: FrameType) -> str:
    code = frame.f_code
    return f"{frame.f_globals.get('__name__', '')}.{getattr(code, 'co_qualname', code.co_name)}"


def _name_of_builtin(function: Any) -> str:
    owner = type(getattr(function, "__self__", None))
    module = getattr(function, "__module__", None)
    return f"{module or f'{owner.__module__}.{owner.__name__}'}.{function.__name__}"
