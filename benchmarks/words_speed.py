"""How many words a second the references for word and document vectors learn from, beside gensim's compiled loops.

Both train on the same text with the same settings, by turns, and are timed from words to vectors; counting the
vocabulary is left out for both. One thread is timed by the processor's clock, so that a busy machine matters less.
words_quality.py says how good the vectors are, and has the settings for both. Growth: the text once, four and sixteen
times over, each copy with words of its own, so that text and vocabulary grow together.

Ours is compiled when it is first run, or read from a cache; that is done before it is timed.
Memory: a text is held a few times over, as numbers of words and of sentences.
"""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from table import Row, main, row
from words_quality import BUCKETS, DOCUMENTS, MIN_COUNT, SUBWORDS, WINDOW, WORDS, D

from reference.counts.vocabulary import build_vocabulary
from reference.data.shipped import wikipedia
from reference.embeddings.doc2vec import train_doc2vec
from reference.embeddings.fasttext import Subwords, train_fasttext
from reference.embeddings.word2vec import train_word2vec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.counts.vocabulary import Vocabulary
    from reference.embeddings.settings import Settings

    Text = Sequence[Sequence[str]]
    Train = Callable[[Text, int], float]

SHARED: dict[str, Any] = {"window": WINDOW, "sample": 1e-3, "min_count": MIN_COUNT, "vector_size": D}
AIM = "≥ 1"


@cache
def text(copies: int = 1) -> list[list[str]]:
    """Return the paragraphs of the articles that gensim ships, so many times over, each with words of its own."""
    once = [sample.tokens for sample in wikipedia()]
    return [[f"{word}.{copy}" if copy else word for word in words] for copy in range(copies) for words in once]


@cache
def vocabulary(copies: int = 1) -> Vocabulary:
    """Return the words that were seen often enough."""
    return build_vocabulary(text(copies), min_count=MIN_COUNT, special=())


def seconds(action: Callable[[], object], threads: int) -> float:
    """Return how long an action takes: of a processor's time, or by the clock where it uses more than one."""
    clock = time.process_time if threads == 1 else time.perf_counter
    started = clock()
    action()
    return clock() - started


# ------------------------------------------------------------ what is trained: seconds for so many epochs and threads


def our_words(settings: Settings, epochs: int, threads: int, copies: int = 1) -> float:
    """Train word2vec."""
    words, known = text(copies), vocabulary(copies)
    chosen = replace(settings, epochs=epochs, threads=threads)
    return seconds(lambda: train_word2vec(words, known, np.random.default_rng(1), chosen), threads)


def our_subwords(settings: Settings, epochs: int, threads: int) -> float:
    """Train FastText."""
    words, known, subwords = text(), vocabulary(), Subwords(buckets=BUCKETS)
    chosen = replace(settings, epochs=epochs, threads=threads)
    return seconds(lambda: train_fasttext(words, known, np.random.default_rng(1), chosen, subwords), threads)


def our_documents(settings: Settings, epochs: int, threads: int) -> float:
    """Train Doc2Vec, each paragraph a document."""
    words, known = text(), vocabulary()
    tags = [[str(number)] for number in range(len(words))]
    chosen = replace(settings, epochs=epochs, threads=threads)
    return seconds(lambda: train_doc2vec(words, tags, known, np.random.default_rng(1), chosen), threads)


def their_words(options: dict[str, Any], epochs: int, threads: int, copies: int = 1) -> float:
    """Train gensim's word2vec."""
    from gensim.models import Word2Vec

    return _train(Word2Vec(**SHARED, **options, workers=threads), text(copies), epochs, threads)


def their_subwords(options: dict[str, Any], epochs: int, threads: int) -> float:
    """Train gensim's FastText."""
    from gensim.models import FastText

    return _train(FastText(**SHARED, **options, bucket=BUCKETS, workers=threads), text(), epochs, threads)


def their_documents(options: dict[str, Any], epochs: int, threads: int) -> float:
    """Train gensim's Doc2Vec."""
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument

    documents = [TaggedDocument(words, [number]) for number, words in enumerate(text())]
    return _train(Doc2Vec(**SHARED, **options, workers=threads), documents, epochs, threads)


def _train(model: Any, corpus: Any, epochs: int, threads: int) -> float:
    model.build_vocab(corpus)
    return seconds(lambda: model.train(corpus, total_examples=model.corpus_count, epochs=epochs), threads)


MODELS: dict[str, tuple[Callable[[int, int], float], Callable[[int, int], float]]] = {
    **{name: (partial(our_words, ours), partial(their_words, theirs)) for name, (ours, theirs) in WORDS.items()},
    "FastText skip-gram": (partial(our_subwords, SUBWORDS[0]), partial(their_subwords, SUBWORDS[1])),
    **{
        f"Doc2Vec, {name}": (partial(our_documents, ours), partial(their_documents, theirs))
        for name, (ours, theirs) in DOCUMENTS.items()
    },
}


def speed_rows(runs: int, epochs: int, threads: int) -> list[Row]:
    """Time each model and its peer by turns."""
    words = epochs * int(vocabulary().counts.sum()) / 1000
    named = f", {threads} threads" if threads > 1 else ""
    rows = []
    for subject, (ours, theirs) in MODELS.items():
        ours(1, threads)  # compiled by then
        times = [(ours(epochs, threads), theirs(epochs, threads)) for _ in range(runs)]
        a, b = ([words / each for each in side] for side in zip(*times, strict=True))
        rows.append(row("words_speed", subject + named, a, "k words/s", AIM, peer="gensim", theirs=b))
    return rows


# ------------------------------------------------------------ growth: each figure in a process of its own


def trained(ours: bool, copies: int) -> tuple[float, float]:
    """Return thousands of words a second for one epoch, and by how many megabytes training raised the peak."""
    words = int(vocabulary(copies).counts.sum()) / 1000
    before = _start_of_memory()
    train: Callable[[int, int, int], float] = MODELS["skip-gram, 5 negatives"][0 if ours else 1]
    took = train(1, 1, copies)
    return words / took, _memory("VmHWM") - before


def _start_of_memory() -> float:
    """Forget the peak so far, which is that of reading the text, and return what is held now in megabytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> float:
    """Return a figure of this process's memory in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def growth_rows(copies: Sequence[int], runs: int) -> list[Row]:
    """Measure speed and memory of skip-gram as text and vocabulary grow."""
    rows = []
    for times in copies:
        pairs = [[_apart(ours, times) for ours in (True, False)] for _ in range(runs)]
        (speed, memory), (their_speed, their_memory) = (zip(*side, strict=True) for side in zip(*pairs, strict=True))
        subject = f"text and vocabulary {times} x"
        rows += [
            row("words_speed", f"{subject}: speed", speed, "k words/s", AIM, peer="gensim", theirs=their_speed),
            row("words_speed", f"{subject}: memory", memory, "MB", "", peer="gensim", theirs=their_memory),
        ]
    return rows


def _apart(ours: bool, copies: int) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(trained, ours, copies).result()


def measure(quick: bool) -> list[Row]:
    """Return all figures."""
    runs, epochs = (1, 1) if quick else (5, 3)
    rows = speed_rows(runs, epochs, 1)
    if not quick:
        rows += speed_rows(runs, epochs, 2)
    return rows + growth_rows((1,) if quick else (1, 4, 16), 1 if quick else 3)


if __name__ == "__main__":
    main("words_speed", __doc__, measure)
