"""The assignment on recurrent networks: its solution passes, its slips are named, and students are treated fairly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from autograder import source
from autograder.assignment import Task, load_assignment
from autograder.build import handout
from autograder.judging import judge, judge_solution
from autograder.local import LocalSession
from autograder.registry import build_registry
from autograder.setting import PUBLIC_SEED, build_setting, plan_check
from autograder.solution import load_solution
from tests.handouts import attempt, examples, printed_by, sit_down

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.assignment import CheckPlan
    from autograder.conversation import Case, Verdict

FOLDER = Path(__file__).parents[1] / "assignments" / "recurrent"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
TASKS = [
    "rnn_cell_forward", "rnn_forward", "rnn_cell_backward", "rnn_backward", "clip_gradients", "gru_cell_forward",
    "lstm_cell_forward", "lstm_forward", "lstm_cell_backward", "lstm_backward", "birnn_forward",
]  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One verdict and what hangs on it."""

    task: str
    plan: CheckPlan
    verdict: Verdict

    @property
    def points(self) -> float:
        return self.plan.points if self.verdict.outcome == "passed" else 0.0

    @property
    def is_of_cache(self) -> bool:
        return self.plan.parameters.get("only") in (["cache"], ["caches"])


def grade(namespace: dict[str, Any], seed: int = 0, tasks: list[str] = TASKS) -> list[Result]:
    """Judge a namespace task by task, as the grader does, but in this process."""
    session = LocalSession(namespace, SOLUTION.given)
    failed: frozenset[str] = frozenset()
    results = []
    for task in map(ASSIGNMENT.task, tasks):
        judged = [Result(task.function, plan, verdict) for plan, verdict in judge_task(task, session, seed, failed)]
        if any(result.verdict.outcome != "passed" for result in judged):
            failed |= {task.function}
        results += judged
    return results


def judge_task(
    task: Task, session: LocalSession, seed: int, failed: frozenset[str]
) -> Iterator[tuple[CheckPlan, Verdict]]:
    for plan in task.checks:
        setting = build_setting(REGISTRY, ASSIGNMENT, task, plan, seed, failed)
        yield plan, judge(plan_check(REGISTRY, task, plan), setting, SOLUTION, session)


def student(*cells: str, others: bool = True) -> dict[str, Any]:
    """Return the namespace that these cells leave; with `others`, what they do not define is as in the solution."""
    namespace = {"np": np, **SOLUTION.given, **(SOLUTION.namespace if others else {})}
    for cell in cells:
        exec(cell, namespace)
    return namespace


def points(results: list[Result]) -> float:
    return sum(result.points for result in results)


def said(results: list[Result], task: str) -> list[str]:
    return [result.verdict.message for result in results if result.task == task]


def outcomes(results: list[Result], task: str) -> list[str]:
    return [result.verdict.outcome for result in results if result.task == task]


def cases_of(plan: CheckPlan, task: Task, seed: int = 0) -> tuple[Case, ...]:
    return build_setting(REGISTRY, ASSIGNMENT, task, plan, seed, frozenset()).cases


def every_check() -> list[Any]:
    pairs = [(task, plan, number) for task in ASSIGNMENT.tasks for number, plan in enumerate(task.checks, 1)]
    return [pytest.param(task, plan, id=f"{task.function}-{number}-{plan.check}") for task, plan, number in pairs]


# ---------------------------------------------------------------------------------------------- students, as they write

