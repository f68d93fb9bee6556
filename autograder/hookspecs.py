"""The hooks, and nothing else.

`register_*` collect named things from every plugin, a plain verb is answered by the first plugin that can,
`*_finished` are notices. What ships with Gradmark uses these very hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from autograder.conversation import Case, Check
    from autograder.dataset import Dataset
    from autograder.grade import GradeRecord
    from autograder.metric import Metric
    from autograder.submission import Cell

PROJECT = "gradmark"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_references() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Return reference implementations by name; a later plugin replaces an earlier one's."""


@hookspec
def register_checks() -> Mapping[str, Check]:  # type: ignore[empty-body]
    """Return checks by the name that `assignment.toml` uses."""


@hookspec
def register_samplers() -> Mapping[str, Callable[..., Case]]:  # type: ignore[empty-body]
    """Return samplers of inputs by name: `sampler(random, size, edge) -> Case`."""


@hookspec
def register_conventions() -> Mapping[str, Callable[[Any], Any]]:  # type: ignore[empty-body]
    """Return conventions by name: functions that bring several accepted forms of one result to the same form."""


@hookspec
def register_metrics() -> Mapping[str, Metric]:  # type: ignore[empty-body]
    """Return metrics by name: how good an answer is, by what a case keeps hidden."""


@hookspec
def register_datasets() -> Mapping[str, Dataset]:  # type: ignore[empty-body]
    """Return data sets by the name that `gradmark data` uses."""


@hookspec
def register_given_files() -> Mapping[str, Callable[[], bytes]]:  # type: ignore[empty-body]
    """Return files to be handed out that are made of installed data: what makes each, by its path within `given/`."""


@hookspec(firstresult=True)
def read_submission(name: str, data: bytes) -> list[Cell] | None:
    """Return the cells of a file that was handed in, or None if this plugin does not know its kind."""


@hookspec
def grade_finished(record: GradeRecord, folder: Path) -> None:
    """One student's grade stands in the gradebook; `folder` is the assignment's part of the gradebook's folder."""


@hookspec
def run_finished(records: list[GradeRecord], folder: Path) -> None:
    """The whole class is graded; `records` are all grades of the assignment, sorted by student."""
