"""What people see in the terminal: a student's words are nothing but words there."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from autograder.cli import words
from autograder.cli.words import SafeConsole, one_line, print_results, print_summary
from autograder.conversation import Verdict
from autograder.grade import CheckResult, Grade, GradeRecord, Stamp
from autograder.submission import HandedIn

COMMANDS = ["\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\r", "\x08", "\u202e", "\ud800"]


def _record(student: str, message: str) -> GradeRecord:
    result = CheckResult("f", "values", "Right", 0, 1, Verdict("failed", message))
    stamp = Stamp("a", "digest", "versions", 1, "full")
    return GradeRecord(student, "a.ipynb", "digest", stamp, "A", 1, Grade((result,)), "now")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the commands write, as it would reach a terminal without colours."""
    file = io.StringIO()
    monkeypatch.setattr(words, "console", lambda **_: SafeConsole(file=file, width=100, soft_wrap=True))
    return file


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_no_word_of_a_student_commands_the_terminal(command: str, written: io.StringIO, tmp_path: object) -> None:
    record = _record(f"ada{command}", f"f: it raised ValueError: {command}.")
    print_results(record.grade.results)
    print_summary([record], HandedIn((), (f"x{command}.txt",)), tmp_path, tmp_path)  # type: ignore[arg-type]
    text = written.getvalue()
    assert "it raised ValueError" in text
    assert command not in text
    assert "\x1b" not in text
    text.encode()


def test_colours_of_our_own_are_kept() -> None:
    file = io.StringIO()
    SafeConsole(file=file, force_terminal=True, color_system="standard").print(Text("passed\x1b[2J", style="green"))
    Console(file=(plain := io.StringIO()), force_terminal=True, color_system="standard").print(
        Text("passed\ufffd[2J", style="green")
    )
    assert file.getvalue() == plain.getvalue() != ""


def test_a_line_break_in_a_message_forges_no_verdict(written: io.StringIO) -> None:
    print_results(_record("eve", "f: it raised ValueError: x\npassed   1/1  f").grade.results)
    assert [line[:6] for line in written.getvalue().splitlines()] == ["failed", "      ", "      "]


def test_a_line_break_in_a_name_forges_no_line() -> None:
    assert one_line("eve\n2/2 ada: 100 of 100") == "eve 2/2 ada: 100 of 100"
