"""Driving the checks in the student's own process, against answers that were recorded."""

from __future__ import annotations

import importlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograder.bars import Bar
from autograder.build.bundle.plain import Reader
from autograder.build.bundle.recorded import Keys, replayed
from autograder.conversation import Ask, Call, Case, Reply, Setting, SlipName, Verdict, drive
from autograder.grade import CheckResult
from autograder.local import LocalSession

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LATER = Verdict("unjudged", "This is judged after submission.")


class Assignment:
    """What the bundle knows of its assignment; a task's cases are read when they are needed."""

    def __init__(self, folder: Path) -> None:
        """Read from the folder of the bundle."""
        self.folder = folder

    @cached_property
    def stated(self) -> dict[str, Any]:
        """Title, tasks and limits."""
        return self._read("assignment.json")

    @property
    def title(self) -> str:
        """The assignment's title."""
        return str(self.stated["title"])

    @property
    def tasks(self) -> list[str]:
        """The names of the functions to write."""
        return list(self.stated["tasks"])

    def task(self, name: str) -> dict[str, Any]:
        """Return a task's checks with their public cases and recorded answers."""
        return self._read(f"cases/{name}.json")

    def given(self, namespace: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the assignment hands out whole, by name: the notebook's own, or else the bundle's."""
        found = {name: namespace[name] for name in self.stated["given"] if name in namespace}
        missing = [name for name in self.stated["given"] if name not in found]
        if missing:
            module = importlib.import_module(f"{__package__}.given")
            found |= {name: getattr(module, name) for name in missing}
        return found

    def _read(self, path: str) -> dict[str, Any]:
        stated: dict[str, Any] = json.loads((self.folder / path).read_text(encoding="utf-8"))
        return stated


class NotebookSession:
    """The student's functions where they are; Ctrl-C stops a check as it stops a cell."""

    def __init__(self, namespace: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        """Call functions of this namespace."""
        self.inner = LocalSession(namespace, given)
        self.printed = ""

    def call(self, calls: list[Call]) -> list[Reply]:
        """Return one reply for each call; what the first talkative call printed is kept."""
        return [self._call(call) for call in calls]

    def _call(self, call: Call) -> Reply:
        [reply] = self.inner.call([call])
        if reply.status == "error" and reply.error.startswith("KeyboardInterrupt"):
            raise KeyboardInterrupt
        self.printed = self.printed or reply.printed
        return reply


class Answers:
    """Answers one check: calls by the student's functions, asks from the recording."""

    def __init__(self, session: NotebookSession, recorded: Mapping[str, Any], reader: Reader) -> None:
        """Answer from these recorded answers, by key."""
        self.session = session
        self.recorded = recorded
        self.reader = reader
        self.keys = Keys()
        self.unrecorded = False
        self.valueless = False
        self.through: set[str] = set()

    def answer(self, questions: list[Call | Ask]) -> list[Reply]:
        """Return one reply for each question."""
        return [self._ask(each) if isinstance(each, Ask) else self._call(each) for each in questions]

    def _call(self, call: Call) -> Reply:
        [reply] = self.session.call([call])
        self.valueless = self.valueless or reply.status != "value"
        return reply

    def _ask(self, ask: Ask) -> Reply:
        reply = replayed(self.recorded, self.reader, self.keys, ask)
        self.unrecorded = self.unrecorded or reply.status == "unrecorded"
        self.through.update(ask.through.values())
        return reply


def judge(assignment: Assignment, task: str, namespace: Mapping[str, Any]) -> tuple[list[CheckResult], str]:
    """Return the verdicts on one task, and what its function printed."""
    return Judge(assignment, namespace).results(task)


class Judge:
    """Judges tasks, and where it matters the parts that they are built from."""

    def __init__(self, assignment: Assignment, namespace: Mapping[str, Any]) -> None:
        """Judge the functions of this namespace."""
        self.assignment = assignment
        self.namespace = namespace
        self.failed: dict[str, bool] = {}
        self.open: set[str] = set()

    def results(self, task: str) -> tuple[list[CheckResult], str]:
        """Return a task's verdicts and what its function printed."""
        stated = self.assignment.task(task)
        session = NotebookSession(self.namespace, self.assignment.given(self.namespace))
        reader = Reader(stated["arrays"])
        results = [self._result(task, check, session, reader) for check in stated["checks"]]
        return results, session.printed

    def _result(self, task: str, stated: dict[str, Any], session: NotebookSession, reader: Reader) -> CheckResult:
        verdict = self._verdict(task, stated, session, reader) if stated["module"] else LATER
        points = stated["points"] if verdict.outcome == "passed" else 0.0
        return CheckResult(task, stated["check"], stated["title"], points, stated["points"], verdict)

    def _verdict(self, task: str, stated: dict[str, Any], session: NotebookSession, reader: Reader) -> Verdict:
        check = _function(stated["module"], stated["function"])
        setting = setting_from(stated["setting"], reader, Failed(self, task))
        answers = Answers(session, stated["answers"], reader)
        try:
            verdict: Verdict = drive(check(setting, **reader.value(stated["parameters"])), answers.answer)
        except Exception as error:
            return LATER if answers.unrecorded else Verdict("failed", UNREADABLE.format(type(error).__name__, error))
        if verdict.outcome == "failed" and answers.through and not answers.valueless:
            self.open.add(task)
            return _open(answers.through)
        return verdict

    def has_failed(self, task: str) -> bool:
        """Whether a task gives other answers than the solution, by its own fault or by that of its parts."""
        if task not in self.failed:
            results, _ = self.results(task)
            differs = any(each.verdict.outcome == "failed" or each.verdict.carried_forward for each in results)
            self.failed[task] = differs or task in self.open
        return self.failed[task]


class Failed(frozenset[str]):
    """The earlier tasks that fail, found out when a check asks about one: most need not be judged at all."""

    judge: Judge
    earlier: list[str]

    def __new__(cls, judge: Judge, task: str) -> Failed:  # noqa: PYI034  (Self is younger than students' Pythons)
        """Ask this judge about the tasks before this one."""
        made = super().__new__(cls)
        made.judge, made.earlier = judge, judge.assignment.tasks[: judge.assignment.tasks.index(task)]
        return made

    def __contains__(self, task: object) -> bool:
        """Judge that task now."""
        return task in self.earlier and self.judge.has_failed(str(task))


def _open(parts: set[str]) -> Verdict:
    """Return the verdict on a function that may be right, given parts that are not: only a reference can tell."""
    names = ", ".join(f"`{name}`" for name in sorted(parts))
    return Verdict(
        "unjudged", f"This is judged after submission, with your own {names}. Mend that first, then try again."
    )


UNREADABLE = "The answer could not be judged, because it is not of the form that was asked for ({}: {})."


def setting_from(stated: dict[str, Any], reader: Reader, failed: frozenset[str]) -> Setting:
    """Return the setting that was recorded for a check."""
    return Setting(
        function=stated["function"],
        cases=tuple(_case(case, reader) for case in stated["cases"]),
        results=tuple(stated["results"]),
        slips=tuple(SlipName(*slip) for slip in stated["slips"]),
        failed=failed,
        conventions={name: _function(*place) for name, place in stated["conventions"].items()},
        seed=stated["seed"],
        bar=Bar(**stated["bar"]) if stated.get("bar") else None,
    )


def _case(stated: dict[str, Any], reader: Reader) -> Case:
    inputs, held_out = reader.value(stated["inputs"]), reader.value(stated["held_out"])
    return Case(inputs, stated["label"], stated["size"], frozenset(stated["by_keyword"]), held_out)


def _function(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    return getattr(found, name)