LOOPS = """
def own_softmax(column):
    shifted = np.exp(column - max(column))
    return shifted / sum(shifted)


def rnn_cell_forward(xt, a_prev, parameters):
    n_a, m = a_prev.shape
    n_y = parameters["Wya"].shape[0]
    a_next, y = np.zeros((n_a, m)), np.zeros((n_y, m))
    for k in range(m):
        for i in range(n_a):
            z = parameters["ba"][i, 0]
            for j in range(xt.shape[0]):
                z = z + parameters["Wax"][i, j] * xt[j, k]
            for j in range(n_a):
                z = z + parameters["Waa"][i, j] * a_prev[j, k]
            a_next[i, k] = np.tanh(z)
        scores = [sum(parameters["Wya"][i, j] * a_next[j, k] for j in range(n_a)) for i in range(n_y)]
        y[:, k] = own_softmax(parameters["by"][:, 0] + scores)
    return a_next, y, (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    print("reading", x.shape)
    n_x, m, T_x = x.shape
    a, y = np.zeros((a0.shape[0], m, T_x)), np.zeros((parameters["Wya"].shape[0], m, T_x))
    caches = []
    a_next = a0.copy()
    for t in range(T_x):
        a_next, y[:, :, t], cache = rnn_cell_forward(x[:, :, t], a_next, parameters)
        a[:, :, t] = a_next
        caches.append(cache)
    return [a, y, [caches, x]]


def rnn_cell_backward(da_next, cache):
    (a_next, a_prev, xt, parameters) = cache
    g = {"dxt": np.zeros_like(xt), "da_prev": np.zeros_like(a_prev)}
    g.update({"d" + name: np.zeros_like(parameters[name]) for name in ("Wax", "Waa", "ba")})
    for k in range(xt.shape[1]):
        for i in range(a_next.shape[0]):
            dz = da_next[i, k] * (1 - a_next[i, k] ** 2)
            g["dba"][i, 0] += dz
            g["dWax"][i] += dz * xt[:, k]
            g["dWaa"][i] += dz * a_prev[:, k]
            g["dxt"][:, k] += dz * parameters["Wax"][i]
            g["da_prev"][:, k] += dz * parameters["Waa"][i]
    return g


def rnn_backward(da, caches):
    (caches, x) = caches
    g = {"dx": np.zeros_like(x)}
    da_prevt = np.zeros(da.shape[:2])
    for t in range(x.shape[2] - 1, -1, -1):
        s = rnn_cell_backward(da[:, :, t] + da_prevt, caches[t])
        da_prevt = s["da_prev"]
        g["dx"][:, :, t] = s["dxt"]
        for n in ("dWax", "dWaa", "dba"):
            g[n] = s[n] if n not in g else g[n] + s[n]
    g["da0"] = da_prevt
    g["a key of my own"] = "hello"
    return g


def clip_gradients(gradients, limit, by="value"):
    import copy

    new = copy.deepcopy(gradients)
    if by == "value":
        for g in new.values():
            g[g > limit] = limit
            g[g < -limit] = -limit
    elif by == "norm":
        total = 0
        for g in new.values():
            for v in g.ravel():
                total += v * v
        if total**0.5 > limit:
            for n in new:
                new[n] = new[n] / total**0.5 * limit
    else:
        raise ValueError("no such way")
    return new
"""

