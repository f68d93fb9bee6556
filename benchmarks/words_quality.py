"""How good the references' word and document vectors are beside the originals', on one corpus with the same settings.

Aim: within the originals' own spread from seed to seed, or better.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from table import Row, main, row

from reference.counts.vocabulary import build_vocabulary
from reference.data.shipped import analogies, lee, simlex999, wikipedia, wordsim353
from reference.embeddings.settings import Settings
from reference.vectors.evaluation import evaluate_analogies, evaluate_word_pairs, total
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.counts.vocabulary import Vocabulary

    Train = Callable[[int], WordVectors]

D, WINDOW, MIN_COUNT, BUCKETS, SEEDS = 100, 5, 5, 200_000, (1, 2, 3)
MORE_SEEDS = (1, 2, 3, 4, 5, 6)

# How each model is trained, here and in words_speed.py, and gensim's options for the same: 5 negatives are the default
# of both.
FORKS: dict[str, Any] = {"hs": 1, "negative": 0}
WORDS: dict[str, tuple[Settings, dict[str, Any]]] = {
    "skip-gram, 5 negatives": (Settings(), {"sg": 1}),
    "CBOW, 5 negatives": (Settings(architecture="cbow"), {"sg": 0}),
    "skip-gram, hierarchical softmax": (Settings(objective="hierarchical softmax"), {"sg": 1, **FORKS}),
    "CBOW, hierarchical softmax": (
        Settings(architecture="cbow", objective="hierarchical softmax"),
        {"sg": 0, **FORKS},
    ),
}
SUBWORDS: tuple[Settings, dict[str, Any]] = (Settings(learning_rate=0.05), {"sg": 1, "alpha": 0.05})
DOCUMENTS: dict[str, tuple[Settings, dict[str, Any]]] = {
    "PV-DBOW": (Settings(), {"dm": 0}),
    "PV-DM by mean": (Settings(architecture="cbow"), {"dm": 1, "dm_mean": 1}),
}
NEIGHBOURS, PROBES = 10, 500
figure = partial(row, "words_quality")


@cache
def sentences() -> list[list[str]]:
    """The paragraphs of the articles that gensim ships."""
    return [list(sample.tokens) for sample in wikipedia()]


@cache
def vocabulary() -> Vocabulary:
    """The words that were seen often enough."""
    return build_vocabulary(sentences(), min_count=MIN_COUNT, special=())


def as_vectors(keyed: Any) -> WordVectors:
    """Return gensim's vectors in the order of our vocabulary, whose order breaks ties."""
    words = vocabulary().words
    return WordVectors(words, np.stack([keyed[word] for word in words]))


# ------------------------------------------------------------ what is measured of vectors


def scores(vectors: WordVectors) -> dict[str, float]:
    """Return what people's judgements say of vectors."""
    answers = total(evaluate_analogies(vectors, analogies()))
    return {
        "WordSim-353, Spearman": evaluate_word_pairs(vectors, wordsim353()).correlation,
        "SimLex-999, Spearman": evaluate_word_pairs(vectors, simlex999()).correlation,
        "analogies, share right": answers.share,
    }


def overlap(one: WordVectors, other: WordVectors) -> float:
    """Return the share of the nearest neighbours of frequent words that two sets of vectors have in common."""
    shared = [len(a & b) for a, b in zip(_neighbours(one), _neighbours(other), strict=True)]
    return statistics.mean(shared) / NEIGHBOURS


def _neighbours(vectors: WordVectors) -> list[set[int]]:
    cosines = vectors.unit[:PROBES] @ vectors.unit.T  # (probes, V)
    np.fill_diagonal(cosines, -np.inf)
    return [set(np.argpartition(-line, NEIGHBOURS)[:NEIGHBOURS].tolist()) for line in cosines]


