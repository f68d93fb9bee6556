"""GloVe against torch's derivatives, central differences, and the published program's order: one cell at a time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import sparse

from reference.counts.cooccurrence import cooccurrence
from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.glove import (
    Cells,
    Table,
    descend,
    glove_gradients,
    glove_loss,
    glove_step,
    glove_weight,
    independent_cells,
    probe_ratios,
    train_glove,
)
from tests.reference.oracles import Draw, assert_agree, central_differences, gradient, tensor
from tests.reference.zipf import zipf_documents

Parameters = dict[str, np.ndarray]


def table_of_counts(words: int = 60) -> sparse.csr_array:
    documents = zipf_documents(np.random.default_rng(1), documents=40, words=words, length=50)
    vocabulary = build_vocabulary(documents, special=())
    return cooccurrence([vocabulary.encode(document) for document in documents], len(vocabulary), 5, "harmonic")


def draw_parameters(V: int, d: int, seed: int = 2) -> Parameters:
    draw = Draw(seed)
    return {"W": draw(V, d), "W_tilde": draw(V, d), "b": draw(V), "b_tilde": draw(V)}


def small_counts() -> np.ndarray:
    return np.array([[0.0, 3, 150], [3, 1, 0], [100, 0.5, 0]])


def test_the_weight_rises_to_one_at_x_max() -> None:
    x = np.array([0, 1, 50, 100, 1e6])
    np.testing.assert_allclose(glove_weight(x), [0, 100**-0.75, 0.5**0.75, 1, 1], rtol=1e-15)
    np.testing.assert_allclose(glove_weight(x, 10, 0.5), [0, 0.1**0.5, 1, 1, 1], rtol=1e-15)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_loss_and_gradients_agree_with_torch(form: type) -> None:
    X, parameters = small_counts(), draw_parameters(3, 4)
    leaves = {name: tensor(array) for name, array in parameters.items()}
    predicted = leaves["W"] @ leaves["W_tilde"].T + leaves["b"][:, None] + leaves["b_tilde"]
    counts = torch.tensor(X)
    terms = torch.clamp(counts / 100, max=1) ** 0.75 * (predicted - counts.clamp(min=1e-300).log()) ** 2
    loss = terms[counts > 0].sum()
    loss.backward()

    assert glove_loss(form(X), parameters) == pytest.approx(loss.item(), rel=1e-14)
    found = glove_gradients(form(X), parameters)
    assert_agree(found, {f"d{name}": gradient(leaf) for name, leaf in leaves.items()}, 1e-14)


def test_the_gradients_agree_with_central_differences_in_every_entry() -> None:
    X, parameters = small_counts(), draw_parameters(3, 2)
    expected = central_differences(lambda **moved: glove_loss(X, moved, 10, 0.5), **parameters)
    assert_agree(glove_gradients(X, parameters, 10, 0.5), expected, 1e-8)


def test_another_weight_can_take_the_place_of_f() -> None:
    X, parameters = small_counts(), draw_parameters(3, 2)

    def thrice(x: np.ndarray, x_max: float, alpha: float) -> np.ndarray:
        return 3 * glove_weight(x, x_max, alpha)

    assert glove_loss(X, parameters, 10, 0.5, weight=thrice) == pytest.approx(3 * glove_loss(X, parameters, 10, 0.5))
    expected = {name: 3 * each for name, each in glove_gradients(X, parameters, 10, 0.5).items()}
    assert_agree(glove_gradients(X, parameters, 10, 0.5, weight=thrice), expected, 1e-14)


@pytest.mark.parametrize("make", [lambda array: array, torch.from_numpy], ids=["numpy", "torch"])
def test_a_step_is_adagrad_s_with_the_squares_taken_before(make: type) -> None:
    draw = np.random.default_rng(3)
    theta, g, squares = draw.standard_normal((3, 4)), draw.standard_normal((3, 4)), 5 + draw.random((3, 4))
    leaf = tensor(theta)
    theirs = torch.optim.Adagrad([leaf], lr=1, eps=0)
    theirs.state[leaf]["sum"].copy_(torch.tensor(squares - g**2))  # it adds the square before it divides
    leaf.grad = torch.tensor(g)
    theirs.step()

    before = theta.copy(), squares.copy()
    moved, grown = glove_step(make(theta), make(g), make(squares), 1)
    np.testing.assert_allclose(moved, leaf.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(grown, squares + g**2, rtol=1e-14)
    np.testing.assert_array_equal(before, (theta, squares))
    slower = glove_step(make(theta), make(g / 2), make(squares), 2)
    np.testing.assert_allclose(slower[1], grown, rtol=1e-14)


def test_groups_hold_every_cell_once_and_no_row_or_column_twice() -> None:
    X = table_of_counts()
    met, ends = independent_cells(X)
    np.testing.assert_array_equal(met.toarray(), X.toarray())
    assert met.nnz == X.nnz == ends[-1]
    for start, end in pairwise(ends):
        for numbers in (met.row[start:end], met.col[start:end]):
            assert len(set(numbers.tolist())) == end - start


def one_cell_at_a_time(cells: list[tuple[int, int, float]], parameters: Parameters, squares: Parameters, **f) -> float:
    """Go through cells in the order given as the published program does, and return the mean cost."""
    W, W_tilde, b, b_tilde = (parameters[name] for name in ("W", "W_tilde", "b", "b_tilde"))
    cost = 0.0
    for i, j, x in cells:
        residual = W[i] @ W_tilde[j] + b[i] + b_tilde[j] - np.log(x)
        weighted = float(glove_weight(x, **f)) * residual
        cost += weighted * residual / 2
        steps = {"W": 0.05 * weighted * W_tilde[j], "W_tilde": 0.05 * weighted * W[i]}
        steps["b"] = steps["b_tilde"] = 0.05 * weighted
        for name, row in (("W", i), ("W_tilde", j), ("b", i), ("b_tilde", j)):
            parameters[name][row] -= steps[name] / np.sqrt(squares[name][row])
            squares[name][row] += steps[name] ** 2
    return cost / len(cells)


def as_tables(parameters: Parameters) -> tuple[Table, Table]:
    V = len(parameters["b"])
    columns = {"b": parameters["b"][:, None], "b_tilde": parameters["b_tilde"][:, None], "one": np.ones((V, 1))}
    words = torch.tensor(np.hstack([parameters["W"], columns["b"], columns["one"]]))
    contexts = torch.tensor(np.hstack([parameters["W_tilde"], columns["one"], columns["b_tilde"]]))
    tables = Table(words, torch.ones_like(words)), Table(contexts, torch.ones_like(contexts))
    tables[0].squares[:, -1], tables[1].squares[:, -2] = torch.inf, torch.inf
    return tables


def test_a_group_at_once_ends_where_one_cell_after_another_does() -> None:
    X, d = table_of_counts(), 5
    met, ends = independent_cells(X)
    parameters = {name: array.copy() for name, array in draw_parameters(X.shape[0], d).items()}
    words, contexts = as_tables(parameters)
    f = torch.tensor(glove_weight(met.data, 10))
    cells = Cells(torch.tensor(met.row).long(), torch.tensor(met.col).long(), f, torch.tensor(np.log(met.data)))
    squares = {name: np.ones(array.shape) for name, array in parameters.items()}

    expected = one_cell_at_a_time(list(zip(met.row, met.col, met.data, strict=True)), parameters, squares, x_max=10)
    parts = [cells.part(start, end) for start, end in pairwise(ends)]
    cost = float(sum(descend(words, contexts, part, 0.05) for part in parts)) / met.nnz
    assert cost == pytest.approx(expected, rel=1e-12)
    for table, vector, bias, place in ((words, "W", "b", d), (contexts, "W_tilde", "b_tilde", d + 1)):
        np.testing.assert_allclose(table.rows[:, :d], parameters[vector], rtol=0, atol=1e-12)
        np.testing.assert_allclose(table.rows[:, place], parameters[bias], rtol=0, atol=1e-12)
        np.testing.assert_allclose(table.squares[:, place], squares[bias], rtol=1e-12)
        assert (table.rows[:, 2 * d + 1 - place] == 1).all()


def published_loss(X: sparse.csr_array, d: int, epochs: int, seed: int) -> float:
    generator = np.random.default_rng(seed)
    shapes = {"W": (X.shape[0], d), "W_tilde": (X.shape[0], d), "b": X.shape[0], "b_tilde": X.shape[0]}
    parameters = {name: generator.uniform(-0.5, 0.5, shape) / (d + 1) for name, shape in shapes.items()}
    squares = {name: np.ones(shape) for name, shape in shapes.items()}
    met = X.tocoo()
    cells = list(zip(met.row, met.col, met.data, strict=True))
    for _ in range(epochs):
        generator.shuffle(cells)
        one_cell_at_a_time(cells, parameters, squares, x_max=10)
    return glove_loss(X, parameters, 10)


@pytest.mark.slow
def test_training_gets_as_low_as_the_published_order_in_as_many_epochs_within_its_spread_over_seeds() -> None:
    X, d, epochs = table_of_counts(words=150), 10, 15
    published = [published_loss(X, d, epochs, seed) for seed in range(6)]
    models = [train_glove(X, np.random.default_rng(seed), d=d, epochs=epochs, x_max=10) for seed in range(6, 12)]
    reached = [glove_loss(X, model.parameters, 10) for model in models]
    assert np.mean(reached) <= np.mean(published) + 2 * np.std(published, ddof=1), f"{reached} against {published}"


def test_without_a_step_the_cost_is_half_the_mean_loss() -> None:
    X = table_of_counts()
    model = train_glove(X, np.random.default_rng(6), d=4, epochs=2, learning_rate=0)
    assert all(np.abs(array).max() == pytest.approx(0.5 / 5, rel=0.1) for array in model.parameters.values())
    expected = glove_loss(X, model.parameters) / X.nnz / 2
    assert model.costs == pytest.approx((expected, expected), rel=1e-5)


def test_words_that_keep_the_same_company_end_up_as_neighbours() -> None:
    generator = np.random.default_rng(7)
    topics = generator.integers(0, 4, 600)
    sentences = [8 * topic + generator.integers(0, 8, 12) for topic in topics]
    X = cooccurrence([np.append(sentence, 32) for sentence in sentences], 33)  # 32 is a word of every topic
    model = train_glove(X, generator, d=6, epochs=20, learning_rate=0.1)
    unit = model.vectors([str(number) for number in range(33)]).unit[:32]
    nearest = (unit @ unit.T - 2 * np.eye(32)).argmax(axis=1)
    assert (nearest // 8 == np.arange(32) // 8).all()
    assert model.costs[-1] < model.costs[0] / 4


def test_the_same_seed_gives_the_same_vectors_of_words_and_contexts_added_up() -> None:
    X = table_of_counts()
    first, second = (train_glove(X, np.random.default_rng(8), d=4, epochs=2) for _ in range(2))
    words = [str(number) for number in range(X.shape[0])]
    np.testing.assert_array_equal(first.vectors(words).matrix, second.vectors(words).matrix)
    np.testing.assert_array_equal(first.vectors(words)["3"], (first.parameters["W"] + first.parameters["W_tilde"])[3])
    assert first.costs == second.costs
    assert first.parameters["W"].shape == (X.shape[0], 4)
    assert first.parameters["b"].shape == (X.shape[0],)


def test_the_table_of_ratios_tells_ice_from_steam() -> None:
    #            ice steam solid gas water fashion never
    X = np.array([[0, 0, 8, 1, 20, 1, 0], [0, 0, 1, 4, 10, 0.5, 0], *np.zeros((5, 7))])
    solid, gas, water, fashion = probe_ratios(X, 0, 1, [2, 3, 4, 5])
    np.testing.assert_allclose(solid, [8 / 30, 1 / 15.5, 8 / 30 * 15.5])
    np.testing.assert_allclose(gas, [1 / 30, 4 / 15.5, 1 / 30 / 4 * 15.5])
    assert water[2] == pytest.approx(fashion[2])
    np.testing.assert_array_equal(probe_ratios(sparse.csr_array(X), 0, 1, [2, 3, 4, 5])[0], solid)
    X[1, 2] = 0
    with_gaps = probe_ratios(X, 0, 1, [2, 6])
    assert np.isinf(with_gaps[0, 2])
    assert np.isnan(with_gaps[1, 2])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_gpu_gets_as_low_as_the_processor() -> None:
    X = table_of_counts()
    here, there = (train_glove(X, np.random.default_rng(9), d=4, epochs=5, device=where) for where in ("cpu", "cuda"))
    assert there.costs == pytest.approx(here.costs, rel=1e-3)