EINSUM = """
def gru_cell_forward(xt, a_prev, parameters, simplified=False):
    p, n_a = parameters, a_prev.shape[0]

    def pre(n, a):
        of_a, of_x = p["W" + n][:, :n_a], p["W" + n][:, n_a:]
        return np.einsum("ij,jk->ik", of_a, a) + np.einsum("ij,jk->ik", of_x, xt) + p["b" + n]

    u = sigmoid(pre("u", a_prev))
    r = sigmoid(pre("r", a_prev)) if not simplified else 1 + 0 * u
    c = np.tanh(pre("c", r * a_prev))
    a_next = a_prev + u * (c - a_prev)
    return a_next, softmax(p["Wy"] @ a_next + p["by"]), (a_next, a_prev, c, u, r, xt, p)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    p, (n_a, m) = parameters, a_prev.shape
    concat = np.zeros((n_a + xt.shape[0], m))
    concat[:n_a], concat[n_a:] = a_prev, xt
    W, b = np.vstack([p["W" + g] for g in "fico"]), np.vstack([p["b" + g] for g in "fico"])
    f, i, c, o = np.split(W @ concat + b, 4)
    f, i, c, o = 1 / (1 + np.exp(-np.clip(f, -500, 500))), sigmoid(i), np.tanh(c), sigmoid(o)
    c_next = c_prev * f
    c_next += i * c
    a_next = o * np.tanh(c_next)
    return a_next, c_next, softmax(p["Wy"] @ a_next + p["by"]), (a_next, c_next, a_prev, c_prev, f, i, c, o, xt, p)


def lstm_forward(x, a0, parameters):
    n_x, m, T_x = x.shape
    a = np.zeros((a0.shape[0], m, T_x))
    c, y, caches = np.zeros_like(a), np.zeros((len(parameters["by"]), m, T_x)), []
    a_next, c_next = a0, np.zeros_like(a0)
    for t in range(T_x):
        a_next, c_next, yt, cache = lstm_cell_forward(x[..., t], a_next, c_next, parameters)
        a[..., t], c[..., t], y[..., t] = a_next, c_next, yt
        caches.append(cache)
    return a, y, c, (caches, x)


def lstm_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, p = cache
    n_a = a_next.shape[0]
    dot = da_next * np.tanh(c_next) * ot * (1 - ot)
    d = dc_next + ot * (1 - np.square(np.tanh(c_next))) * da_next
    dcct, dit, dft = d * it * (1 - np.square(cct)), d * cct * it * (1 - it), d * c_prev * ft * (1 - ft)
    g, h = {}, np.concatenate((a_prev, xt), axis=0)
    for n, z in zip("fico", (dft, dit, dcct, dot)):
        g["dW" + n] = np.dot(z, h.T)
        g["db" + n] = np.sum(z, axis=1, keepdims=True)
    back = p["Wf"].T @ dft + p["Wi"].T @ dit + p["Wc"].T @ dcct + p["Wo"].T @ dot
    g["da_prev"], g["dxt"], g["dc_prev"] = back[:n_a], back[n_a:], d * ft
    return g


def lstm_backward(da, caches):
    caches, x = caches
    dx, dap, dcp = np.zeros(x.shape), np.zeros(da.shape[:2]), np.zeros(da.shape[:2])
    total = {}
    for t in range(x.shape[2])[::-1]:
        g = lstm_cell_backward(da[:, :, t] + dap, dcp, caches[t])
        dap, dcp, dx[:, :, t] = g["da_prev"], g["dc_prev"], g["dxt"]
        for n in g:
            if n[:2] in ("dW", "db"):
                total[n] = total.get(n, 0) + g[n]
    total.update(dx=dx, da0=dap)
    return total


def birnn_forward(x, a0_forward, a0_backward, parameters):
    def run(x, a, p):
        out = []
        for t in range(x.shape[2]):
            a = np.tanh(np.einsum("ij,jk->ik", p["Wax"], x[:, :, t]) + np.einsum("ij,jk->ik", p["Waa"], a) + p["ba"])
            out.append(a)
        return np.stack(out, -1)

    f = run(x, a0_forward, parameters["forward"])
    b = run(x[:, :, ::-1], a0_backward, parameters["backward"])[:, :, ::-1]
    a = np.vstack([f, b])
    y = np.stack([softmax(parameters["Wy"] @ a[:, :, t] + parameters["by"]) for t in range(x.shape[2])], axis=2)
    return a, y, (f, b, x, parameters)
"""

TORCH = """
import torch


def tensors(value):
    return {name: tensors(each) for name, each in value.items()} if isinstance(value, dict) else torch.tensor(value)


def rnn_cell_forward(xt, a_prev, parameters):
    x, a, p = tensors(xt), tensors(a_prev), tensors(parameters)
    a_next = torch.tanh(p["Wax"] @ x + p["Waa"] @ a + p["ba"])
    y = torch.softmax(p["Wya"] @ a_next + p["by"], 0)
    return a_next.numpy(), y.numpy(), (a_next.numpy(), a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    a, ys, states, caches = a0, [], [], []
    for t in range(x.shape[2]):
        a, y, c = rnn_cell_forward(x[:, :, t], a, parameters)
        states.append(torch.tensor(a))
        ys.append(torch.tensor(y))
        caches.append(c)
    return torch.stack(states, 2), torch.stack(ys, 2), (caches, x)


def lstm_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    names = [kind + gate for kind in "Wb" for gate in "fico"]
    leaves = {name: torch.tensor(parameters[name], requires_grad=True) for name in names}
    x, a, c = (torch.tensor(value, requires_grad=True) for value in (xt, a_prev, c_prev))
    z = {gate: leaves["W" + gate] @ torch.cat([a, x]) + leaves["b" + gate] for gate in "fico"}
    cn = torch.sigmoid(z["f"]) * c + torch.sigmoid(z["i"]) * torch.tanh(z["c"])
    an = torch.sigmoid(z["o"]) * torch.tanh(cn)
    (torch.sum(an * torch.tensor(da_next)) + torch.sum(cn * torch.tensor(dc_next))).backward()
    gradients = {"dxt": x.grad.numpy(), "da_prev": a.grad.numpy(), "dc_prev": c.grad.numpy()}
    return gradients | {"d" + name: leaf.grad.numpy() for name, leaf in leaves.items()}
"""

