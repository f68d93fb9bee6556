"""The words that this assignment hands out, and samplers: inputs of every size, on which each known mistake shows.

The vectors are made of the text that gensim ships, by counting which words stand near each word: weighed by PPMI, and
along the twenty directions that matter most. What a word is about was written down by hand; no vector knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.compare import kind_of, plain
from autograder.conversation import Case
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from reference.counts.cooccurrence import cooccurrence
from reference.counts.lsa import truncated_svd
from reference.counts.ppmi import ppmi
from reference.data.shipped import wikipedia
from reference.projection.tsne import conditional_probabilities, joint_probabilities, squared_distances, tsne_loss

Array = NDArray[np.float64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

TOPICS = {
    "months": "january february march april may june july august september october november december spring summer "
    "winter",
    "numbers": "two three four five six seven eight nine ten eleven twelve twenty hundred thousand million billion",
    "countries": "afghanistan albania algeria andorra angola armenia australia azerbaijan britain canada china egypt "
    "england france germany greece india iran italy japan mexico netherlands portugal russia spain turkey",
    "states": "alabama alaska california carolina colorado florida georgia illinois indiana kentucky louisiana "
    "maryland mississippi ohio pennsylvania tennessee texas virginia",
    "chemistry": "acid acids alkali alkanes atom atoms bond caesium carbon compounds electron electrons francium "
    "hydrogen ion ions lithium mercury metals methane molecules nitrogen oxygen potassium rubidium sodium",
    "animals": "amphibian amphibians animals birds cattle dogs eggs fish frog frogs insects larvae mammals pigs prey "
    "reptiles salamander salamanders sheep snakes species toads",
    "space": "aldrin apollo armstrong astronaut astronauts collins crew earth landing launch lunar mission missions "
    "module moon nasa orbit planet rocket spacecraft telescope",
    "courts": "appeal appeals appellate case cases constitution court courts judge judges jurisdiction jury justice "
    "legal supreme trial",
    "languages": "alphabet alphabets arabic aramaic berber chadic consonant cushitic dialects egyptian greek hebrew "
    "language languages latin letters omotic script semitic spoken vowel vowels words",
    "names": "albert alexander arthur charles david edward george henry james john joseph louis michael paul peter "
    "richard robert samuel thomas walter william",
    "war": "army battle casualties commander confederate defeated forces generals infantry military napoleon navy "
    "soldiers surrender troops victory war wars",
    "film": "actor actress animated animation audience award awards band cinema comedy director drama film films "
    "hollywood movie music oscar producer song songs television",
}
WORDS = [word for words in TOPICS.values() for word in words.split()]
CONTEXTS, DIMENSIONS = 4000, 20


# --------------------------------------------------------------------------------------------------- what is handed out


@cache
def word_vectors() -> Array:
    """Return the vectors of the words, of length one and with four decimals: (244, 20)."""
    paragraphs = [each.tokens for each in wikipedia()]
    number: dict[str, int] = {}
    coded = [[number.setdefault(word, len(number)) for word in words] for words in paragraphs]
    counts = np.bincount(np.concatenate(coded))
    C = cooccurrence(coded, len(number), window=5)
    met = C[[number[word] for word in WORDS]][:, np.argsort(-counts, kind="stable")[:CONTEXTS]]
    U, s, _ = truncated_svd(ppmi(met, alpha=0.75).toarray(), DIMENSIONS)
    X = U * np.sqrt(s)
    vectors: Array = (X / np.linalg.norm(X, axis=1, keepdims=True)).round(4)
    return vectors


def words_file() -> bytes:
    """Return the words as students get them: word, topic and vector, one to a line."""
    topics = [topic for topic, words in TOPICS.items() for _ in words.split()]
    rows = zip(WORDS, topics, word_vectors(), strict=True)
    return "".join(f"{word},{topic},{','.join(f'{x:.4f}' for x in row)}\n" for word, topic, row in rows).encode()


@hookimpl
def register_given_files() -> Mapping[str, Callable[[], bytes]]:
    """Hand out the words with their vectors, made of the text that is installed with gensim."""
    return {"words.csv": words_file}


# ------------------------------------------------------------------------------------------------------------- samplers


def known_edge(edge: str, *edges: str) -> str:
    """Return the edge; ValueError if the sampler does not have it."""
    if edge not in ("", *edges):
        raise ValueError(f"there is no edge {edge!r}; there are {', '.join(map(repr, edges))}")
    return edge


def draw(random: np.random.Generator, *shape: int) -> Array:
    """Draw numbers of either sign between 0.3 and 1."""
    drawn: Array = random.choice([-1.0, 1.0], size=shape) * random.uniform(0.3, 1.0, size=shape)
    return drawn


def points(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of squared_distances."""
    known_edge(edge, "far from zero", "two in one place", "whole numbers")
    X = draw(random, size["N"], size["D"])
    if edge == "far from zero":
        X += 1e6 * draw(random, size["D"])
    if edge == "two in one place":
        X[1] = X[0]
    return Case({"X": random.integers(-9, 10, X.shape) if edge == "whole numbers" else X})


