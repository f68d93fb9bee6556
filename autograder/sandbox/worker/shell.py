"""An in-process IPython shell that runs cells and records what they show, as a notebook would, within bounds."""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import mmap
import subprocess
import sys
import types
from dataclasses import dataclass, field
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from .calls import error_words, place_of, student_frames
from .confine import MEGABYTE, RESERVE_MB

RICH_LIMIT = 2_000_000
OUTPUTS_LIMIT = 200
TRACEBACK_LINES = 60
SETTING_UP = ("matplotlib", "load_ext", "reload_ext", "conda", "mamba", "pip", "uv")
PLAIN_PYTHON = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass
class Recorder:
    """The outputs of one cell, as notebook outputs; text beyond the limit is counted out, not kept."""

    characters: int = 20_000
    outputs: list[dict[str, Any]] = field(default_factory=list)
    left: int = 20_000
    rich_left: int = RICH_LIMIT

    def clear(self) -> None:
        """Forget everything, as a new cell does, or `clear_output`."""
        self.outputs = []
        self.left, self.rich_left = self.characters, RICH_LIMIT

    def text(self, name: str, text: str) -> None:
        """Add to a stream; adjacent pieces of one stream are one output."""
        if self.left <= 0:
            return
        part = text[: self.left]
        self.left -= len(part)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"].append(part)
        elif len(self.outputs) < OUTPUTS_LIMIT:
            self.outputs.append({"output_type": "stream", "name": name, "text": [part]})
        if self.left <= 0:
            self.outputs.append(
                {"output_type": "stream", "name": "stderr", "text": ["\n[the rest of the output was cut]"]}
            )

    def rich(self, kind: str, data: dict[str, Any]) -> None:
        """Add something displayed, or a cell's last value."""
        plain = {mime: _as_text(value) for mime, value in data.items() if isinstance(value, (str, bytes))}
        size = sum(len(value) for value in plain.values())
        if size > self.rich_left or len(self.outputs) >= OUTPUTS_LIMIT:
            plain = {"text/plain": "[an output was too large to keep]"}
        self.rich_left -= min(size, self.rich_left)
        self.outputs.append({"output_type": kind, "data": plain, "metadata": {}})

    def error(self, name: str, value: str, lines: list[str]) -> None:
        """Add a traceback."""
        kept = [line[: self.characters] for line in lines[-TRACEBACK_LINES:]]
        self.outputs.append({"output_type": "error", "ename": name, "evalue": value[:2000], "traceback": kept})

    def finished(self) -> list[dict[str, Any]]:
        """Return the outputs with the pieces of each stream joined."""
        return [
            output | {"text": "".join(output["text"])} if output["output_type"] == "stream" else output
            for output in self.outputs
        ]


def _as_text(value: str | bytes) -> str:
    return value if isinstance(value, str) else base64.b64encode(value).decode()


class Stream:
    """What stands in the place of `sys.stdout` and `sys.stderr` while a cell runs."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, recorder: Recorder, name: str) -> None:
        """Write into this recorder."""
        self.recorder, self.name = recorder, name

    def write(self, text: str) -> int:
        """Record text."""
        self.recorder.text(self.name, str(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Record several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def isatty(self) -> bool:
        """Say that nobody is watching."""
        return False

    def fileno(self) -> int:
        """Return a descriptor that leads nowhere."""
        return 1

    def writable(self) -> bool:
        """Say that writing is possible."""
        return True


class RecordingPublisher(DisplayPublisher):
    """Takes what `display` publishes."""

    def publish(self, data: dict[str, Any], *_: Any, **__: Any) -> None:
        """Record a display."""
        self.shell.recorder.rich("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        """Forget the cell's outputs."""
        self.shell.recorder.clear()


class RecordingHook(DisplayHook):
    """Takes the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Write no prompt."""

    def write_output_prompt(self) -> None:
        """Write no prompt."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        """Record the value in all its forms."""
        self.shell.recorder.rich("execute_result", format_dict)  # type: ignore[union-attr]

    def finish_displayhook(self) -> None:
        """Write no newline."""


class CellCompiler(CachingCompiler):
    """Names code after its cell, so that errors say where they come from."""

    cell = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Return the name under which tracebacks know the running cell."""
        return f"<cell {self.cell}>"


