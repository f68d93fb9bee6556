"""Tables: a step downhill for many rows, and what damping does to rows that are asked often."""

from __future__ import annotations

import torch

from reference.embeddings.tables import Table


def test_a_row_that_is_named_twice_moves_by_both_gradients() -> None:
    table = Table(torch.zeros(3, 2))
    table.descend(torch.tensor([1, 1, 0]), torch.tensor([[1.0, 0], [1, 2], [5, 5]]), torch.zeros(3), rate=0.1)
    torch.testing.assert_close(table.matrix, torch.tensor([[-0.5, -0.5], [-0.2, -0.2], [0, 0], [0, 0]]))


def test_a_step_is_divided_by_one_plus_the_rate_times_all_the_pull() -> None:
    table = Table(torch.zeros(2, 1))
    table.descend(torch.tensor([0, 0, 1]), torch.ones(3, 1), torch.tensor([10.0, 20.0, 0.0]), rate=0.1)
    torch.testing.assert_close(table.matrix[:2, 0], torch.tensor([-0.2 / 4, -0.1]))


def test_a_pull_is_forgotten_after_the_step() -> None:
    table = Table(torch.zeros(1, 1))
    for _ in range(2):
        table.descend(torch.tensor([0]), torch.ones(1, 1), torch.tensor([10.0]), rate=0.1)
    torch.testing.assert_close(table.matrix[0, 0], torch.tensor(-0.1))


def test_a_thousand_like_questions_at_once_do_not_overshoot() -> None:
    """Each asks one logistic function for less: the plain sum of steps would throw the score from 3 to below -5."""
    table = Table(torch.tensor([[3.0]]))
    h = torch.ones(1000, 1)
    for _ in range(20):
        g = torch.sigmoid(h @ table.rows(torch.tensor([0])).T)  # (1000, 1)
        table.descend(torch.zeros(1000, dtype=torch.int64), g * h, g[:, 0].abs(), rate=0.1)
        assert table.matrix[0, 0] > -20
    plain = 3 - 0.1 * 1000 * torch.sigmoid(torch.tensor(3.0))
    assert plain < -90
    assert -20 < table.matrix[0, 0] < 0


def test_rows_have_the_shape_of_their_numbers() -> None:
    table = Table(torch.arange(6.0).view(3, 2))
    assert table.rows(torch.tensor([[0, 1], [2, 3]])).tolist() == [[[0, 1], [2, 3]], [[4, 5], [0, 0]]]
    assert table.numpy().shape == (3, 2)


def test_fixed_rows_stay_as_they_are() -> None:
    table = Table(torch.zeros(3, 1), fixed=2)
    table.descend(torch.tensor([0, 1, 2]), torch.ones(3, 1), torch.zeros(3), rate=0.1)
    torch.testing.assert_close(table.matrix[:, 0], torch.tensor([0, 0, -0.1, 0]))