def cloud(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of pca: points that spread differently along each direction, away from zero."""
    known_edge(edge, "k by default")
    N, D = size["N"], size["D"]
    rank = min(N - 1, D)
    inner = random.standard_normal((N, rank))
    left = np.linalg.qr(inner - inner.mean(axis=0))[0]
    widths = np.cumprod(random.uniform(1.3, 1.7, rank))[::-1]
    X = (left * widths) @ one_sided_directions(random, D, rank).T + 3 * draw(random, D)
    return Case({"X": X} if edge == "k by default" else {"X": X, "k": size["k"]})


def one_sided_directions(random: np.random.Generator, D: int, count: int) -> Array:
    """Draw directions at right angles, the columns of (D, count), in each of which one entry is the largest by far.

    In the first of them the first entry has another sign than that one, and the sum in the second, while the other of
    the two has the same there; this takes D = 1 or D > 2.
    """
    while True:
        found: Array = np.linalg.qr(random.standard_normal((D, count)))[0]
        largest = np.sort(np.abs(found), axis=0)[::-1]
        if D == 1 or count == 0:
            return found
        turned = found * np.sign(found[np.abs(found).argmax(axis=0), np.arange(count)])
        first, total = turned[0], turned.sum(axis=0)
        as_told = first[0] < 0 < total[0] and (count == 1 or total[1] < 0 < first[1])
        if as_told and (largest[1] < 0.9 * largest[0]).all():
            return found


def shares(random: np.random.Generator, N: int, K: int) -> Array:
    """Draw N distributions over K things, some of which have next to nothing."""
    drawn: Array = random.uniform(0.05, 1.0, (N, K)) ** 3
    return drawn / drawn.sum(axis=1, keepdims=True)


def distributions(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of perplexities."""
    known_edge(edge, "zeros", "certain", "all alike")
    P = shares(random, size["N"], size["K"])
    if edge == "zeros":
        P[np.arange(len(P)), random.integers(size["K"], size=len(P))] = 0
        P /= P.sum(axis=1, keepdims=True)
    if edge == "certain":
        P = np.eye(size["K"])[random.integers(size["K"], size=size["N"])]
    if edge == "all alike":
        P[:] = 1 / size["K"]
    return Case({"P": P})


def neighbours(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of conditional_probabilities: points that lie close together here and far apart there.

    The loneliest comes first, so that it is not the nearest to all others, and whom each picks depends on who it is.
    """
    known_edge(
        edge, "several in one place", "one far away", "all far apart", "all close together",
        "nearly all are neighbours", "perplexity by default",
    )  # fmt: skip
    N = 40 if edge == "perplexity by default" else size["N"]
    X = random.standard_normal((N, 3)) * np.exp(random.uniform(-1.0, 1.0, (N, 1)))
    if edge == "several in one place":
        X[:4] = X[0]
    if edge == "one far away":  # the others lie so near together that for the far one beta is large: exp(-beta D) is 0
        X /= 10
        X[0] += 1000
    D = ((X[:, None] - X) ** 2).sum(axis=2) * {"all far apart": 1e6, "all close together": 1e-6}.get(edge, 1.0)
    order = np.argsort(-(D + np.diag(np.full(N, np.inf))).min(axis=1), kind="stable")
    D = D[order][:, order]
    most = max(1.6, (N - 1) ** 0.65)  # with logarithms of two bases one gets it to the power of 1.44: that exists, too
    perplexity = round(float(random.uniform(1.4, most)), 2) if N > 2 else 1.0
    fixed = {"several in one place": 2.0, "nearly all are neighbours": round(0.95 * (N - 1), 2)}
    return Case({"D": D} if edge == "perplexity by default" else {"D": D, "perplexity": fixed.get(edge, perplexity)})


def picks(random: np.random.Generator, N: int) -> Array:
    """Draw how probably each of N points picks each other one: rows that sum to one, with zeros on the diagonal."""
    drawn = random.uniform(0.05, 1.0, (N, N)) ** 2
    np.fill_diagonal(drawn, 0)
    conditional: Array = drawn / drawn.sum(axis=1, keepdims=True)
    return conditional


def conditional(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of joint_probabilities."""
    known_edge(edge)
    return Case({"P": picks(random, size["N"])})


def places(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of student_t_weights."""
    known_edge(edge, "two in one place", "far apart")
    Y = draw(random, size["N"], size["d"])
    if edge == "two in one place":
        Y[1] = Y[0]
    return Case({"Y": 1000 * Y if edge == "far apart" else Y})


def picture(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tsne_loss and tsne_gradient; at an edge, pairs that have nothing to do with each other."""
    known_edge(edge, "pairs without probability", "far apart")
    N = size["N"]
    P = picks(random, N)
    if edge == "pairs without probability":
        P[np.arange(N), (np.arange(N) + 1) % N] = P[(np.arange(N) + 1) % N, np.arange(N)] = 0
    P = P + P.T
    Y = draw(random, N, size["d"])
    return Case({"P": P / P.sum(), "Y": 30 * Y if edge == "far apart" else Y})


def exaggerated_picture(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tsne_gradient with a P that is several times too large."""
    inputs = picture(random, size, edge).inputs
    return Case({"P": round(float(random.uniform(4, 15)), 1) * inputs["P"], "Y": inputs["Y"]})


def motion(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of tsne_step; as many coordinates go downhill as do not, as far as that is possible."""
    known_edge(edge, "at rest", "small gains", "flat")
    shape = size["N"], size["d"]
    dY = draw(random, *shape)
    downhill = random.permutation(np.arange(dY.size) % 2).reshape(shape)
    velocity = random.uniform(0.3, 1.0, shape) * np.sign(dY) * np.where(downhill, -1, 1)
    gains = random.uniform(0.3, 3.0, shape)
    if edge == "at rest":
        velocity, gains = np.zeros(shape), np.ones(shape)
    if edge == "small gains":
        gains = random.uniform(0.01, 0.012, shape)
    if edge == "flat":
        dY[0] = 0
    rates = {"learning_rate": round(random.uniform(0.5, 5.0), 2), "momentum": round(random.uniform(0.3, 0.9), 2)}
    return Case({"Y": draw(random, *shape), "velocity": velocity, "gains": gains, "dY": dY, **rates})


def few_steps(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of descend: few points, and so few steps that all ways to round lead to the same places."""
    known_edge(edge, "no steps")
    inputs = picture(random, size, "").inputs
    return Case({"P": inputs["P"], "start": inputs["Y"], "steps": 0 if edge == "no steps" else size["steps"]})


def points_and_picture(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of trustworthiness: a picture that shows some of what there is.

    At the edge "equal distances" there are many, and two points are the same. All coordinates are whole and their mean
    is zero, so that equal distances are equal however they are worked out.
    """
    known_edge(edge, "equal distances", "k by default", "the points themselves")
    N, D = {"k by default": 12, "equal distances": 24}.get(edge, size["N"]), size["D"]
    X = random.standard_normal((N, D))
    Y = X[:, [0, -1]] + random.standard_normal((N, 2))
    if edge == "equal distances":
        X, Y = on_a_grid(random, N, D), on_a_grid(random, N, 2)
    if edge == "the points themselves":
        Y = X.copy()
    return Case({"X": X, "Y": Y} if edge == "k by default" else {"X": X, "Y": Y, "k": size["k"]})


def on_a_grid(random: np.random.Generator, N: int, D: int) -> Array:
    """Draw points with small whole coordinates whose mean is zero; the first two are the same."""
    X = random.integers(-1, 2, (N, D))
    X[1] = X[0]
    X[-1] = -X[:-1].sum(axis=0)
    return X.astype(np.float64)


def as_given(sampler: Sampler, name: str) -> Sampler:
    """Return a sampler that draws as another does, and takes one of its inputs from the size: what cannot be."""

    def draw_impossible(random: np.random.Generator, size: Size, edge: str) -> Case:
        return Case(dict(sampler(random, size, edge).inputs) | {name: size[name]})

    return draw_impossible


def words_to_place(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of descend that must reach the bar: most of the words, in any order, from places at random."""
    known_edge(edge)
    chosen = random.permutation(len(WORDS))[: size["N"]]
    inputs = {"P": affinities(chosen), "start": 1e-4 * random.standard_normal((size["N"], 2)), "steps": size["steps"]}
    return Case(inputs, held_out={"X": word_vectors()[chosen]}, hidden={"chosen": chosen})


def affinities(chosen: NDArray[np.int64]) -> Array:
    """Return the joint probabilities (N, N) of the words with these numbers, each with twenty neighbours."""
    return joint_probabilities(conditional_probabilities(squared_distances(word_vectors()[chosen]), 20.0))


def divergence(answer: Any, chosen: NDArray[np.int64]) -> float:
    """Return KL(P || Q) of places (N, 2) of these words; ValueError, in words for the student, if there are none."""
    N = len(chosen)
    try:
        Y = np.asarray(plain(answer), dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"Y is {kind_of(answer)}, expected an array of shape ({N}, 2)") from None
    if Y.shape != (N, 2):
        raise ValueError(f"Y has shape {Y.shape}, expected ({N}, 2)")
    if not np.isfinite(Y).all() or np.abs(Y).max() > 1e6:
        raise ValueError("Y has entries that are infinite, NaN or beyond a million: the steps were too large")
    return tsne_loss(affinities(chosen), Y)


@hookimpl
def register_metrics() -> Mapping[str, Metric]:
    """Register how places are judged."""
    return {"divergence": Metric(divergence, lower_is_better=True)}


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    many = (points, cloud, distributions, neighbours, conditional)
    plane = (places, picture, exaggerated_picture, motion, few_steps, words_to_place, points_and_picture)
    samplers: tuple[Sampler, ...] = (*many, *plane)
    impossible = {
        "tsne.impossible_directions": as_given(cloud, "k"),
        "tsne.impossible_perplexity": as_given(neighbours, "perplexity"),
        "tsne.impossible_neighbours": as_given(points_and_picture, "k"),
    }
    return {f"tsne.{sampler.__name__}": sampler for sampler in samplers} | impossible
