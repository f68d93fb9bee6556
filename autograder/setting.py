"""What a check is told: its cases, drawn from the run's seed, and the parameters that the assignment sets."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.bars import bar_of
from autograder.conversation import Case, Check, Setting, SlipName
from autograder.errors import AssignmentError
from autograder.provenance import digest_of_program
from autograder.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.assignment import Assignment, CheckPlan, Task
    from autograder.conversation import Conversation
    from autograder.registry import Registry

PUBLIC_SEED = 20_250_917
TRAININGS = 2
"""So many cases a check that trains may have: who misses the bar with the first is trained once more."""


@dataclass(frozen=True)
class Planned:
    """A check ready to be held: its plugin, the parameters that the assignment sets, and its title for the student."""

    check: Check
    parameters: Mapping[str, Any]
    own_title: str = ""

    @property
    def title(self) -> str:
        """The line that the student reads: the assignment's, else the first of the check's description."""
        return self.own_title or (inspect.getdoc(self.check) or "").partition("\n")[0].rstrip(".")

    def start(self, setting: Setting) -> Conversation:
        """Return the conversation about one setting."""
        return self.check(setting, **self.parameters)


def plan_check(registry: Registry, task: Task, plan: CheckPlan) -> Planned:
    """Return the planned check; AssignmentError for an unknown check or a parameter that it does not have."""
    where = f"check `{plan.check}` of {task.function}"
    check = registry.named("checks", plan.check, where)
    known = {
        name: parameter
        for name, parameter in inspect.signature(check).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    for name in plan.parameters:
        if name not in known:
            raise AssignmentError(f"{where} has an unknown parameter `{name}`{did_you_mean(name, known)}")
    for name, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and name not in plan.parameters:
            raise AssignmentError(f"{where} needs the parameter `{name}`")
    return Planned(check, plan.parameters, plan.title)


def build_setting(
    registry: Registry,
    assignment: Assignment,
    task: Task,
    plan: CheckPlan,
    run_seed: int,
    failed: frozenset[str],
    device: str = "cpu",
) -> Setting:
    """Return the setting of one check; the same run seed gives the same cases.

    AssignmentError if the check trains and has no bar for the device, or one of other code.
    """
    setting = setting_without_bar(registry, assignment, task, plan, run_seed, failed, device)
    if not trains(plan_check(registry, task, plan).check):
        return setting
    program = digest_of_program(registry, assignment, task, plan)
    return replace(setting, bar=bar_of(assignment, task, plan, setting.device, program))


def trains(check: Check) -> bool:
    """Whether a check trains, and is judged by a bar."""
    return getattr(check, "trains", False) is True


def setting_without_bar(
    registry: Registry,
    assignment: Assignment,
    task: Task,
    plan: CheckPlan,
    run_seed: int,
    failed: frozenset[str],
    device: str,
) -> Setting:
    """Return the setting of one check as it is before its bar is known.

    The device is that of the inputs called `device`; a function without such an input is always asked on the CPU.
    """
    training = trains(plan_check(registry, task, plan).check)
    seed = check_seed(run_seed, assignment.name, task.function, plan, shared=training)
    where = f"task {task.function}"
    cases = tuple(_draw(registry, _for_training(plan, where) if training else plan, seed, where))
    chooses = any("device" in case.inputs for case in cases)
    metric = plan.parameters.get("metric")
    return Setting(
        function=task.function,
        cases=tuple(_on_device(case, device) for case in cases) if chooses else cases,
        results=task.results,
        slips=tuple(SlipName(slip.name, slip.sentence) for slip in assignment.slips_of(task.function)),
        failed=failed,
        conventions={result: registry.named("conventions", name, where) for result, name in task.conventions.items()},
        seed=seed,
        metric=None if metric is None else registry.named("metrics", metric, where),
        device=device if chooses else "cpu",
    )


def _on_device(case: Case, device: str) -> Case:
    return replace(case, inputs=dict(case.inputs) | {"device": device}) if "device" in case.inputs else case


def _for_training(plan: CheckPlan, where: str) -> CheckPlan:
    """Return the plan with one case for each training; a bar belongs to one size, so there must be no other."""
    sampling = plan.sampling
    if not sampling.sampler or len(sampling.sizes) != 1 or sampling.edges:
        raise AssignmentError(
            f"{where}: check `{plan.check}` trains, so it needs a `sampler` and exactly one size; "
            "give it `sizes` with one entry and `edges = []` of its own"
        )
    return replace(plan, sampling=replace(sampling, repeat=TRAININGS))


def check_seed(run_seed: int, assignment: str, function: str, plan: CheckPlan, *, shared: bool = False) -> int:
    """Return a seed that depends on the run and on which check of which task this is.

    A `shared` one is the same for all checks of the task with the same sampling: they share their trainings.
    """
    what = (plan.sampling,) if shared else (plan.check, sorted(plan.parameters.items()), plan.sampling)
    text = f"{run_seed}\0{assignment}\0{function}\0{what!r}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _draw(registry: Registry, plan: CheckPlan, seed: int, where: str) -> Iterator[Case]:
    """Draw cases: every size in turn, small ones first, then every edge at a size from the middle."""
    sampling = plan.sampling
    if not sampling.sampler:
        return
    sampler = registry.named("samplers", sampling.sampler, where)
    middle = sampling.sizes[len(sampling.sizes) // 2]
    wanted = [(size, "") for size in sampling.sizes for _ in range(sampling.repeat)]
    wanted += [(middle, edge) for edge in sampling.edges]
    for number, (size, edge) in enumerate(wanted):
        random = np.random.default_rng([seed, number])
        try:
            case = sampler(random, dict(size), edge)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise AssignmentError(
                f"{where}: sampler {sampling.sampler!r} failed with {size!r}, {edge!r}: {problem}"
            ) from error
        if not isinstance(case, Case):
            raise AssignmentError(
                f"{where}: sampler {sampling.sampler!r} must return a Case, not {type(case).__name__}"
            )
        yield replace(case, label=case.label or _label(size, edge), size=size)


def _label(size: Mapping[str, int], edge: str) -> str:
    sizes = ", ".join(f"{name}={value}" for name, value in size.items())
    return f"{sizes} ({edge})" if edge and sizes else sizes or edge
