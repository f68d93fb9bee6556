"""The assignment on text as counts: it agrees with the references, its slips are named, and students are treated fairly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder.assignment import Task, load_assignment
from autograder.bars import derive_bar, key_of, read_calibrations
from autograder.build import handout
from autograder.given import given_files
from autograder.judging import judge
from autograder.local import LocalSession
from autograder.registry import build_registry
from autograder.setting import PUBLIC_SEED, build_setting, plan_check
from autograder.solution import load_solution
from reference.counts.bag_of_words import bag_of_words
from reference.counts.cooccurrence import cooccurrence
from reference.counts.lsa import truncated_svd
from reference.counts.one_hot import one_hot_sentence
from reference.counts.ppmi import ppmi
from reference.counts.similarity import cosine_similarities
from reference.counts.tf_idf import tf_idf
from reference.counts.vocabulary import build_vocabulary
from reference.data.shipped import lee
from tests.handouts import attempt, examples, printed_by, sit_down

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograder.assignment import CheckPlan
    from autograder.conversation import Case, Verdict

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "vectorizers"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
TASKS = [
    "build_vocabulary", "encode", "one_hot_sentence", "bag_of_words", "tf_idf", "cosine_similarities", "cooccurrence",
    "ppmi", "lsa", "nearest", "document_similarities",
]  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One verdict and what hangs on it."""

    plan: CheckPlan
    verdict: Verdict


def judged(namespace: dict[str, Any], tasks: list[str], seed: int = 0) -> list[Result]:
    """Judge these tasks of a namespace, as the grader does, but in this process and without what trains."""
    session = LocalSession(namespace, SOLUTION.given)
    return [result for task in map(ASSIGNMENT.task, tasks) for result in judged_task(task, session, seed)]


def judged_task(task: Task, session: LocalSession, seed: int) -> Iterator[Result]:
    for plan in quick(task):
        setting = build_setting(REGISTRY, ASSIGNMENT, task, plan, seed, frozenset())
        yield Result(plan, judge(plan_check(REGISTRY, task, plan), setting, SOLUTION, session))


def quick(task: Task) -> list[CheckPlan]:
    return [plan for plan in task.checks if plan.check != "accuracy"]


def messages(results: list[Result]) -> list[str]:
    return [each.verdict.message for each in results if each.verdict.outcome != "passed"]


def cases_of(task: Task, plan: CheckPlan, seed: int = 0) -> tuple[Case, ...]:
    return build_setting(REGISTRY, ASSIGNMENT, task, plan, seed, frozenset()).cases


def cases(function: str, seed: int = 0) -> list[Case]:
    task = ASSIGNMENT.task(function)
    return [case for plan in quick(task) for case in cases_of(task, plan, seed)]


# ---------------------------------------------------------------------------------------------- the assignment itself


def test_there_are_eleven_tasks_and_a_hundred_points() -> None:
    assert [task.function for task in ASSIGNMENT.tasks] == TASKS
    assert ASSIGNMENT.points == 100


@pytest.mark.parametrize("seed", [0, 1, 2, PUBLIC_SEED])
def test_the_solution_passes_every_check(seed: int) -> None:
    assert messages(judged(SOLUTION.namespace, TASKS, seed)) == []


@pytest.mark.parametrize("sampler", [name for name in REGISTRY.samplers if name.startswith("vectorizers.")])
def test_a_sampler_refuses_an_edge_that_it_does_not_know(sampler: str) -> None:
    [(size, plan)] = [
        (plan.sampling.sizes[-1], plan)
        for task in ASSIGNMENT.tasks
        for plan in task.checks
        if plan.sampling.sampler == sampler
    ][:1]
    with pytest.raises((ValueError, KeyError), match="nowhere at all"):
        REGISTRY.samplers[plan.sampling.sampler](np.random.default_rng(0), size, "nowhere at all")


REFERENCES: dict[str, Callable[..., Any]] = {
    "build_vocabulary": lambda sentences, **limits: list(build_vocabulary(sentences, **limits).words),
    "one_hot_sentence": one_hot_sentence,
    "bag_of_words": bag_of_words,
    "tf_idf": tf_idf,
    "cosine_similarities": cosine_similarities,
    "cooccurrence": lambda *arguments: cooccurrence(*arguments[:2], *(arguments[2:] or (2,))).toarray(),
    "ppmi": ppmi,
    "lsa": truncated_svd,
}


@pytest.mark.parametrize("function", REFERENCES)
def test_the_solution_agrees_with_the_reference(function: str) -> None:
    """Also with those that take other arguments, or return something sparse, or fix the signs."""
    own, reference = SOLUTION.function(function), REFERENCES[function]
    for case in cases(function):
        got, expected = (answer(each, case) for each in (own, reference))
        if function == "lsa" and isinstance(got, tuple):
            got, expected = ((np.abs(U), s, (U * s) @ Vt) for U, s, Vt in (got, expected))
            if "equal values" in case.label:
                got, expected = got[1:], expected[1:]
        for one, other in zip(got, expected, strict=True) if isinstance(got, tuple) else [(got, expected)]:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12) if not isinstance(one, list) else None
            assert not isinstance(one, list) or one == other


def answer(function: Callable[..., Any], case: Case) -> Any:
    try:
        return function(*case.arguments, **case.keywords)
    except ValueError:
        return ["ValueError"]