OWN_LAYOUT = """
def rnn_cell_forward(xt, a_prev, parameters):
    a_next = np.tanh(parameters["Wax"] @ xt + parameters["Waa"] @ a_prev + parameters["ba"])
    yt_pred = softmax(parameters["Wya"] @ a_next + parameters["by"])
    return a_next, yt_pred, {"new": a_next, "old": a_prev, "in": xt, "p": parameters}


def rnn_forward(x, a0, parameters):
    a, ys, states, caches = a0, [], [], []
    for t in range(x.shape[2]):
        a, y, c = rnn_cell_forward(x[:, :, t], a, parameters)
        states.append(a)
        ys.append(y)
        caches.append(c)
    return np.stack(states, 2), np.stack(ys, 2), caches


def rnn_cell_backward(da_next, cache):
    p = cache["p"]
    dz = da_next * (1 - cache["new"] ** 2)
    gradients = {"dxt": p["Wax"].T @ dz, "da_prev": p["Waa"].T @ dz}
    gradients.update(dWax=dz @ cache["in"].T, dWaa=dz @ cache["old"].T, dba=dz.sum(1, keepdims=True))
    return gradients


def rnn_backward(da, caches):
    dap, dx, total = np.zeros(da.shape[:2]), [], {"dWax": 0, "dWaa": 0, "dba": 0}
    for t in reversed(range(len(caches))):
        g = rnn_cell_backward(da[:, :, t] + dap, caches[t])
        dap = g["da_prev"]
        dx.insert(0, g["dxt"])
        for n in total:
            total[n] = total[n] + g[n]
    return {"dx": np.stack(dx, 2), "da0": dap, **total}
"""

ZEROS = """
def rnn_cell_forward(xt, a_prev, parameters):
    yt_pred = np.zeros((len(parameters["by"]), xt.shape[1]))
    return np.zeros(a_prev.shape), yt_pred, {"a": a_prev, "x": xt, "p": parameters}


def rnn_forward(x, a0, parameters):
    a, y = np.zeros((*a0.shape, x.shape[2])), np.zeros((len(parameters["by"]), *x.shape[1:]))
    return a, y, {"a": a0, "x": x, "p": parameters}


def zeros(cache):
    known = cache if isinstance(cache, dict) else {"a": cache[1], "x": cache[2], "p": cache[3]}
    return {name: np.zeros(known["p"][name[1:]].shape) for name in ("dWax", "dWaa", "dba")} | {
        "a": np.zeros(known["a"].shape), "x": np.zeros(known["x"].shape),
    }


def rnn_cell_backward(da_next, cache):
    found = zeros(cache)
    return found | {"dxt": found["x"], "da_prev": found["a"]}


def rnn_backward(da, caches):
    found = zeros(caches if isinstance(caches, dict) else caches[0][0])
    return found | {"dx": np.zeros((found["x"].shape[0], *da.shape[1:])), "da0": found["a"]}
"""

RNN = TASKS[:4]


def a_solution(function: str, find: str, replace: str) -> str:
    """Return the solution's function as a student has it in a cell, with one thing changed."""
    text = source.whole(SOLUTION.function(function))
    assert text.count(find) == 1
    return text.replace(find, replace)


# ------------------------------------------------------------------------------------------------ the assignment itself


def test_there_are_eleven_tasks_and_a_hundred_points() -> None:
    assert [task.function for task in ASSIGNMENT.tasks] == TASKS
    assert ASSIGNMENT.points == 100


@pytest.mark.parametrize("seed", [0, 1, 2, PUBLIC_SEED])
def test_the_solution_passes_every_check(seed: int) -> None:
    for task in ASSIGNMENT.tasks:
        for plan in task.checks:
            setting = build_setting(REGISTRY, ASSIGNMENT, task, plan, seed, frozenset())
            verdict = judge_solution(plan_check(REGISTRY, task, plan), setting, SOLUTION)
            assert verdict.outcome == "passed", verdict.message


@pytest.mark.parametrize(("task", "plan"), every_check())
def test_cases_go_from_all_ones_to_lengths_that_tell_every_axis_apart(task: Task, plan: CheckPlan) -> None:
    sizes = [case.size for case in cases_of(plan, task)]
    assert set(sizes[0].values()) == {1}
    assert any(len(set(size.values())) == len(size) and 1 not in size.values() for size in sizes)
    alone = plan.parameters.get("only") not in (["cache"], ["caches"])
    assert [name for name in sizes[0] if alone and all(size[name] > 1 for size in sizes[1:])] == []


