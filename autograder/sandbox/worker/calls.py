"""Answering one call beside the student's functions; the child, the student's own notebook and the reference use it."""

from __future__ import annotations

import contextlib
import copy
import io
import traceback
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .values import Kept, Made, Seeded, Sparse, Tensor, to_real, to_wire
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PRINTED_LIMIT = 4000
ERROR_LIMIT = 600


class BoundedText(io.StringIO):
    """A text stream that remembers its first characters and forgets the rest."""

    def __init__(self, limit: int) -> None:
        """Keep at most `limit` characters."""
        super().__init__()
        self.left = limit

    def write(self, text: str) -> int:
        """Take what still fits."""
        part = text[: self.left]
        self.left -= len(part)
        super().write(part)
        return len(text)


@dataclass
class Functions:
    """A namespace that answers calls: the student's or the reference's functions, what is given, and what is kept.

    `capture` takes what a call prints; it replaces the process's streams for that long, so it is not for threads.
    """

    namespace: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    capture: bool = True

    def answer(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a call gave, in values of the closed list: status, value, error, what it printed.

        `call` has the entries function, arguments, keywords, keep, on and watched. The arguments as they stand
        afterwards are among the answer only if the call has changed them.
        """
        printed = BoundedText(PRINTED_LIMIT)
        try:
            function = self._function(call["function"], call["on"])
        except LookupError as error:
            return {"status": "missing", "error": str(error)}
        try:
            arguments = to_real(call["arguments"], self._special)
            keywords = to_real(call["keywords"], self._special)
        except LookupError as error:
            return {"status": "error", "error": str(error)}
        except Exception as error:  # the notebook's own class, which was to build an argument
            return {"status": "error", "error": describe_error(error)}
        with self._streams_to(printed):
            if call["watched"]:
                watch = Watch()
                outcome = self._run(watch.over(function), arguments, keywords, call["keep"]) | watch.seen
            else:
                outcome = self._run(function, arguments, keywords, call["keep"])
        outcome["printed"] = printed.getvalue()
        if unchanged(call["arguments"], arguments) and unchanged(call["keywords"], keywords):
            return outcome
        return outcome | {
            "arguments": self._afterwards(call["arguments"], arguments),
            "keywords": self._afterwards(call["keywords"], keywords),
        }

    @contextlib.contextmanager
    def _streams_to(self, printed: BoundedText) -> Iterator[None]:
        if not self.capture:
            yield
            return
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), _usual_severity():
            yield

    def _run(self, function: Callable[..., Any], arguments: Any, keywords: Any, keep: str | None) -> dict[str, Any]:
        try:
            value = function(*arguments, **keywords)
            if keep is not None:
                self.kept[keep] = value
            return {"status": "value", "value": to_wire(value)}
        except BaseException as error:
            return {"status": "error", "error": describe_error(error)}

    def _function(self, name: str, on: str | None) -> Callable[..., Any]:
        found = self.namespace.get(name) if on is None else getattr(self.kept.get(on), name, None)
        if found is None:
            raise LookupError("it is not defined")
        if not callable(found):
            raise LookupError(f"it is {type(found).__name__}, not a function")  # noqa: TRY004  (a name looked up)
        return found  # type: ignore[no-any-return]

    def _special(self, value: Kept | Made) -> Any:
        if isinstance(value, Made):
            return self._make(value)
        part = self.kept.get(value.name)
        for key in value.path:
            try:
                part = part[key]  # type: ignore[index]
            except (TypeError, LookupError, AttributeError):
                where = "".join(f"[{key!r}]" for key in value.path)
                raise LookupError(f"the result of `{value.name}` has no entry {where}") from None
        return _copied(part)

    def _make(self, value: Made) -> Any:
        """Build what is to be made, by the notebook's own definition, which its other code knows; else by the given."""
        make = self.namespace.get(value.function) or self.given[value.function]
        arguments = to_real(value.arguments, self._special)
        return make(*arguments, **to_real(dict(value.keywords), self._special))

    def _afterwards(self, sent: Any, now: Any) -> Any:
        """Return the arguments as they stand; what was kept or made stays a name, since it has no other form."""
        if isinstance(sent, (Kept, Made)):
            return sent
        if isinstance(sent, (tuple, list)) and isinstance(now, (tuple, list)) and len(sent) == len(now):
            items = [self._afterwards(old, new) for old, new in zip(sent, now, strict=True)]
            return tuple(items) if isinstance(now, tuple) else items
        return to_wire(now)


@contextlib.contextmanager
def _usual_severity() -> Iterator[None]:
    """Let what is a warning everywhere be one, whatever the notebook has set: inputs may be larger than its own."""
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"), warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


def _copied(part: Any) -> Any:
    """Return a copy; a generator, a lock or a tensor within a graph has none, and is handed over itself."""
    try:
        return copy.deepcopy(part)
    except Exception:
        return part


def unchanged(sent: Any, now: Any) -> bool:
    """Whether an argument still is what was sent; of what was kept or made, which was a copy, nothing is said."""
    if isinstance(sent, (Kept, Made)):
        return True
    if isinstance(sent, np.ndarray):
        same_kind = isinstance(now, np.ndarray) and now.shape == sent.shape and now.dtype == sent.dtype
        return same_kind and now.tobytes() == sent.tobytes()
    if isinstance(sent, (tuple, list)):
        same_kind = type(now) is type(sent) and len(now) == len(sent)
        return same_kind and all(unchanged(old, new) for old, new in zip(sent, now, strict=True))
    if isinstance(sent, dict):
        return type(now) is dict and list(now) == list(sent) and all(unchanged(sent[key], now[key]) for key in sent)
    if isinstance(sent, (Tensor, Sparse, Seeded)):
        return False
    return now is sent or (type(now) is type(sent) and now == sent)


def describe_error(error: BaseException) -> str:
    """Return an error as its student should read it: its kind, its words, and the line of theirs that raised it."""
    text = f"{type(error).__name__}: {error_words(error)}".rstrip(": ")
    frames = student_frames(error)
    if frames:
        text += f" (in {place_of(frames[-1])}: {(frames[-1].line or '').strip()})"
    return text[:ERROR_LIMIT]


def error_words(error: object) -> str:
    """Return the text of an error, whatever its class does when it is asked."""
    try:
        return str(error)
    except Exception:
        return "an error whose text cannot be shown"


def student_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames that lie in cells of the notebook, and not in a library or in this folder."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if frame.filename.startswith("<cell ") or "ipykernel_" in frame.filename]


def place_of(frame: traceback.FrameSummary) -> str:
    """Return where a frame lies, in words."""
    cell = frame.filename.strip("<>") + ", " if frame.filename.startswith("<cell ") else ""
    function = "" if frame.name == "<module>" else f" of {frame.name}"
    return f"{cell}line {frame.lineno}{function}"
