"""The handout's template: what `stub("f")`, `points("f")` and their like stand for, and what is wrong with it."""

from __future__ import annotations

import ast
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any

from autograder import source
from autograder.errors import AssignmentError
from autograder.spelling import did_you_mean
from autograder.variant import in_words

if TYPE_CHECKING:
    import jinja2

    from autograder.assignment import Assignment, Value
    from autograder.solution import Solution

HANDOUT = "handout.md"


class Student:
    """What the handout's functions stand for in the student's notebook."""

    def __init__(self, assignment: Assignment, solution: Solution) -> None:
        """Speak of this assignment."""
        self.assignment = assignment
        self.solution = solution
        self.shown: set[str] = set()
        self.said: set[str] = set()
        self.public: list[str] = []

    def stub(self, function: str) -> str:
        """Return the signature and docstring of a task's function."""
        self.assignment.task(function)
        self.shown.add(function)
        self.public.append(self._code(function).rstrip())
        return self.public[-1]

    def _code(self, function: str) -> str:
        return source.stub(self.solution.function(function))

    def given(self) -> str:
        """Return the code that the assignment hands out whole."""
        self.said.update(self.solution.values)
        text = self.solution.given_source
        tasks = [task.function for task in self.assignment.tasks]
        for name in _defined(text):
            if name in tasks:
                raise AssignmentError(f"the given code holds the task {name!r} whole: students would read its solution")
        self.public.append(text.rstrip())
        return self.public[-1]

    def on_purpose(self, text: str) -> str:
        """Return code that students are meant to read, though it is a line of the solution."""
        self.public.append(text)
        return text

    def variant(self, constant: str) -> Value:
        """Return the value of one of the variant's constants."""
        if constant not in self.solution.values:
            hint = did_you_mean(constant, self.solution.values)
            raise AssignmentError(f"[variants] of assignment.toml has no {constant!r}{hint}")
        self.said.add(constant)
        return self.solution.values[constant]

    def points(self, function: str) -> str:
        """Return the points of a task."""
        return f"{self.assignment.task(function).points:g}"

    def names(self) -> dict[str, Any]:
        """Return everything that a handout may name."""
        return {
            "stub": self.stub,
            "given": self.given,
            "variant": self.variant,
            "shown": self.on_purpose,
            "points": self.points,
            "title": self.assignment.title,
            "total": f"{self.assignment.points:g}",
        }


class Instructor(Student):
    """What they stand for in the instructor's notebook: the whole solution."""

    def __init__(self, assignment: Assignment, solution: Solution) -> None:
        """Speak of this assignment; what the notebook has already is not repeated."""
        super().__init__(assignment, solution)
        self.there = {task.function for task in assignment.tasks} | set(assignment.given)
        self.imported = set((assignment.folder / HANDOUT).read_text(encoding="utf-8").splitlines())

    def _code(self, function: str) -> str:
        own = self.solution.function(function)
        others = source.companions([own], self.there)
        self.there.update(other.__name__ for other in others)
        texts = [source.whole(each).rstrip() for each in (*others, own)]
        return "\n\n\n".join([*self._imports([*others, own]), *self._constants([*others, own]), *texts])

    def _constants(self, functions: list[Any]) -> list[str]:
        lines = source.constants_of(functions, self.solution.values)
        new = [line for line in lines if line not in self.imported]
        self.imported.update(new)
        return ["\n".join(new)] if new else []

    def _imports(self, functions: list[Any]) -> list[str]:
        modules = dict.fromkeys(each.__module__ for each in functions)
        lines = dict.fromkeys(line for module in modules for line in source.imports_of(sys.modules[module], functions))
        new = [line for line in lines if line not in self.imported]
        self.imported.update(new)
        return ["\n".join(new)] if new else []


def render(speaker: Student) -> str:
    """Return the handout's Markdown; AssignmentError names the line of what cannot be, and tasks that have no stub."""
    environment = _environment(speaker)
    template = _template(environment, speaker.assignment)
    known = speaker.names()
    try:
        text = template.render(known)
    except Exception as error:
        raise AssignmentError(f"{HANDOUT}, line {_line_of(error)}: {_words(error, known)}") from error
    missing = [task.function for task in speaker.assignment.tasks if task.function not in speaker.shown]
    if missing:
        calls = ", ".join(f'<%= stub("{name}") %>' for name in missing)
        raise AssignmentError(f"{HANDOUT} shows no stub for every task; missing: {calls}")
    unsaid = [name for name in speaker.solution.values if name not in speaker.said]
    if unsaid:
        raise AssignmentError(f"{HANDOUT} does not tell students their {unsaid[0]}; say <%= given() %> in a code cell")
    return _with_variant(speaker.assignment, text)


def _with_variant(assignment: Assignment, text: str) -> str:
    """Return the text below the line by which a notebook says which numbers it has."""
    own = in_words(assignment.variant)
    return f"*Your own numbers: `{own}`.*\n\n{text}" if own else text


def _environment(speaker: Student) -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(speaker.assignment.folder),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  (Markdown and Python are written here, not HTML)
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<%=",
        variable_end_string="%>",
        comment_start_string="<%#",
        comment_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(environment: jinja2.Environment, assignment: Assignment) -> jinja2.Template:
    import jinja2

    try:
        return environment.get_template(HANDOUT)
    except jinja2.TemplateNotFound:
        raise AssignmentError(f"{assignment.folder} has no {HANDOUT}, from which the notebook is made") from None
    except jinja2.TemplateSyntaxError as error:
        raise AssignmentError(f"{HANDOUT}, line {error.lineno}: {error.message}") from error
    except UnicodeDecodeError as error:
        raise AssignmentError(f"{HANDOUT} is not UTF-8: {error}") from error


def _line_of(error: Exception) -> int | str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename.endswith(HANDOUT)]
    return lines[-1] or "?" if lines else "?"


def _words(error: Exception, known: dict[str, Any]) -> str:
    undefined = re.fullmatch(r"'(\w+)' is undefined", str(error))
    if undefined:
        return f"{undefined[1]!r} is not defined{did_you_mean(undefined[1], known)}"
    return str(error) if isinstance(error, AssignmentError) else f"{type(error).__name__}: {error}"


def _defined(text: str) -> list[str]:
    tree = ast.parse(text)
    return [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