@pytest.mark.parametrize(("task", "plan"), every_check())
def test_cases_are_finite_and_biases_and_first_states_are_not_zero(task: Task, plan: CheckPlan) -> None:
    for case in cases_of(plan, task):
        for name, array in arrays_in(case.inputs):
            assert array.dtype == np.float64
            assert np.isfinite(array).all()
            if "zeros" not in case.label or name.startswith("b"):
                assert np.abs(array).max() > 0.0


def arrays_in(inputs: Any) -> Iterator[tuple[str, Any]]:
    for name, value in inputs.items():
        if isinstance(value, dict):
            yield from arrays_in(value)
        elif isinstance(value, np.ndarray):
            yield name, value


@pytest.mark.parametrize("sampler", [name for name in REGISTRY.samplers if name.startswith("recurrent.")])
def test_a_sampler_refuses_an_edge_that_it_does_not_know(sampler: str) -> None:
    size = {"n_x": 1, "n_a": 1, "n_y": 1, "m": 1, "T_x": 1}
    with pytest.raises(ValueError, match="there is no edge 'zeroes'"):
        REGISTRY.samplers[sampler](np.random.default_rng(0), size, "zeroes")


@pytest.mark.parametrize("seed", range(5))
def test_gradients_lie_on_both_sides_of_the_limit(seed: int) -> None:
    task = ASSIGNMENT.task("clip_gradients")
    by_value, by_norm = task.checks
    for case in cases_of(by_value, task, seed)[:6]:
        entries = np.concatenate([array.ravel() for array in case.inputs["gradients"].values()])
        assert 0 < np.count_nonzero(np.abs(entries) > case.inputs["limit"]) < entries.size
    norms = [norm_of(case) / case.inputs["limit"] for case in cases_of(by_norm, task, seed)]
    assert all(norm > 1.2 for norm in norms[:6])
    assert norms[6] < 1.0
    assert norms[7] == 1.0
    assert norms[8] == 0.0


def norm_of(case: Case) -> float:
    return float(np.sqrt(sum((array**2).sum() for array in case.inputs["gradients"].values())))


# ------------------------------------------------------------------------------------------------------------ the slips


def test_every_task_has_slips_that_students_make() -> None:
    assert len(ASSIGNMENT.slips) >= 40
    for task in TASKS:
        assert len(ASSIGNMENT.slips_of(task)) >= 3


@pytest.mark.parametrize("name", [slip.name for slip in ASSIGNMENT.slips])
def test_a_slip_fails_and_is_named(name: str) -> None:
    """So no two slips of a function answer alike, else the first of them would be named for both."""
    [slip] = [each for each in ASSIGNMENT.slips if each.name == name]
    namespace = SOLUTION.namespace | {slip.function: SOLUTION.mistaken[name]}
    results = grade(namespace, tasks=[slip.function])
    failed = [each.verdict for each in results if each.verdict.outcome == "failed"]
    assert failed
    assert {(verdict.slip, verdict.hint) for verdict in failed} == {(name, slip.sentence)}
    assert not [each for each in results if each.verdict.outcome in {"broken", "unjudged"}]


# ------------------------------------------------------------------------------------------------------------- fairness


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("cells", [(LOOPS, EINSUM), (TORCH,)], ids=["loops and einsum", "torch"])
def test_a_right_solution_gets_every_point_however_it_is_written(cells: tuple[str, ...], seed: int) -> None:
    results = grade(student(*cells), seed)
    assert [each.verdict.message for each in results if each.verdict.outcome != "passed"] == []
    assert points(results) == 100


@pytest.mark.parametrize("seed", [5, 6])
def test_a_cache_of_its_own_layout_costs_the_cache_s_point_and_nothing_else(seed: int) -> None:
    results = grade(student(OWN_LAYOUT), seed)
    assert [(each.task, each.is_of_cache) for each in results if not each.points] == [
        ("rnn_cell_forward", True),
        ("rnn_forward", True),
    ]
    agreed = "The gradients agree with central differences of your own `rnn_forward`."
    assert said(results, "rnn_backward") == [agreed, agreed]