def beside(subject: str, peer: str, ours: Train, theirs: Train, seeds: Sequence[int]) -> list[Row]:
    """Train both with every seed, and return a figure for each score."""
    mine, others = [ours(seed) for seed in seeds], [theirs(seed) for seed in seeds]
    found = [scores(each) for each in mine], [scores(each) for each in others]
    rows = []
    for name in found[0][0]:
        a, b = ([each[name] for each in side] for side in found)
        rows.append(figure(f"{subject}: {name}", a, "", f"≥ {min(b):.3f}, their lowest", peer=peer, theirs=b))
    across = [overlap(a, b) for a, b in zip(mine, others, strict=True)]
    among = [overlap(a, b) for a, b in zip(others, others[1:] + others[:1], strict=True)] if len(seeds) > 1 else across
    aim = "as near as their own seeds are to one another"
    return [*rows, figure(f"{subject}: shared neighbours", across, "", aim, peer=peer, theirs=among)]


# ------------------------------------------------------------ word vectors


def word2vec_rows(seeds: Sequence[int], epochs: int) -> list[Row]:
    """Skip-gram and CBOW, by negative sampling and by hierarchical softmax."""
    rows = []
    for name, (settings, options) in WORDS.items():
        ours, theirs = partial(our_word2vec, settings, epochs), partial(gensim_word2vec, options, epochs)
        rows += beside(name, "gensim", ours, theirs, seeds)
    return rows


def our_word2vec(settings: Settings, epochs: int, seed: int) -> WordVectors:
    """Train the reference."""
    from reference.embeddings.word2vec import train_word2vec

    chosen = replace(settings, epochs=epochs)
    return train_word2vec(sentences(), vocabulary(), np.random.default_rng(seed), chosen).vectors


def gensim_word2vec(options: dict[str, Any], epochs: int, seed: int) -> WordVectors:
    """Train gensim's."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        sentences(), vector_size=D, window=WINDOW, min_count=MIN_COUNT, sample=1e-3, **options,
        epochs=epochs, seed=seed, workers=1,
    )  # fmt: skip
    return as_vectors(model.wv)


def fasttext_rows(seeds: Sequence[int], epochs: int) -> list[Row]:
    """Skip-gram over subwords."""
    return beside("fasttext", "gensim", partial(our_fasttext, epochs), partial(gensim_fasttext, epochs), seeds)


def our_fasttext(epochs: int, seed: int) -> WordVectors:
    """Train the reference."""
    from reference.embeddings.fasttext import Subwords, train_fasttext

    settings, subwords = replace(SUBWORDS[0], epochs=epochs), Subwords(buckets=BUCKETS)
    return train_fasttext(sentences(), vocabulary(), np.random.default_rng(seed), settings, subwords).vectors


def gensim_fasttext(epochs: int, seed: int) -> WordVectors:
    """Train gensim's."""
    from gensim.models import FastText

    model = FastText(
        sentences(), vector_size=D, window=WINDOW, min_count=MIN_COUNT, sample=1e-3, **SUBWORDS[1],
        bucket=BUCKETS, epochs=epochs, seed=seed, workers=1,
    )  # fmt: skip
    return as_vectors(model.wv)


# ------------------------------------------------------------ GloVe


def glove_rows(seeds: Sequence[int], epochs: int) -> list[Row]:
    """The cost that GloVe reaches beside its published order of steps: one cell after another."""
    from reference.counts.cooccurrence import cooccurrence
    from reference.embeddings.glove import train_glove

    small = build_vocabulary(sentences(), max_size=150, special=())
    X = cooccurrence([small.encode(sentence) for sentence in sentences()], len(small), 5, "harmonic")
    ours = [train_glove(X, np.random.default_rng(seed), d=20, epochs=epochs, x_max=100).costs[-1] for seed in seeds]
    theirs = [one_cell_after_another(X, np.random.default_rng(seed), 20, epochs) for seed in seeds]
    aim = f"≤ {max(theirs):.4f}, its highest"
    peer = "one cell after another, as published"
    return [figure("GloVe: mean cost of the last epoch", ours, "", aim, peer=peer, theirs=theirs)]


