"""The baskets that this assignment hands out, and samplers: inputs of every size, on which each known mistake shows.

Vectors keep away from zero, so that whatever is left out is missed. Wherever products may be named twice, some are.
Numbers of products are never their places in a list, so that one cannot be taken for the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder.compare import kind_of, plain
from autograder.conversation import Case, Seeded
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.data.baskets import generate_baskets
from reference.embeddings.frequencies import noise_distribution

if TYPE_CHECKING:
    from reference.data.baskets import Shop

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Baskets = list[list[int]]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

V_OF_SHOP = 240
NOISE = 0.2
"""Of a basket, taken at random: little enough for a basket to tell more than popularity does."""
LARGE = 1e5
"""By what scores are multiplied at the edge "large", so that exp overflows and the logarithm of a share is infinite."""
HARDLY_EVER = 1e-13
"""A probability that has a logarithm, of what will not be drawn before a million classes are graded."""
TO_LEARN, FOR_EXAM, TO_FINISH = 2000, 100, 1000
"""How many baskets a training is given, how many its exam is made of, and how many recommendations are judged by."""


def number_of(name: str) -> int:
    """Return the number of a product of the shop, which tells nothing of it."""
    return int(name.removeprefix("item-"))


def baskets_of(shop: Shop) -> Baskets:
    """Return the baskets of a shop in the numbers of their products."""
    return [[number_of(name) for name in basket.tokens] for basket in shop.baskets]


@cache
def shop_of_students() -> Shop:
    """Return the shop whose baskets are handed out."""
    return generate_baskets(TO_LEARN + FOR_EXAM + TO_FINISH, np.random.default_rng(2016), NOISE)


def baskets_file() -> bytes:
    """Return the baskets that students get, one to a line."""
    return "".join(" ".join(map(str, basket)) + "\n" for basket in baskets_of(shop_of_students())).encode()


def shelves_file() -> bytes:
    """Return the shelf of each product that students get, in the order of the products' numbers, one to a line."""
    shelves = sorted((number_of(name), shelf) for name, shelf in shop_of_students().category.items())
    return "".join(f"{int(shelf.removeprefix('category-'))}\n" for _, shelf in shelves).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out what was bought together in a shop, and on which shelf its products are."""
    return {"baskets.txt": baskets_file, "shelves.txt": shelves_file}


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where many of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / shape[-1] ** 0.25
    return drawn


def seeded(random: np.random.Generator) -> Seeded:
    """Return a generator of its own for a student's function."""
    return Seeded(int(random.integers(1 << 31)))


def fill(random: np.random.Generator, count: int, longest: int, V: int) -> Baskets:
    """Draw baskets of two products or more, the first of them the longest, none of them with a product twice."""
    lengths = [longest, *random.integers(min(2, longest), longest + 1, count)][:count]
    return [random.permutation(V)[:length].tolist() for length in lengths]