def test_a_mistake_beside_a_cache_of_its_own_layout_is_still_named() -> None:
    forward = grade(student(OWN_LAYOUT.replace(' + parameters["ba"]', "")), tasks=["rnn_cell_forward"])
    assert [each.verdict.slip for each in forward] == ["", "rnn-cell-without-ba", ""]
    backward = grade(student(OWN_LAYOUT.replace("dz.sum(1,", "dz.mean(1,")), tasks=["rnn_cell_backward"])
    assert [each.verdict.slip for each in backward] == ["", "rnn-cell-back-mean-of-dba"]
    through_time = grade(student(OWN_LAYOUT.replace("da[:, :, t] + dap", "da[:, :, t]")), tasks=["rnn_backward"])
    assert [each.verdict.slip for each in through_time] == ["rnn-back-without-da-through-time"] * 2


@pytest.mark.parametrize(
    ("part", "whole", "find", "replace"),
    [
        ("rnn_cell_forward", "rnn_forward", ' + parameters["ba"]', ""),
        ("rnn_cell_backward", "rnn_backward", "(1 - a_next**2)", "(1 - a_next)"),
        ("lstm_cell_forward", "lstm_forward", "ot * np.tanh(c_next)", "ot * c_next"),
        ("lstm_cell_backward", "lstm_backward", "dc_next + da_next * ot * (1 - shown**2)", "dc_next"),
        ("rnn_cell_forward", "birnn_forward", "np.tanh(", "np.maximum(0, "),
    ],
)
def test_a_wrong_part_costs_its_own_points_and_not_those_of_the_whole(
    part: str, whole: str, find: str, replace: str
) -> None:
    loop = source.whole(SOLUTION.function(whole))
    results = grade(student(a_solution(part, find, replace), loop), tasks=[part, whole])
    assert "failed" in outcomes(results, part)
    assert set(outcomes(results, whole)) == {"passed"}
    carried = [each.verdict for each in results if each.task == whole and each.plan.check != "shapes"]
    assert all(verdict.carried_forward for verdict in carried)
    assert f"your own `{part}`" in carried[0].message


def test_a_mistake_of_the_whole_is_not_excused_by_a_wrong_part() -> None:
    part = a_solution("rnn_cell_backward", "(1 - a_next**2)", "(1 - a_next)")
    whole = a_solution("rnn_backward", "da[:, :, t] + da_prev", "da[:, :, t]")
    results = grade(student(part, whole), tasks=["rnn_cell_backward", "rnn_backward"])
    assert outcomes(results, "rnn_backward") == ["failed", "failed"]


def test_a_wrong_forward_pass_does_not_sink_a_right_backward_pass() -> None:
    wrong = a_solution("rnn_cell_forward", ' + parameters["ba"]', "")
    loop = a_solution("rnn_forward", "cell(x[:, :, t], a_next, parameters)", "cell(x[:, :, t], a0, parameters)")
    results = grade(student(wrong, loop), tasks=RNN)
    assert "failed" in outcomes(results, "rnn_cell_forward")
    assert "failed" in outcomes(results, "rnn_forward")
    assert set(outcomes(results, "rnn_cell_backward") + outcomes(results, "rnn_backward")) == {"passed"}


def test_a_zero_forward_pass_does_not_carry_a_zero_backward_pass() -> None:
    results = grade(student(ZEROS), tasks=RNN)
    assert set(outcomes(results, "rnn_cell_backward") + outcomes(results, "rnn_backward")) == {"failed"}
    assert {each.plan.check for each in results if each.points} == {"shapes"}


def test_a_cell_of_zeros_does_not_carry_the_values_of_a_sequence() -> None:
    cell = "def rnn_cell_forward(xt, a, p): return 0 * a, np.zeros((len(p['by']), xt.shape[1])), (0 * a, a, xt, p)"
    results = grade(student(cell, source.whole(SOLUTION.function("rnn_forward"))), tasks=RNN[:2])
    assert outcomes(results, "rnn_forward")[1] == "failed"


@pytest.mark.parametrize("body", ["return None", "raise NotImplementedError"])
def test_a_notebook_that_was_not_begun_earns_nothing(body: str) -> None:
    results = grade(student(*(f"def {task}(*inputs, **named): {body}" for task in TASKS)))
    assert points(results) == 0
    assert {each.verdict.outcome for each in results} == {"failed"}
    assert points(grade({})) == 0


