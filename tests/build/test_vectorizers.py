"""The assignment on text as counts as students unpack it: the news are there, and the solution earns all that can be judged."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.build.test_recurrent import JUDGE, graders, mistaken, solved

if TYPE_CHECKING:
    from autograder.build.assembly import Built
    from tests.build.conftest import Enter, Load, Loaded

pytestmark = pytest.mark.slow
VECTORIZERS = Path(__file__).parents[2] / "assignments" / "vectorizers"


@pytest.fixture(scope="module")
def vectorizers(load: Load) -> Loaded:
    return load(VECTORIZERS)


@pytest.fixture(scope="module")
def vectorizers_built(vectorizers: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return vectorizers.build(tmp_path_factory.mktemp("dist"))


def test_the_zip_is_small_and_has_the_news(vectorizers_built: Built) -> None:
    assert vectorizers_built.archive.stat().st_size < 3_000_000
    with zipfile.ZipFile(vectorizers_built.archive) as archive:
        lee = json.loads(archive.read("vectorizers/given/lee.json"))
    assert [len(lee[name]) for name in ("background", "documents", "ratings")] == [300, 20, 20]


def test_the_solution_notebook_gets_every_point_but_those_for_hidden_ratings(
    vectorizers: Loaded, vectorizers_built: Built, enter: Enter
) -> None:
    """In a Python without the project and without gensim; the cells of the handout run there, too."""
    cells = nbformat.read(vectorizers_built.solution, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code" and "before_submitting" not in cell.source]
    output = enter(vectorizers_built).script("\n\n".join(code))
    for task in vectorizers.assignment.tasks:
        points = sum(plan.points for plan in task.checks if plan.check != "accuracy")
        assert f"{task.function}: {points:g} of {points:g} points" in output
    assert "that is judged after submission" in output


def test_each_slip_has_the_same_verdicts_and_words_in_the_bundle(
    vectorizers: Loaded, vectorizers_built: Built, enter: Enter
) -> None:
    """In a Python without the project, for every slip that the assignment knows."""
    classroom = enter(vectorizers_built)
    slips = vectorizers.assignment.slips
    jobs = [(slip.function, mistaken(vectorizers, slip)) for slip in slips]
    (classroom.folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    found = json.loads(classroom.script(solved(vectorizers_built) + JUDGE).splitlines()[-1])
    expected = {slip.name: graders(vectorizers, slip) for slip in slips}
    assert {slip.name: verdicts for slip, verdicts in zip(slips, found, strict=True)} == expected
