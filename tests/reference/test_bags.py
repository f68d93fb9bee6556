"""Bags of rows: means as NumPy has them, and steps that move a mean by one whole step."""

from __future__ import annotations

import numpy as np
import torch

from reference.embeddings.bags import Bags, BagTable, mean_rows
from reference.embeddings.tables import Table

BAGS = [[0, 3], [2], [1, 1, 4], [3, 4, 0, 2]]


def a_matrix() -> torch.Tensor:
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_rows_are_means_in_any_order_and_number() -> None:
    matrix = a_matrix()
    things = torch.tensor([[2, 0], [2, 3], [4, 1]])  # 4 is one more than there is
    expected = [np.mean(matrix.numpy()[BAGS[i]], axis=0) if i < 4 else np.zeros(3) for i in things.flatten()]
    np.testing.assert_allclose(BagTable(Table(matrix), BAGS).rows(things).reshape(-1, 3).numpy(), expected)
    np.testing.assert_allclose(
        BagTable(Table(matrix), BAGS).numpy(), [matrix.numpy()[bag].mean(axis=0) for bag in BAGS]
    )


def test_chosen_bags_keep_their_rows_and_may_be_empty() -> None:
    chosen = Bags.of([*BAGS, []]).of_things(torch.tensor([4, 3, 1, 1]))
    assert chosen.sizes.tolist() == [0, 4, 1, 1]
    assert chosen.rows.tolist() == [3, 4, 0, 2, 2, 2]
    assert mean_rows(a_matrix(), chosen)[0].tolist() == [0, 0, 0]


def test_the_mean_moves_by_one_whole_step_however_many_rows_it_has() -> None:
    table = BagTable(Table(a_matrix()), BAGS)
    before, gradient = table.numpy().copy(), torch.ones(2, 3, dtype=torch.float64)
    table.descend(torch.tensor([3, 3]), gradient, torch.zeros(2, dtype=torch.float64), rate=0.1)
    np.testing.assert_allclose(table.numpy()[3] - before[3], [-0.2] * 3)


def test_a_mean_is_damped_by_all_its_pull_and_each_row_by_its_share_of_it() -> None:
    table = BagTable(Table(a_matrix()), BAGS)
    before, ones = table.numpy().copy(), torch.ones(2, 3, dtype=torch.float64)
    table.descend(torch.tensor([3, 3]), ones, 10 * ones[:, 0], rate=0.1)
    np.testing.assert_allclose(table.numpy()[3] - before[3], [-0.2 / (1 + 0.1 * 20) / (1 + 0.1 * 20 / 4)] * 3)