class Reserve:
    """Address space held back, so that an error can be told when a cell has taken all that it may have."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self.held: mmap.mmap | None = None

    def take(self) -> None:
        """Hold it (again), if there is room; nothing is ever written there, so it is no memory in use."""
        if self.held is None:
            with contextlib.suppress(OSError):
                self.held = mmap.mmap(-1, RESERVE_MB * MEGABYTE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

    def release(self) -> None:
        """Let it be used."""
        if self.held is not None:
            self.held.close()
            self.held = None


class Shell(InteractiveShell):
    """IPython without a terminal, a kernel, a history or a user."""

    displayhook_class = Type(RecordingHook)
    display_pub_class = Type(RecordingPublisher)
    compiler_class = Type(CellCompiler)
    compile: CellCompiler
    recorder: Recorder
    reserve: Reserve
    seconds = 60.0

    def enable_gui(self, gui: str | None = None) -> None:
        """Accept `%matplotlib` of any kind: figures are inline."""

    def transform_cell(self, raw_cell: str) -> Any:
        """Leave plain Python as it is: IPython's own transformation reads every token, for cells that need none."""
        try:
            compile(raw_cell, "<cell>", "exec", PLAIN_PYTHON)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return super().transform_cell(raw_cell)
        one_line = len(raw_cell.splitlines()) == 1  # where a bare `ls` is a magic
        return super().transform_cell(raw_cell) if one_line else raw_cell + "\n"

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Let a magic that sets up what is not here do nothing: the lines below it may define what is judged."""
        if magic_name not in SETTING_UP and self.find_line_magic(magic_name) is not None:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        try:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        except Exception as error:
            sys.stderr.write(f"%{magic_name} had no effect: {error_words(error)}\n")
            return None

    def ask_exit(self) -> None:
        """Let `exit` and `quit` end nothing."""

    def system(self, cmd: str) -> None:
        """Run `!command` with no input, within the time of a cell."""
        try:
            done = subprocess.run(
                self.var_expand(cmd, depth=1),
                shell=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            sys.stdout.write((late.stdout or b"").decode(errors="replace") + "\n[the command was stopped]\n")
            return
        sys.stdout.write(done.stdout.decode(errors="replace"))
        self.user_ns["_exit_code"] = done.returncode

    system_piped = system_raw = system

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Record the error that is being handled, with the frames of the notebook alone."""
        error = sys.exc_info()[1]
        self.reserve.release()
        if error is not None:
            frames = [f"{place_of(frame)}: {frame.line}" for frame in student_frames(error)]
            self.recorder.error(type(error).__name__, error_words(error), frames)

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Record a cell that is not Python, with the line that is not."""
        error = sys.exc_info()[1]
        if isinstance(error, SyntaxError):
            lines = [f"line {error.lineno}: {(error.text or '').rstrip()}"]
            self.recorder.error(type(error).__name__, error.msg, lines)

    def run(self, number: int, source: str) -> dict[str, Any]:
        """Run one cell; whatever it does to the streams is undone afterwards."""
        self.recorder.clear()
        self.compile.cell = number
        streams, hook = (sys.stdout, sys.stderr), sys.displayhook
        sys.stdout, sys.stderr = Stream(self.recorder, "stdout"), Stream(self.recorder, "stderr")
        try:
            failed = self._run(source)
        finally:
            (sys.stdout, sys.stderr), sys.displayhook = streams, hook
        return {"status": "error" if failed else "ok", "error": failed, "outputs": self.recorder.finished()}

    def _run(self, source: str) -> str:
        try:
            result = self.run_cell(source, store_history=False)
        except BaseException as error:
            self.reserve.release()
            self.recorder.error(type(error).__name__, error_words(error), [])
            return f"{type(error).__name__}: {error_words(error)}"[:2000]
        raised = result.error_before_exec or result.error_in_exec
        return f"{type(raised).__name__}: {error_words(raised)}"[:2000] if raised else ""


def make_shell(characters: int) -> Shell:
    """Return a shell whose namespace is a real `__main__`, and which starts no thread and opens no file."""
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.colors = "nocolor"
    Shell.recorder = Recorder(characters)
    Shell.reserve = Reserve()
    shell: Shell = Shell.instance(config=config, user_module=main)
    return shell
