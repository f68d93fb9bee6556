"""The assignment on t-SNE: its solution agrees with the references, its samplers keep their promises, and students are
treated fairly.
"""

from __future__ import annotations

import math
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from autograder.assignment import load_assignment
from autograder.cli.course import Loaded
from autograder.given import given_files
from autograder.registry import build_registry
from autograder.solution import load_solution
from reference.projection import descent, pca, tsne
from reference.projection.trustworthiness import trustworthiness
from tests.posed import verdicts_on_cells

if TYPE_CHECKING:
    from autograder.conversation import Case

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "assignments" / "tsne"
ASSIGNMENT = load_assignment(FOLDER)
SOLUTION = load_solution(ASSIGNMENT)
REGISTRY = build_registry(FOLDER)
FUNCTION = SOLUTION.function
verdicts = partial(verdicts_on_cells, Loaded(ASSIGNMENT, SOLUTION, REGISTRY))
PLUGIN = sys.modules[REGISTRY.samplers["tsne.points"].__module__]
METRIC = REGISTRY.metrics["divergence"]


def case(sampler: str, edge: str = "", seed: int = 0, **size: int) -> Case:
    drawn: Case = REGISTRY.samplers[f"tsne.{sampler}"](np.random.default_rng(seed), size, edge)
    return drawn


# --------------------------------------------------------------------------------------- the solution and the references


@pytest.mark.parametrize("seed", range(5))
def test_principal_components_are_those_of_the_reference(seed: int) -> None:
    for size in ASSIGNMENT.task("pca").checks[0].sampling.sizes:
        inputs = case("cloud", seed=seed, **size).inputs
        np.testing.assert_allclose(FUNCTION("pca")(**inputs), pca.pca(**inputs), atol=1e-12)


@pytest.mark.parametrize("steps", [0, 1, 5, 8, 12])
def test_the_descent_is_that_of_the_reference(steps: int) -> None:
    inputs = case("few_steps", N=9, d=2, steps=steps).inputs
    P, start = inputs["P"], inputs["start"]
    schedule = descent.Schedule(iterations=steps, exaggerated=math.ceil(steps / 4), exaggeration=12.0)
    theirs = [tsne.tsne_loss(P, start)]
    last = descent.descend(
        descent.start(start),
        tsne.exact_forces(P),
        schedule,
        progress=lambda state: theirs.append(tsne.tsne_loss(P, state.Y)),
    )
    Y, losses = FUNCTION("descend")(P, start, steps)
    np.testing.assert_allclose(Y, last.Y, rtol=1e-12)
    np.testing.assert_allclose(losses, theirs, rtol=1e-12)


# ----------------------------------------------------------------------------------------------------------- the samplers


@pytest.mark.parametrize("seed", range(10))
def test_no_simpler_rule_gives_all_signs_of_the_directions(seed: int) -> None:
    X = case("cloud", seed=seed, N=6, D=4, k=2).inputs["X"]
    components = pca.principal_components(X, 2).components
    assert (np.abs(components).max(axis=1) == components.max(axis=1)).all()
    assert np.sign(components[:, 0]).tolist() == [-1, 1]
    assert np.sign(components.sum(axis=1)).tolist() == [1, -1]


@pytest.mark.parametrize("seed", range(10))
def test_who_only_takes_the_nearest_depends_on_who_the_points_are(seed: int) -> None:
    D = case("neighbours", seed=seed, N=5).inputs["D"] + np.diag(np.full(5, np.inf))
    assert (D.argmin(axis=1)[1:] != 0).any()


@pytest.mark.parametrize("seed", range(10))
def test_without_the_least_distance_taken_away_the_far_point_has_no_neighbours(seed: int) -> None:
    inputs = case("neighbours", "one far away", seed, N=8).inputs
    P = FUNCTION("conditional_probabilities")(**inputs)[0, 1:]
    apart = inputs["D"][0, 1:]
    near, far = np.argsort(apart)[[0, 1]]
    beta = np.log(P[near] / P[far]) / (apart[far] - apart[near])
    assert (np.exp(-beta * apart) == 0).all()


@pytest.mark.parametrize("seed", range(10))
def test_distances_on_the_grid_are_equal_however_they_are_worked_out(seed: int) -> None:
    inputs = case("points_and_picture", "equal distances", seed, N=8, D=3, k=3).inputs
    for points in (inputs["X"], inputs["Y"]):
        D = FUNCTION("squared_distances")(points)
        assert (cdist(points, points, "sqeuclidean") == D).all()
        assert len(np.unique(D[np.triu_indices(24, 1)])) < 60
        assert D[0, 1] == 0


@pytest.mark.parametrize("seed", range(10))
def test_at_its_edges_the_search_meets_what_the_handout_speaks_of(seed: int) -> None:
    equal = case("neighbours", "several in one place", seed, N=8).inputs
    assert ((equal["D"] == 0).sum(axis=1) - 1).max() > equal["perplexity"]
    far = case("neighbours", "one far away", seed, N=8).inputs["D"]
    assert (np.exp(-far[0, 1:]) == 0).all()
    assert set(case("neighbours", "perplexity by default", seed, N=8).inputs) == {"D"}


