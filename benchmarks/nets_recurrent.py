"""Recurrent twins, language models and the tagger beside torch's own layers, Kneser-Ney and simpler taggers.

Aims: a twin's forward and backward pass takes no more than twice that of torch's layer; a language model's perplexity
is no worse than that of the same model of torch's layers after the same steps; the tagger that reads both ways finds
at least 0.95 of the entities, and 0.05 more than the one that reads one way.

What limits the LSTM in float32: there torch hands the whole layer to oneDNN, whose matrix products are on some
processors twice as fast as those of torch.mm, which all else here, and torch's own RNN and GRU, are made of.
"""

from __future__ import annotations

import time
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from table import Row, main, row

from reference.counts.vocabulary import build_vocabulary
from reference.data.fetching import DataError
from reference.data.named_entities import generate_named_entities
from reference.data.packaged import king_james, surnames
from reference.data.shipped import wikipedia
from reference.language_models.n_gram import train_kneser_ney
from reference.language_models.perplexity import bits_per_character, perplexity, text_log_probabilities
from reference.language_models.recurrent_language_model import (
    RecurrentLanguageModel,
    log_probabilities,
    reading,
    reading_loss,
    sampled_reading_loss,
    sentence_batches,
)
from reference.recurrent.twins import Bidirectional, Gru, Lstm, Rnn
from reference.tagging.f1 import entity_scores
from reference.tagging.tagger import OneWay, Tagger, tagged_batches, tagging_loss
from reference.training import train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.counts.vocabulary import Vocabulary

T, N, H = 64, 32, 128
TWINS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "RNN": (Rnn, torch.nn.RNN),
    "GRU": (partial(Gru, reset_after=True), torch.nn.GRU),
    "LSTM": (Lstm, torch.nn.LSTM),
}
figure = partial(row, "nets_recurrent")
ADAM = partial(torch.optim.Adam, lr=3e-3)


# ------------------------------------------------------------ how long a pass takes


def twin_rows(runs: int) -> list[Row]:
    """Forward and backward of one layer, by processor time."""
    rows = []
    for name, (twin, theirs) in TWINS.items():
        for dtype in (torch.float32, torch.float64):
            layers = twin(H, H, dtype=dtype), theirs(H, H, dtype=dtype)
            x = torch.randn(T, N, H, dtype=dtype, requires_grad=True)
            times = [[milliseconds(partial(there_and_back, layer, x)) for layer in layers] for _ in range(runs)]
            mine, others = zip(*times[2:], strict=True)
            subject = f"{name}, {str(dtype).removeprefix('torch.')}, forward and backward"
            rows.append(figure(subject, mine, "ms", "≤ 2 x", peer="torch.nn", theirs=others))
    return rows


def there_and_back(layer: torch.nn.Module, x: torch.Tensor) -> None:
    """Take the gradient of the sum of all states."""
    layer(x)[0].sum().backward()


def milliseconds(work: Callable[[], object]) -> float:
    """Return how much processor time work takes."""
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def sampling_row(runs: int) -> Row:
    """A step of training with 20,000 words by sampled softmax and by all words."""
    V = 20_000
    model = RecurrentLanguageModel(V, Lstm(64, 64), n_c=64, n_a=64, end=0)
    generator = np.random.default_rng(1)
    batch = reading(generator.integers(1, V, size=(20, 20)).tolist(), 0)
    sampled = sampled_reading_loss(1 / np.arange(1, V + 1), 500)
    times = [
        [milliseconds(lambda loss=loss: loss(model, batch).backward()) for loss in (sampled, reading_loss)]
        for _ in range(runs)
    ]
    mine, others = zip(*times[1:], strict=True)
    return figure("sampled softmax, 500 of 20,000 words", mine, "ms", "< 1 x", peer="softmax", theirs=others)


# ------------------------------------------------------------ language models


