"""What must be so, and whether it is: one finding for each thing that was tried."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from autograder.build import handout, notebook
from autograder.compare import Tolerance
from autograder.conversation import Call
from autograder.grading import Grader
from autograder.selftest.inputs import differ
from autograder.selftest.report import EARNS, fails, is_named, taken_for
from autograder.selftest.trial import FIRST_SEED
from autograder.selftest.verdicts import by_subject, flips
from autograder.submission import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograder.assignment import Task
    from autograder.conversation import Reply, Setting
    from autograder.grade import Grade
    from autograder.sandbox.sandbox import Sandbox
    from autograder.selftest.report import Numbers
    from autograder.selftest.trial import Trial
    from autograder.selftest.verdicts import Said, Subject

TOLERANCE = Tolerance(1e-7, 1e-10)
SLIPS_NAMED, MUTANTS_KILLED, NAMED_WRONGLY = 0.90, 0.98, 0.02
"""The shares that are aimed at: at least, at least, at most."""


@dataclass(frozen=True)
class Finding:
    """One thing that was tried, whether it came out as it must, and in what words."""

    subject: str
    right: bool
    words: str


def on_verdicts(said: Sequence[Said]) -> Iterator[Finding]:
    """Yield for everybody who was judged whether the checks say what they must."""
    for (task, subject), heard in by_subject(said).items():
        yield _on_subject(f"{task}: {subject.kind} {subject.name}".rstrip(), subject, heard)
    for flip in flips(said):
        who = f"{flip.task}: {flip.subject.kind} {flip.subject.name}".rstrip()
        words = f"check {flip.check + 1} says {flip.outcome} under seed {flip.seed}, and not under most: {flip.message}"
        yield Finding(who, right=False, words=words)


def _on_subject(words: str, subject: Subject, heard: Sequence[Said]) -> Finding:
    checks = len({each.check for each in heard})
    if subject.kind == "slip":
        return _on_slip(words, subject.name, heard)
    wanted = ("failed", "unjudged") if subject.kind == "nothing" else EARNS
    for each in heard:
        if each.outcome not in wanted:
            told = f"check {each.check + 1}, seed {each.seed}: {each.outcome}: {each.message}"
            return Finding(words, right=False, words=told)
    verb = "fails" if subject.kind == "nothing" else "passes"
    unjudged = len({each.check for each in heard if each.outcome == "unjudged"})
    rest = f", {unjudged} of which cannot be judged on this machine" if unjudged else ""
    return Finding(words, right=True, words=f"{verb} {checks} checks{rest}")


def _on_slip(words: str, name: str, heard: Sequence[Said]) -> Finding:
    others = taken_for(name, heard)
    if not fails(heard):
        return Finding(words, right=False, words="no check fails it")
    if others:
        return Finding(words, right=False, words=f"it is taken for {', '.join(sorted(others))}")
    named = "failed and named" if is_named(name, heard) else "failed, and not named"
    failing = len({each.check for each in heard if each.outcome == "failed"})
    return Finding(
        words, right=True, words=f"{named}; {failing} of {len({each.check for each in heard})} checks fail it"
    )


def on_aims(numbers: Numbers) -> Iterator[Finding]:
    """Yield whether the counts of the whole assignment reach what is aimed at."""
    if numbers.slips:
        yield _aim("slips named", numbers.slips_named, numbers.slips, at_least=SLIPS_NAMED)
    if numbers.differing:
        yield _aim("mutants killed", numbers.killed, numbers.differing, at_least=MUTANTS_KILLED)
    if numbers.named:
        yield _aim("mutants named wrongly", numbers.wrong, numbers.named, at_most=NAMED_WRONGLY)


def _aim(what: str, count: int, of: int, *, at_least: float = 0.0, at_most: float = 1.0) -> Finding:
    bound = f"at least {at_least:.0%}" if at_least else f"at most {at_most:.0%}"
    return Finding(what, at_least <= count / of <= at_most, f"{count} of {of}, {count / of:.1%}; {bound} must be")


def on_answers(trial: Trial) -> Iterator[Finding]:
    """Yield whether the solution agrees with the references, and whether slips can be told apart by their answers."""
    for task in trial.tasks:
        yield from _agrees_with_reference(trial, task)
        yield from _slips_differ(trial, task)


def _agrees_with_reference(trial: Trial, task: Task) -> Iterator[Finding]:
    """Compare the solution with the reference of the same name, where one takes the same arguments.

    Authors name functions after what they do, and so do references: a name alone is no sign of one contract.
    """
    reference = trial.registry.references.get(task.function)
    if reference is None or _arguments(reference) != _arguments(trial.solution.function(task.function)):
        return
    subject = f"{task.function}: the reference"
    for setting in _case_settings(trial, task):
        if _differ(_asked(trial, {}, setting), _asked(trial, {task.function: reference}, setting), setting):
            words = "the solution and the registered reference give different answers"
            yield Finding(subject, right=False, words=words)
            return
    yield Finding(subject, right=True, words="agrees with the solution")


def _slips_differ(trial: Trial, task: Task) -> Iterator[Finding]:
    """Demand that no two slips of one function give the same answers everywhere."""
    slips, settings = trial.assignment.slips_of(task.function), list(_case_settings(trial, task))
    mistaken = trial.solution.mistaken
    answers = {
        slip.name: [_asked(trial, {slip.function: mistaken[slip.name]}, setting) for setting in settings]
        for slip in slips
    }
    for one, other in combinations(slips, 2):
        triples = zip(answers[one.name], answers[other.name], settings, strict=True)
        if settings and not any(_differ(*triple) for triple in triples):
            words = "they give the same answers on every case"
            yield Finding(f"{task.function}: slips {one.name}, {other.name}", right=False, words=words)


def _case_settings(trial: Trial, task: Task) -> Iterator[Setting]:
    """Yield settings whose cases are inputs of the task's own function."""
    for plan in task.checks:
        if "forward" not in plan.parameters and not trial.trains(plan):
            yield trial.setting(task, plan, FIRST_SEED)


