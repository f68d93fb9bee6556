"""Huffman's tree: a prefix code, as short as can be, as long as gensim's."""

from __future__ import annotations

import heapq
import itertools

import numpy as np
import pytest
from gensim.models import Word2Vec

from reference.embeddings.huffman import huffman_routes

COUNTS = [[1, 1], [5, 3, 1, 1], [1] * 8, [8, 4, 2, 1, 1], [100, 1, 1, 1, 50, 49, 3], [3, 1, 2]]


def cost_by_heap(counts: list[int]) -> int:
    """What any Huffman code costs: the sum of the weights of all forks."""
    heap, cost = list(counts), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    return cost


def cost(counts: list[int]) -> int:
    return sum(count * len(route.code) for count, route in zip(counts, huffman_routes(counts), strict=True))


def random_counts(seed: int) -> list[int]:
    generator = np.random.default_rng(seed)
    return [int(count) for count in generator.zipf(1.5, size=300).clip(max=10**6)]


@pytest.mark.parametrize("counts", [*COUNTS, *map(random_counts, range(5))])
def test_the_code_costs_as_little_as_any(counts: list[int]) -> None:
    assert cost(counts) == cost_by_heap(counts)


def test_no_tree_of_five_words_is_cheaper() -> None:
    counts = [9, 7, 4, 2, 1]
    lengths = itertools.product(range(1, 5), repeat=5)
    possible = (each for each in lengths if sum(2.0**-length for length in each) <= 1)  # Kraft's inequality
    assert cost(counts) == min(int(np.dot(counts, each)) for each in possible)


@pytest.mark.parametrize("counts", [*COUNTS, random_counts(9)])
def test_routes_fork_where_they_meet_and_no_word_lies_on_another_s_way(counts: list[int]) -> None:
    routes = huffman_routes(counts)
    ways = {route.path[-1] * 2 + route.code[-1] for route in routes}
    assert len(ways) == len(counts)
    turns: dict[tuple[int, int], int] = {}
    for route in routes:
        assert route.path[0] == len(counts) - 2
        for fork, code, following in zip(route.path, route.code, route.path[1:], strict=False):
            assert turns.setdefault((fork, code), following) == following
    assert ways.isdisjoint({fork * 2 + code for fork, code in turns})


def gensim_lengths(counts: list[int]) -> list[int]:
    model = Word2Vec(hs=1, negative=0, min_count=1)
    model.build_vocab_from_freq({f"w{number}": count for number, count in enumerate(counts)})
    return [len(model.wv.get_vecattr(f"w{number}", "code")) for number in range(len(counts))]


def test_codes_cost_as_much_as_gensim_s() -> None:
    counts = random_counts(10)
    assert cost(counts) == np.dot(counts, gensim_lengths(counts))


def test_codes_are_as_long_as_gensim_s_where_no_two_counts_are_equal() -> None:
    counts = [233, 1, 2, 40, 7, 11, 19, 555, 31, 80, 150, 3]
    assert [len(route.code) for route in huffman_routes(counts)] == gensim_lengths(counts)


def test_one_word_needs_no_turn() -> None:
    (route,) = huffman_routes([5])
    assert len(route.path) == len(route.code) == 0