def one_cell_after_another(X: Any, generator: np.random.Generator, d: int, epochs: int) -> float:
    """Fit GloVe as the paper has it, and return the mean cost of the last epoch."""
    cells, V = X.tocoo(), X.shape[0]
    weight, log = np.minimum(cells.data / 100, 1) ** 0.75, np.log(cells.data)
    w, v = ((generator.uniform(-0.5, 0.5, (V, d + 1)) / (d + 1)) for _ in range(2))  # the last entry is the bias
    w2, v2 = np.ones_like(w), np.ones_like(v)
    for _ in range(epochs):
        cost = 0.0
        for n in generator.permutation(cells.nnz):
            i, j = cells.row[n], cells.col[n]
            residual = w[i, :d] @ v[j, :d] + w[i, d] + v[j, d] - log[n]
            cost += weight[n] * residual**2 / 2
            g = 0.05 * weight[n] * residual
            dw, dv = g * np.append(v[j, :d], 1), g * np.append(w[i, :d], 1)
            w[i] -= dw / np.sqrt(w2[i])
            v[j] -= dv / np.sqrt(v2[j])
            w2[i] += dw**2
            v2[j] += dv**2
    return cost / cells.nnz


# ------------------------------------------------------------ documents


def agreement_of_documents(vectors: Any) -> float:
    """Return Pearson's correlation of the cosines of Lee's documents with people's ratings."""
    from reference.counts.similarity import cosine_similarities

    pairs = np.triu_indices(50, 1)
    return float(np.corrcoef(np.asarray(cosine_similarities(vectors, vectors))[pairs], lee().similarities[pairs])[0, 1])


@cache
def news(left_out: frozenset[str]) -> tuple[list[list[str]], list[list[str]]]:
    """The documents to learn from, and those that people have rated: words in lower case, without some."""

    def kept(samples: Any) -> list[list[str]]:
        lowered = ([token.lower() for token in sample.tokens if token.isalpha()] for sample in samples)
        return [[token for token in words if token not in left_out] for words in lowered]

    return kept(lee().background), kept(lee().documents)


def stop_words() -> frozenset[str]:
    """The words that say little."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def lsa_rows(seeds: Sequence[int]) -> list[Row]:
    """Latent semantic analysis of TF-IDF beside scikit-learn's, whose start is random."""
    from sklearn.decomposition import TruncatedSVD

    from reference.counts.bag_of_words import count_matrix
    from reference.counts.lsa import lsa
    from reference.counts.tf_idf import inverse_document_frequency, weigh

    background, rated = news(stop_words())
    words = build_vocabulary(background, special=())
    C = count_matrix(background, words)
    idf = inverse_document_frequency(C)
    X, Y = weigh(C, idf), weigh(count_matrix(rated, words), idf)
    ours = [agreement_of_documents(lsa(X, 100).fold_in(Y))]
    solvers = [TruncatedSVD(100, random_state=seed).fit(X) for seed in seeds]
    theirs = [agreement_of_documents(solver.transform(Y)) for solver in solvers]
    aim = f"≥ {min(theirs):.3f}, their lowest"
    return [figure("LSA: Lee's documents, Pearson", ours, "", aim, peer="scikit-learn", theirs=theirs)]


def doc2vec_rows(seeds: Sequence[int], epochs: int) -> list[Row]:
    """PV-DBOW and PV-DM, trained on Lee's background, inferred for the documents that people have rated."""
    rows = []
    for kind, (settings, options) in DOCUMENTS.items():
        for words, left_out in (("all words", frozenset[str]()), ("no stop words", stop_words())):
            background, rated = news(left_out)
            mine = (our_vectors(background, rated, epochs, seed, settings)[1] for seed in seeds)
            others = (gensim_vectors(background, rated, epochs, seed, options)[1] for seed in seeds)
            ours, theirs = list(map(agreement_of_documents, mine)), list(map(agreement_of_documents, others))
            aim = f"≥ {min(theirs):.3f}, their lowest"
            rows.append(figure(f"{kind}, {words}: Lee, Pearson", ours, "", aim, peer="gensim", theirs=theirs))
    return rows