def _asked(trial: Trial, functions: dict[str, Callable[..., Any]], setting: Setting) -> list[Reply]:
    session = trial.session(trial.changed(functions))
    return session.call([Call(setting.function, case.arguments, case.keywords) for case in setting.cases])


def _differ(some: list[Reply], others: list[Reply], setting: Setting) -> bool:
    return any(differ(one, other, TOLERANCE, setting) for one, other in zip(some, others, strict=True))


def _arguments(function: Callable[..., object]) -> list[str]:
    """Return the names of the arguments that a call must or may give by position."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]


def on_notebooks(trial: Trial, sandbox: Sandbox) -> tuple[list[Finding], float]:
    """Return what the notebooks that `build` makes earn behind the wall, and how many seconds the solution takes."""
    whole = trial.assignment.points
    solved = _graded(trial, sandbox, handout.Instructor)
    empty = _graded(trial, sandbox, handout.Student)
    worst = next((result.verdict.message for result in solved.results if result.verdict.outcome != "passed"), "")
    findings = [
        _earns(solved, "the solution's notebook, in the sandbox", whole, whole, worst),
        _earns(empty, "the empty handout, in the sandbox", 0.0, whole),
    ]
    return findings, solved.seconds


def _graded(trial: Trial, sandbox: Sandbox, speaker: type[handout.Student]) -> Grade:
    cells = notebook.cells_of(handout.render(speaker(trial.assignment, trial.solution)))
    grader = Grader(trial.assignment, trial.solution, trial.registry, sandbox, FIRST_SEED)
    return grader.grade(tuple(Cell(cell.kind, cell.source) for cell in cells))


def _earns(grade: Grade, subject: str, points: float, whole: float, worst: str = "") -> Finding:
    right = grade.complete and abs(grade.points - points) < 1e-9
    words = f"{grade.points:g} of {whole:g} points, expected {points:g}"
    return Finding(subject, right, words if right or not worst else f"{words}; {worst}")