# ------------------------------------------------------------------------------------------------------------ the slips


def test_every_task_that_has_one_right_answer_has_slips_that_students_make() -> None:
    assert len(ASSIGNMENT.slips) >= 120
    assert [task for task in TASKS[:-1] if len(ASSIGNMENT.slips_of(task)) < 8] == []


@pytest.mark.parametrize("name", [slip.name for slip in ASSIGNMENT.slips])
def test_a_slip_fails_and_is_named(name: str) -> None:
    """So no two slips of a function answer alike, else the first of them would be named for both."""
    [slip] = [each for each in ASSIGNMENT.slips if each.name == name]
    results = judged(SOLUTION.namespace | {slip.function: SOLUTION.mistaken[name]}, [slip.function])
    failed = [each.verdict for each in results if each.verdict.outcome == "failed"]
    assert failed
    assert {(verdict.slip, verdict.hint) for verdict in failed} == {(name, slip.sentence)}
    assert not [each for each in results if each.verdict.outcome in {"broken", "unjudged"}]


# -------------------------------------------------------------------------------------------------------- the documents


def test_students_get_twenty_rated_documents_and_no_rating_of_the_others() -> None:
    given = given_files(ASSIGNMENT, REGISTRY)
    assert list(given) == ["given/lee.json"]
    text, data = given["given/lee.json"].decode(), lee()
    stories = {
        number: " ".join(w.lower() for w in each.tokens if w[0].isalpha()) for number, each in enumerate(data.documents)
    }
    assert [number for number, story in stories.items() if f'"{story}"' in text] == list(range(10, 30))
    assert text.count("[") == 23  # two lists of texts, and one of ratings with a list for each of twenty documents


# ------------------------------------------------------------------------------------------------------------- fairness


@pytest.mark.parametrize("body", ["return None", "raise NotImplementedError"])
def test_a_notebook_that_was_not_begun_earns_nothing(body: str) -> None:
    namespace: dict[str, Any] = {}
    for task in TASKS:
        exec(f"def {task}(*inputs, **named): {body}", namespace)
    assert {each.verdict.outcome for each in judged(namespace, TASKS)} == {"failed"}
    assert {each.verdict.outcome for each in judged({}, TASKS)} == {"failed"}


@pytest.mark.parametrize("seed", range(3))
def test_any_signs_and_any_rotation_among_equal_values_are_right(seed: int) -> None:
    def by_eigenvectors(X: Any, k: int) -> Any:
        values, V = np.linalg.eigh(X.T @ X)
        Vt = V[:, ::-1][:, :k].T * np.random.default_rng(seed).choice([-1, 1], (k, 1))
        s = np.sqrt(values[::-1][:k])
        return [X @ Vt.T / s, s, Vt]

    assert messages(judged(SOLUTION.namespace | {"lsa": by_eigenvectors}, ["lsa"], seed)) == []


def test_integers_of_any_width_and_lists_are_right_where_integers_are_asked_for() -> None:
    for form in (lambda numbers: numbers.astype(np.int32), lambda numbers: numbers.astype(np.uint8), np.ndarray.tolist):
        own = {
            task: (lambda *inputs, task=task, form=form: form(SOLUTION.function(task)(*inputs)))
            for task in ("encode", "nearest")
        }
        assert messages(judged(SOLUTION.namespace | own, list(own))) == []


# ---------------------------------------------------------------------------------------------------------- the handout


@pytest.fixture
def workplace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sit_down(ASSIGNMENT, tmp_path, monkeypatch)


def up_to_the_example_of(function: str) -> tuple[list[str], str, str]:
    """Return the cells up to a task's own, and its example with the result that is stated."""
    before: list[str] = []
    for number, (code, _) in enumerate(examples(SOLUTION)):
        before.append(code)
        if f"def {function}(" in code:
            example, stated = examples(SOLUTION)[number + 1]
            return before, example, stated
    raise AssertionError(function)


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize("function", TASKS[:-1])
def test_the_small_example_of_a_task_shows_each_slip(function: str) -> None:
    """A student who compares what is printed with what is stated is not left in peace."""
    before, example, stated = up_to_the_example_of(function)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for code in before:
        printed_by(code, namespace)
    slips = [slip.name for slip in ASSIGNMENT.slips_of(function)]
    made = {name: attempt(example, namespace | {function: SOLUTION.mistaken[name]}) for name in slips}
    assert [name for name in slips if made[name] == stated] == []


def test_the_handout_states_the_limits() -> None:
    text = handout.render(handout.Student(ASSIGNMENT, SOLUTION))
    limits = ASSIGNMENT.limits
    assert (limits.cell_seconds, limits.run_seconds, limits.call_seconds) == (20, 120, 15)
    said = (
        "single cell may run for 20 seconds, the whole notebook for two minutes, and a single call of a function for 15"
    )
    assert said in " ".join(text.split())


def test_the_handout_states_the_bar_that_was_calibrated() -> None:
    task = ASSIGNMENT.task("document_similarities")
    [plan] = [plan for plan in task.checks if plan.check == "accuracy"]
    bar = derive_bar(read_calibrations(ASSIGNMENT, task, "cpu")[key_of(task, plan)])
    text = " ".join(handout.render(handout.Student(ASSIGNMENT, SOLUTION)).split())
    assert f"**at least {bar.as_text(bar.value)}** there" in text