@cache
def articles(size: int, V: int) -> tuple[list[list[int]], list[list[int]], Vocabulary]:
    """Pieces of Wikipedia's paragraphs of at most 30 words: to learn from, to test on (other articles), the words."""
    samples = wikipedia()
    groups = sorted({sample.group for sample in samples})
    held_out = set(groups[::10])
    pieces: tuple[list[Sequence[str]], list[Sequence[str]]] = ([], [])
    for sample in samples:
        for start in range(0, len(sample.tokens), 30):
            pieces[sample.group in held_out].append(sample.tokens[start : start + 30])
    seen, unseen = pieces[0][:size], pieces[1][: size // 8]
    words = build_vocabulary(seen, max_size=V)
    return [words.encode(p).tolist() for p in seen], [words.encode(p).tolist() for p in unseen], words


def model_perplexity(recurrence: Callable[..., Any], size: int, V: int, epochs: int, seed: int) -> float:
    """Train a language model of words, and return its perplexity on other articles."""
    seen, unseen, words = articles(size, V)
    torch.manual_seed(seed)
    model = RecurrentLanguageModel(len(words), recurrence(64, 96), n_c=64, n_a=96, end=2, dropout=0.2)
    train(model, reading_loss, sentence_batches(seen, 32, 2), ADAM, seed=seed, epochs=epochs, max_norm=5.0)
    return perplexity(log_probabilities(model, unseen))


def trigram_perplexity(seen: list[list[int]], unseen: list[list[int]], words: Vocabulary, n: int = 3) -> float:
    """Return Kneser-Ney's perplexity on the same words."""
    model = train_kneser_ney(seen, words, n)
    return perplexity(text_log_probabilities([[*sentence, 2] for sentence in unseen], model.next_word))


def language_rows(size: int, V: int, epochs: int, seeds: Sequence[int]) -> list[Row]:
    """Perplexity on articles that were not read."""
    rows = []
    baseline = [trigram_perplexity(*articles(size, V))]
    for name in ("GRU", "LSTM"):
        ours, theirs = ([model_perplexity(kind, size, V, epochs, seed) for seed in seeds] for kind in TWINS[name])
        rows.append(
            figure(f"{name}, words of Wikipedia: perplexity", ours, "", "≤ 1 x", peer="torch.nn", theirs=theirs)
        )
    rows.append(figure("GRU beside a trigram", [rows[0].ours], "", "", peer="Kneser-Ney", theirs=baseline))
    return rows


def surname_rows(count: int, epochs: int) -> list[Row]:
    """Bits per character of surnames; nothing where they were not fetched."""
    try:
        names = [sample.tokens for sample in surnames()]
    except DataError:
        return []
    order = np.random.default_rng(1).permutation(len(names))
    held_out, seen = ([names[k] for k in part] for part in (order[:2000], order[2000 : 2000 + count]))
    letters = build_vocabulary(seen)
    seen, held_out = ([letters.encode(name).tolist() for name in part] for part in (seen, held_out))
    torch.manual_seed(1)
    model = RecurrentLanguageModel(len(letters), Gru(32, 128), n_c=32, n_a=128, end=2)
    train(model, reading_loss, sentence_batches(seen, 64, 2), ADAM, seed=1, epochs=epochs, max_norm=5.0)
    four = train_kneser_ney(seen, letters, 4)
    ends = [[*name, 2] for name in held_out]
    log_p = log_probabilities(model, held_out), text_log_probabilities(ends, four.next_word)
    ours, theirs = ([bits_per_character(each, sum(map(len, ends)))] for each in log_p)
    return [figure("GRU, letters of surnames", ours, "bits", "≤ 3.2", peer="Kneser-Ney, 4-gram", theirs=theirs)]


def verse_rows(epochs: int) -> list[Row]:
    """Perplexity of verses of the King James Bible; nothing where it was not fetched."""
    try:
        verses = king_james()
    except DataError:
        return []
    chapters = sorted({verse.group for verse in verses}, key=int)
    held_out = set(chapters[::12])
    parts = [[v.tokens for v in verses if (v.group in held_out) is unseen] for unseen in (False, True)]
    words = build_vocabulary(([t.lower() for t in v] for v in parts[0]), min_count=3)
    seen, unseen = ([words.encode(t.lower() for t in v).tolist() for v in part] for part in parts)
    torch.manual_seed(1)
    model = RecurrentLanguageModel(len(words), Gru(128, 128), n_c=128, n_a=128, end=2, tied=True, dropout=0.2)
    train(model, reading_loss, sentence_batches(seen, 32, 2), ADAM, seed=1, epochs=epochs, max_norm=5.0)
    ours, theirs = [perplexity(log_probabilities(model, unseen))], [trigram_perplexity(seen, unseen, words)]
    return [figure("GRU, verses: perplexity", ours, "", "≤ 75", peer="Kneser-Ney, trigram", theirs=theirs)]


# ------------------------------------------------------------ named entities


def tagger_rows(count: int, epochs: int) -> list[Row]:
    """F1 of entities whose names were never seen, read both ways and one way, and looked up in a dictionary."""
    data = generate_named_entities(count, count // 4, np.random.default_rng(1))
    words = build_vocabulary(sample.tokens for sample in data.train)
    tags = sorted({tag for sample in data.train for tag in sample.label})
    expected = [sample.label for sample in data.test]

    def f1(recurrence: torch.nn.Module, n: int) -> float:
        tagger = Tagger(words, tags, recurrence, n_c=32, n=n)
        batches = tagged_batches(data.train, words, tags, 32)
        train(tagger, tagging_loss, batches, partial(torch.optim.Adam, lr=1e-2), seed=1, epochs=epochs, max_norm=5.0)
        return entity_scores(expected, tagger.tag([sample.tokens for sample in data.test]))[2]

    torch.manual_seed(1)
    both, one = f1(Bidirectional(Lstm(32, 64), Lstm(32, 64)), 128), f1(OneWay(Lstm(32, 64)), 64)
    known = {word: tag for sample in data.train for word, tag in zip(sample.tokens, sample.label, strict=True)}
    looked_up = entity_scores(expected, [[known.get(word, "O") for word in sample.tokens] for sample in data.test])[2]
    return [
        figure("entities, BiLSTM: F1", [both], "", "≥ 0.95", peer="one-way LSTM", theirs=[one]),
        figure("entities, dictionary of words: F1", [looked_up], "", "near 0: no name is known", theirs=[]),
    ]


def measure(quick: bool) -> list[Row]:
    """Return all figures."""
    torch.set_num_threads(1)
    rows = [*twin_rows(12 if quick else 40), sampling_row(4 if quick else 12)]
    if quick:
        return [*rows, *language_rows(1200, 500, 4, (1,)), *tagger_rows(2400, 5)]
    return [
        *rows,
        *language_rows(6000, 3000, 4, (1, 2)),
        *surname_rows(80_000, 4),
        *verse_rows(4),
        *tagger_rows(6000, 4),
    ]


if __name__ == "__main__":
    main("nets_recurrent", __doc__, measure)