def classification_rows(seeds: Sequence[int], epochs: int) -> list[Row]:
    """Which of twenty articles a paragraph is from: Doc2Vec learns from half of them, a linear classifier judges."""
    learn, asked = paragraphs()
    settings, options = DOCUMENTS["PV-DBOW"]
    ours, theirs = [], []
    for seed in seeds:
        for found, vectors in (
            (ours, partial(our_vectors, settings=settings)),
            (theirs, partial(gensim_vectors, options=options)),
        ):
            known, new = vectors([words for words, _ in learn], [words for words, _ in asked], epochs, seed)
            found.append(share_right(known, [title for _, title in learn], new, [title for _, title in asked]))
    aim = f"≥ {min(theirs):.3f}, their lowest"
    return [figure("PV-DBOW: article of a paragraph, share", ours, "", aim, peer="gensim", theirs=theirs)]


def paragraphs() -> tuple[list[tuple[list[str], str]], list[tuple[list[str], str]]]:
    """Every other paragraph of the twenty longest articles to learn from, the rest to be asked, with their titles."""
    long = [(list(each.tokens), each.group) for each in wikipedia() if len(each.tokens) >= 30]
    titles = [title for title, _ in Counter(title for _, title in long).most_common(20)]
    chosen = [pair for pair in long if pair[1] in titles]
    return chosen[::2], chosen[1::2]


def share_right(known: Any, labels: list[str], new: Any, truth: list[str]) -> float:
    """Fit a linear classifier, and return the share of new vectors that it gets right."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    return float(LogisticRegression(C=10, max_iter=2000).fit(normalize(known), labels).score(normalize(new), truth))


def our_vectors(background: Any, new: Any, epochs: int, seed: int, settings: Settings) -> tuple[Any, Any]:
    """Train the reference, and return the vectors of its documents and of new ones."""
    from reference.embeddings.doc2vec import train_doc2vec

    chosen = replace(settings, d=50, epochs=epochs)
    words, tags = build_vocabulary(background, min_count=2, special=()), [[str(n)] for n in range(len(background))]
    model = train_doc2vec(background, tags, words, np.random.default_rng(seed), chosen)
    return model.tags.matrix, model.infer(new, np.random.default_rng(seed))


def gensim_vectors(background: Any, new: Any, epochs: int, seed: int, options: dict[str, Any]) -> tuple[Any, Any]:
    """Train gensim's, and return the vectors of its documents and of new ones."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    tagged = [TaggedDocument(words, [n]) for n, words in enumerate(background)]
    model = Doc2Vec(
        tagged, vector_size=50, window=WINDOW, min_count=2, sample=1e-3, **options, epochs=epochs,
        seed=seed, workers=1,
    )  # fmt: skip
    return model.dv.vectors, np.stack([model.infer_vector(words) for words in new])


def document_rows(seeds: Sequence[int]) -> list[Row]:
    """All that is measured of documents."""
    return [*doc2vec_rows(seeds, 40), *classification_rows(seeds, 20), *lsa_rows(seeds)]


def measure(quick: bool) -> list[Row]:
    """Return all figures."""
    seeds, epochs = (SEEDS[:2], 3) if quick else (SEEDS, 17)
    rows = word2vec_rows(seeds, epochs)
    if not quick:
        rows += fasttext_rows(MORE_SEEDS, 10)  # its seeds differ by more than most
    return [*rows, *glove_rows(seeds, 2 if quick else 10), *document_rows(seeds)]


if __name__ == "__main__":
    main("words_quality", __doc__, measure)