def few_baskets(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of basket_pairs; where there are several baskets, they have products in common."""
    known = random.permutation(60)[: size["longest"] + 2]
    baskets = [known[basket].tolist() for basket in fill(random, size["m"], size["longest"], len(known))]
    if edge == "an empty basket, and one of one product":
        baskets[1:1] = [[], [61]]
    if edge == "no pairs at all":
        baskets = [basket[:1] for basket in baskets]
    return Case({"baskets": [] if edge == "no baskets" else baskets})


def popular_baskets(random: np.random.Generator, count: int, V: int) -> Baskets:
    """Draw baskets in which each product is by a chance of its own; all but two or three products are in one at least.

    Those that are in none are the last product and one or two others, where there are three products or more.
    """
    chance = random.permutation(0.1 + 0.8 * np.arange(V) / max(V - 1, 1))  # (V,)
    inside = random.random((count, V)) < chance  # (m, V)
    inside[random.integers(count, size=V), np.arange(V)] = True
    if V > 2:
        inside[:, [V - 1, *random.permutation(V - 1)[: V // 5]]] = False
    return [random.permutation(np.flatnonzero(row)).tolist() for row in inside]


def sold(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of basket_noise."""
    V = size["V"]
    inputs = {"baskets": popular_baskets(random, size["m"], V), "V": V}
    if edge == "an empty basket":
        inputs["baskets"].insert(1, [])
    if edge == "without power":
        return Case(inputs)
    return Case(inputs | {"power": {"power 0": 0.0, "power 1": 1.0}.get(edge, round(random.uniform(0.4, 0.9), 2))})


def chances(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the input of alias_table: some probabilities are far above 1 / V, most of them below.

    At the two smallest sizes they rise, so that an index that is off by one is out of bounds always or never.
    """
    V = size["V"]
    p = random.permutation(random.uniform(0.5, 1.5, V) / (1.0 + np.arange(V)) ** 0.9)
    if V == 2:
        p = np.sort(p)
    if V == 3:  # one column is too low; who fills it up is too low then
        p = np.array([random.uniform(0.2, 0.5), random.uniform(1.1, 1.2), 0.0])
        p[2] = 3 - p.sum()
    if edge == "some are never drawn":
        p[random.permutation(V)[: (V + 1) // 2]] = 0.0
    if edge == "one has everything":
        p = (np.arange(V) == random.integers(1, V)).astype(np.float64)
    if edge == "all alike":
        p = np.ones(V)
    if edge == "one is rare, all others are alike":
        p = np.where(np.arange(V) == random.integers(V), 0.2, 1.0)
    return Case({"p": p / p.sum()})


def column_table(random: np.random.Generator, V: int) -> tuple[Array, Numbers]:
    """Draw a table: every column has an alias other than itself, and a share that is not one half."""
    share = random.permutation(np.linspace(0.05, 0.9, V))
    return share, (np.arange(V) + random.integers(1, max(V, 2), V)) % V


def certain_table(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of alias_draw where chance has no say: the whole of every column belongs to one number."""
    V = size["V"]
    share, alias = np.zeros(V), np.full(V, random.integers(V))
    share[alias[0]] = 1.0
    return Case({"share": share, "alias": alias, "n": size["n"], "generator": seeded(random)})


def table(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of alias_draw; at the edge a column is full, and another has nothing of its own."""
    share, alias = column_table(random, size["V"])
    if edge == "a full column and an empty one":
        share[[0, -1]], alias[0] = [1.0, 0.0], 0
    return Case({"share": share, "alias": alias, "n": size["n"], "generator": seeded(random)})


def some_pairs(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of pairs_loss and pairs_gradients.

    Products come twice in each column, and in the noise of a pair, wherever there is room. Noise is never the
    companion but at the edge "a companion was drawn"; the product itself is noise at times. At the edge "large" every
    answer is as wrong as can be: the companions' scores are low, those of noise are high.
    """
    V, d, n, k = size["V"], size["d"], size["n"], size["k"]
    W, U = draw(random, V, d), draw(random, V, d)
    pairs = np.stack([twice(random, V, n), twice(random, V - 1, n)], axis=1)
    pairs[:, 1] += pairs[:, 1] >= pairs[:, 0]  # no product is its own companion
    negatives = np.stack([twice(random, V - 1, k) for _ in range(n)])
    negatives += negatives >= pairs[:, 1:]
    if edge == "a companion was drawn":
        negatives[::2, 0] = pairs[::2, 1]
    if edge == "no pairs":
        pairs, negatives = pairs[:0], negatives[:0]
    if edge == "large":
        half, W, U = V // 2, math.sqrt(LARGE) * np.abs(W), math.sqrt(LARGE) * np.abs(U)
        pairs = np.stack([random.integers(half, V, n), random.integers(half, size=n)], axis=1)
        negatives = random.integers(half, V, (n, k))
        U[:half] *= -1
    return Case({"W": W, "U": U, "pairs": pairs, "negatives": negatives})


def twice(random: np.random.Generator, V: int, n: int) -> Numbers:
    """Draw n numbers below V; where n is larger than one, some come twice."""
    few = random.permutation(V)[: (n + 1) // 2]
    drawn: Numbers = np.concatenate([few, random.choice(few, n)])[:n]
    return random.permutation(drawn)


def work(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of learning_rate_at."""
    progress = {"the beginning": 0.0, "the end": 1.0}.get(edge, round(random.uniform(0.2, 0.8), 3))
    if edge == "by default":
        return Case({"progress": progress})
    first, last = round(random.uniform(0.04, 0.09), 3), round(random.uniform(0.001, 0.009), 4)
    return Case({"progress": progress, "first": first, "last": last})


def scores_to_rank(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of largest; at the largest size many are equal, so that a sort which is not stable shows."""
    V = size["V"]
    scores = random.standard_normal(V) + 0.5
    if V > 16:
        scores = np.round(scores)
    count = {"none": 0, "all": V, "more than there are": V + 3}.get(edge, size["count"])
    if edge == "equal ones":
        scores = random.permutation(np.arange(V) // 3 * 0.5)
    if edge == "all equal":
        scores[:] = scores[0]
    if edge == "some at minus infinity":
        scores[random.permutation(V)[: V - count + 1]] = -np.inf
    return Case({"scores": scores, "count": count})


def products(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of neighbours: vectors of very different lengths, in no order.

    At the smallest size the product is the last one, so that an index that is off by one is out of bounds always.
    """
    V, d = size["V"], size["d"]
    W = random.standard_normal((V, d)) * random.permutation(np.geomspace(0.2, 5.0, V))[:, None]
    product, n = int(random.integers(V)) if V > 2 else V - 1, size["n"]
    if edge in ("products without a vector", "more than there are, some without a vector"):
        W[random.permutation(np.setdiff1d(np.arange(V), [product]))[: V // 2]] = 0.0
    if edge == "itself without a vector":
        product = max(product, 1)  # of equal cosines it would come first, were its number 0
        W[product] = 0.0
    if edge.startswith("more than there are"):
        n = V + 2
    if edge == "the very last":
        n = V - 1
    return Case({"W": W, "product": product, "n": n})


def unfinished(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of recommend: some scores are above zero, some below; of two products number 0 is in the basket.

    At the edge "equal scores" nothing but the number tells products apart.
    """
    V, d = size["V"], size["d"]
    vectors = {"W": draw(random, V, d), "U": 4 * draw(random, V, d)}
    q = random.permutation(1.0 / (1.0 + np.arange(V)))
    baskets = fill(random, size["m"], size["longest"], V) if V > 2 else [[0]]
    if edge == "an empty basket":
        baskets[-1] = []
    if edge == "nothing learned":
        vectors = {name: np.zeros((V, d)) for name in vectors}
    if edge == "equal scores":
        vectors, q = {name: np.zeros((V, d)) for name in vectors}, np.ones(V)
    return Case({"vectors": vectors, "q": q / q.sum(), "baskets": baskets, "n": size["n"]})


def lists(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of hit_rate: what was left out is at every place of the lists, and beyond k, and nowhere."""
    m, n, k = size["m"], size["n"], size["k"]
    recommended = np.stack([random.permutation(3 * n)[:n] for _ in range(m)])
    places = random.permutation(np.arange(m) * (n + k) // m)  # k of n + k at least are nowhere
    left_out = np.array([row[place] if place < n else 3 * n for row, place in zip(recommended, places, strict=True)])
    if edge == "always":
        left_out = recommended[:, 0].copy()
    if edge == "never":
        left_out = np.full(m, 3 * n)
    return Case({"recommended": recommended, "left_out": left_out, "k": k})


def equal_baskets(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of train where chance has no say, so that there is one answer.

    All baskets are the same, so their order means nothing; all noise is one product, which is in the basket at the edge
    "the noise is in the basket". Where there is more than one batch, the last is smaller than the others. By default a
    step is made for twenty baskets at once: these are small, and so are the vectors, or they would grow beyond measure.
    """
    by_default = edge == "negatives, rate and batch by default"
    V, d, count = size["V"], size["d"], 43 if by_default else size["m"]
    basket = random.permutation(V)[: 2 if by_default else size["longest"]].tolist()
    largest = 0.5 if by_default else 1.0
    others = np.setdiff1d(np.arange(V), basket)
    q = np.full(V, HARDLY_EVER)
    q[basket[0] if edge == "the noise is in the basket" or not len(others) else random.choice(others)] = 1.0
    inputs = {
        "start": {"W": largest * draw(random, V, d), "U": largest * draw(random, V, d)},
        "baskets": [list(basket) for _ in range(count)],
        "q": q / q.sum(),
        "exam": random.integers(V, size=(size["n"], 2)),
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    if by_default:
        return Case(inputs)
    return Case(inputs | {"negatives": 3, "rate": round(random.uniform(0.02, 0.04), 4), "batch": size["batch"]})


def shop_to_learn(random: np.random.Generator, size: Size, edge: str) -> Case:  # noqa: ARG001  (a sampler has three)
    """Draw the inputs of train, and of recommend: a new shop, in which nothing is as it was in the handed-out one.

    Of each held-out basket one product is left out, and hidden.
    """
    baskets = baskets_of(generate_baskets(TO_LEARN + FOR_EXAM + TO_FINISH, random, NOISE))
    learn, exam, rest = baskets[:TO_LEARN], baskets[TO_LEARN:-TO_FINISH], baskets[-TO_FINISH:]
    V, d = V_OF_SHOP, size["d"]
    counts = np.bincount(np.concatenate([*learn, np.arange(V)]), minlength=V)  # none is 0
    q = noise_distribution(counts)
    inputs = {
        "start": {"W": (random.random((V, d)) - 0.5) / d, "U": np.zeros((V, d))},
        "baskets": learn,
        "q": q,
        "exam": np.array([random.permutation(basket)[:2] for basket in exam for _ in range(10)]),
        "epochs": size["epochs"],
        "seed": int(random.integers(1 << 31)),
    }
    left_out = np.array([random.choice(basket) for basket in rest])
    begun = [[product for product in basket if product != gone] for basket, gone in zip(rest, left_out, strict=True)]
    return Case(inputs, held_out={"q": q, "baskets": begun, "n": 10}, hidden={"left_out": left_out})


def hit_rate_at_ten(answer: Any, left_out: Numbers) -> float:
    """Return the share of baskets whose left-out product is among the ten that are recommended.

    answer: (m, 10), different products in each row; ValueError, in words for the student, if it is anything else.
    """
    wanted = (len(left_out), 10)
    try:
        recommended = np.asarray(plain(answer))
    except ValueError:  # rows of different lengths
        recommended = np.zeros(0)
    if recommended.shape != wanted or recommended.dtype.kind not in "iu":
        raise ValueError(f"what is recommended is {kind_of(answer)}, expected an array of integers of shape {wanted}")
    return float((recommended == left_out[:, None]).any(axis=1).mean())


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how recommendations are judged."""
    return {"hit rate at 10": Metric(hit_rate_at_ten)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    drawn: tuple[Sampler, ...] = (few_baskets, sold, chances, certain_table, table, some_pairs, work)
    used: tuple[Sampler, ...] = (scores_to_rank, products, unfinished, lists, equal_baskets, shop_to_learn)
    return {f"item2vec.{sampler.__name__}": sampler for sampler in (*drawn, *used)}
