"""The translator trained: greedy and beam search agree on it, it resumes, and it learns to read dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from reference.attention.beam_search import beam_search, greedy_search
from reference.attention.translator import (
    AdditiveScorer,
    DotScorer,
    GeneralScorer,
    LastState,
    Translator,
    predictor,
    train_translator,
    translate,
)
from reference.counts.vocabulary import EOS, build_vocabulary
from reference.data.dates import generate_dates

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

SCORERS = [AdditiveScorer, DotScorer, GeneralScorer, LastState]
START = END = 2


def padded(rows: Sequence[Any]) -> torch.Tensor:
    table = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return torch.tensor(table)


def reversals(count: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences of two to five of four letters, to be written backwards."""
    rng = np.random.default_rng(seed)
    sources = [rng.integers(3, 7, size=rng.integers(2, 6)).tolist() for _ in range(count)]
    return padded(sources), padded([[*source[::-1], END] for source in sources])


@pytest.mark.parametrize("scorer", SCORERS)
def test_many_at_once_and_one_by_one_write_the_same(scorer: Any) -> None:
    sources, targets = reversals(200)
    torch.manual_seed(1)
    model = Translator(7, 7, n_e=8, n=16, scorer=scorer)
    train_translator(model, sources, targets, START, seed=1, steps=60, learning_rate=1e-2)
    together = translate(model, sources[:10], START, END, 6)
    assert len({tuple(line) for line in together}) > 3
    for source, line in zip(sources, together, strict=False):
        state, next_words = predictor(model, source[source != 0])
        assert greedy_search(state, next_words, START, END, 6) == line
        assert list(beam_search(state, next_words, START, END, 6, width=1)[0].words) == line


def test_a_beam_finds_sentences_at_least_as_probable_as_greed_does() -> None:
    sources, targets = reversals(200)
    torch.manual_seed(1)
    model = Translator(7, 7, n_e=8, n=16)
    train_translator(model, sources, targets, START, seed=1, steps=40, learning_rate=1e-2)
    better = 0
    for source in sources[:20]:
        state, next_words = predictor(model, source[source != 0])
        greedy, wide = (beam_search(state, next_words, START, END, 6, width=width, alpha=0)[0] for width in (1, 200))
        assert wide.score >= greedy.score - 1e-9
        better += wide.score > greedy.score + 1e-6
    assert better


def test_a_training_that_resumes_ends_with_the_numbers_of_one_that_did_not_stop() -> None:
    sources, targets = reversals(50)
    found = []
    for stops in ((6,), (4, 6)):
        torch.manual_seed(1)
        model, state = Translator(7, 7, n_e=4, n=8), None
        for steps in stops:
            state = train_translator(model, sources, targets, START, seed=1, steps=steps, size=20, state=state)
        found.append(model.output.weight.tolist())
    assert found[0] == found[1]


def test_the_dot_scorer_refuses_states_of_different_widths() -> None:
    with pytest.raises(ValueError, match="compares states of one width, not 3 with 4"):
        DotScorer(3, 4)


@pytest.mark.slow
def test_it_learns_to_read_dates_that_it_has_never_seen_and_looks_at_the_year_for_the_year() -> None:
    samples = generate_dates(4500, np.random.default_rng(1))
    letters, figures = (build_vocabulary(rows) for rows in zip(*((s.tokens, s.label) for s in samples), strict=True))
    sources = padded([letters.encode(sample.tokens) for sample in samples])
    targets = padded([[*figures.encode(sample.label), figures.index[EOS]] for sample in samples])
    torch.manual_seed(0)
    model = Translator(len(letters), len(figures))
    train_translator(model, sources[:4000], targets[:4000], END, seed=1, epochs=6)

    known = {sample.group for sample in samples[:4000]}
    places = [place for place in range(4000, 4500) if samples[place].group not in known]
    unseen = [samples[place] for place in places]
    written = translate(model, sources[places], END, END, 11)
    right = ["".join(figures.decode(line)) == sample.group for line, sample in zip(written, unseen, strict=True)]
    assert np.mean(right) > 0.95

    told = torch.cat([torch.full((len(places), 1), END), targets[places, :-1]], dim=1)
    _, alpha = model(sources[places], told)
    at_the_year = []
    for sample, weights in zip(unseen, alpha.detach().numpy(), strict=True):
        text, year = "".join(sample.tokens), sample.group[:4]
        if text.count(year) == 1:
            start = text.index(year)
            at_the_year.append(weights[1:4, start : start + 5].sum(axis=1).mean())
    assert len(at_the_year) > 250
    assert np.mean(at_the_year) > 0.5