@pytest.mark.parametrize("seed", range(10))
def test_pairs_without_probability_are_others_than_the_diagonal(seed: int) -> None:
    P = case("picture", "pairs without probability", seed, N=5, d=3).inputs["P"]
    assert (P == 0).sum() == 15
    assert P.sum() == pytest.approx(1)
    assert (P == P.T).all()


# ---------------------------------------------------------------------------------------------- what is handed out, hidden


def test_words_of_a_topic_stand_together_in_twenty_dimensions_and_less_so_in_their_shadow() -> None:
    X, topics = PLUGIN.word_vectors(), np.repeat(np.arange(12), [len(each.split()) for each in PLUGIN.TOPICS.values()])

    def together(Y: np.ndarray) -> float:
        D = tsne.squared_distances(Y)
        np.fill_diagonal(D, np.inf)
        return float((topics[np.argsort(D, axis=1)[:, :5]] == topics[:, None]).mean())

    assert len(set(PLUGIN.WORDS)) == len(PLUGIN.WORDS) == len(X) == 244
    assert together(X) > 0.85
    assert together(pca.pca(X)) < 0.65
    assert trustworthiness(X, pca.pca(X)) < 0.85


def test_what_is_handed_out_are_the_vectors_that_judge() -> None:
    lines = given_files(ASSIGNMENT, REGISTRY)["given/words.csv"].decode().splitlines()
    read = np.array([line.split(",")[2:] for line in lines], dtype=float)
    assert (read == PLUGIN.word_vectors()).all()
    assert lines[0].startswith("january,months,")


def test_places_are_judged_by_their_divergence() -> None:
    drawn = case("words_to_place", N=30, steps=1)
    P, start = drawn.inputs["P"], drawn.inputs["start"]
    assert METRIC.score(start, **drawn.hidden) == tsne.tsne_loss(P, start)
    assert METRIC.lower_is_better


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "Y",
        [[1.0]],
        np.zeros((4, 2)),
        np.zeros((5, 3)),
        np.full((5, 2), np.nan),
        np.full((5, 2), 1e200),
        [["a", "b"]],
    ],
)
def test_what_is_no_table_of_places_is_refused_in_words(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"^Y (is|has)"):
        METRIC.score(answer, chosen=np.arange(5))


# -------------------------------------------------------------------------------------------------------------- fairness


ROOTS = "def squared_distances(X):\n    return np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))"
BUILT = """
def student_t_weights(Y):
    return 1 / (1 + squared_distances(Y)) - np.eye(len(Y))

def tsne_loss(P, Y):
    q = student_t_weights(Y) / student_t_weights(Y).sum()
    return (P[P > 0] * np.log(P[P > 0] / q[P > 0])).sum()

def tsne_gradient(P, Y):
    w = student_t_weights(Y)
    return 4 * (((P - w / w.sum()) * w)[:, :, None] * (Y[:, None] - Y)).sum(axis=1)
"""


@pytest.mark.parametrize(
    ("function", "part"),
    [
        ("student_t_weights", "squared_distances"),
        ("tsne_loss", "student_t_weights"),
        ("tsne_gradient", "student_t_weights"),
    ],
)
def test_a_root_too_many_costs_its_points_once(function: str, part: str) -> None:
    found = verdicts(function, ROOTS, BUILT, failed=frozenset({part}))
    assert {(each.outcome, each.carried_forward) for each in found} == {("passed", True)}
    assert {each.outcome for each in verdicts(function, ROOTS, BUILT)} == {"failed"}


def test_a_gradient_of_a_students_own_loss_is_right() -> None:
    halved = """
def tsne_loss(P, Y):
    w = student_t_weights(Y)
    return (P[P > 0] * np.log(P[P > 0] / (w / w.sum())[P > 0])).sum() / 2

def tsne_gradient(P, Y):
    w = student_t_weights(Y)
    return 2 * (((P - w / w.sum()) * w)[:, :, None] * (Y[:, None] - Y)).sum(axis=1)
"""
    assert [each.slip for each in verdicts("tsne_loss", halved)] == ["loss-half"]
    assert verdicts("tsne_gradient", halved, failed=frozenset({"tsne_loss"}))[0].outcome == "passed"


@pytest.mark.parametrize(
    "code",
    [
        "return 1e-2 * np.random.default_rng(0).standard_normal(start.shape), np.linspace(5, 0.2, steps + 1)",
        "return np.linalg.eigh(P)[1][:, -3:-1] * 20, np.linspace(5, 0.2, steps + 1)",
        "return start, [tsne_loss(P, start)] * (steps + 1)",
    ],
)
def test_who_does_not_descend_finds_no_places(code: str) -> None:
    found = verdicts("descend", f"def descend(P, start, steps):\n    {code}")
    assert [each.outcome for each in found] == ["failed"] * 3
    assert "divergence" in found[2].message