def test_a_changed_input_costs_points_and_the_message_says_which() -> None:
    clip = a_solution("clip_gradients", "-limit, limit)", "-limit, limit, out=gradient)")
    [message, _] = said(grade(student(clip), tasks=["clip_gradients"]), "clip_gradients")
    assert "the call changed its input `gradients`" in message


@pytest.mark.parametrize(
    ("function", "find", "replace"),
    [
        ("rnn_cell_backward", "    dz = da_next * (1 - a_next**2)", "    da_next *= 1 - a_next**2; dz = da_next"),
        ("rnn_backward", "cell_backward(da[:, :, t] + da_prev,", "cell_backward(np.add(da_prev, da[:, :, t], out=da[:, :, t]),"),
    ],
)  # fmt: skip
def test_a_changed_input_costs_the_points_of_a_backward_pass_too(function: str, find: str, replace: str) -> None:
    results = grade(student(a_solution(function, find, replace)), tasks=[function])
    assert outcomes(results, function) == ["failed", "failed"]
    assert all("must stay as" in message for message in said(results, function))


@pytest.mark.parametrize("returned", ["gradients", "dict(gradients)"])
def test_clipped_gradients_may_share_everything_with_the_input(returned: str) -> None:
    clip = a_solution(
        "clip_gradients", "        scale = ", f"        if norm <= limit: return {returned}\n        scale = "
    )
    assert outcomes(grade(student(clip), tasks=["clip_gradients"]), "clip_gradients") == ["passed", "passed"]


def test_a_wrong_helper_shows_wherever_it_is_used() -> None:
    cell = "def softmax(z): return np.exp(z - z.max()) / np.exp(z - z.max()).sum()"
    cells = [source.whole(SOLUTION.function(name)) for name in ("gru_cell_forward", "lstm_cell_forward")]
    results = grade(student(cell, *cells), tasks=["gru_cell_forward", "lstm_cell_forward"])
    assert [each.verdict.slip for each in results if not each.points] == [
        "gru-softmax-over-everything",
        "gru-softmax-over-everything",
        "lstm-cell-softmax-over-everything",
    ]


def test_a_message_names_the_axes_that_were_mixed_up() -> None:
    stacked_first = LOOPS.replace("return [a, y, [caches, x]]", "return np.moveaxis(a, 2, 0), y, (caches, x)")
    [message, *_] = said(grade(student(stacked_first), tasks=["rnn_forward"]), "rnn_forward")
    assert "a has shape (6, 5, 4), expected (5, 4, 6); with its axes in the order (1, 2, 0) it has the right" in message


# ---------------------------------------------------------------------------------------------------------- the handout


UNSEEN = {
    "rnn-cell-cache-states-swapped", "lstm-cell-cache-gates-swapped", "birnn-caches-halves-swapped",
    "clip-takes-any-by",
}  # fmt: skip
"""Slips that the examples do not show."""


@pytest.mark.parametrize("name", [slip.name for slip in ASSIGNMENT.slips])
def test_the_small_example_of_a_task_shows_each_slip(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student who compares what is printed with what is stated is not left in peace."""
    sit_down(ASSIGNMENT, tmp_path, monkeypatch)
    [slip] = [each for each in ASSIGNMENT.slips if each.name == name]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    defined = False
    for code, stated in examples(SOLUTION):
        if defined and stated:
            assert (attempt(code, namespace) == stated) == (name in UNSEEN)
            return
        printed_by(code, namespace)
        if f"def {slip.function}(" in code:
            defined = True
            namespace[slip.function] = SOLUTION.mistaken[name]
    pytest.fail(f"{slip.function} has no example")


def test_the_handout_states_the_limits() -> None:
    text = handout.render(handout.Student(ASSIGNMENT, SOLUTION))
    assert (ASSIGNMENT.limits.cell_seconds, ASSIGNMENT.limits.run_seconds) == (10, 120)
    assert "run for 10 seconds and the whole notebook for two minutes" in " ".join(text.split())


def test_the_handout_states_every_cache_as_the_docstrings_do() -> None:
    text = handout.render(handout.Student(ASSIGNMENT, SOLUTION))
    for task in TASKS:
        layouts = re.findall(r"cache[s]?: the tuple (\([a-z_, ]+\)), ", SOLUTION.function(task).__doc__ or "")
        assert all(f"`{layout}`" in text for layout in layouts), task
