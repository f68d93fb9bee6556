"""The made-up sentences about people, places and firms: what they promise, and that a tagger must read both ways."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import pytest
import torch

from reference.counts.vocabulary import UNK, build_vocabulary
from reference.data.named_entities import GRAMMAR, TYPES, generate_named_entities
from reference.recurrent.twins import Bidirectional, Lstm
from reference.tagging.f1 import entities, entity_scores
from reference.tagging.tagger import OneWay, Tagger, tagged_batches, tagging_loss
from reference.training import train

DATA = generate_named_entities(2400, 300, np.random.default_rng(1))
VOCABULARY = build_vocabulary(sample.tokens for sample in DATA.train)
KNOWN = sorted({tag for sample in DATA.train for tag in sample.label})


def names(samples: list) -> list[str]:
    return [word for sample in samples for word, tag in zip(sample.tokens, sample.label, strict=True) if tag != "O"]


def test_the_same_seed_writes_the_same_sentences() -> None:
    again = generate_named_entities(2400, 300, np.random.default_rng(1))
    assert again.train == DATA.train
    assert again.test == DATA.test
    assert generate_named_entities(5, 5, np.random.default_rng(2)).train != DATA.train[:5]


def test_no_name_to_test_on_is_among_those_to_learn_from() -> None:
    assert not set(names(DATA.train)) & set(names(DATA.test))
    assert KNOWN == ["B-LOC", "B-ORG", "B-PER", "I-LOC", "I-ORG", "I-PER", "O"]


def test_a_name_tells_nothing_of_its_type_and_neither_does_its_length() -> None:
    kinds: dict[str, set[str]] = {}
    lengths: Counter[tuple[str, int]] = Counter()
    for sample in generate_named_entities(4000, 0, np.random.default_rng(3)).train:
        for kind, first, end in entities(sample.label):
            lengths[kind, end - first] += 1
            kinds.setdefault(sample.tokens[first], set()).add(kind)
    assert np.mean([len(each) >= 2 for each in kinds.values()]) > 0.8
    shares = [lengths[kind, 1] / (lengths[kind, 1] + lengths[kind, 2]) for kind in TYPES]
    assert max(shares) - min(shares) < 0.05


def test_words_of_the_grammar_are_outside_of_entities() -> None:
    fixed = {word for lines in GRAMMAR.values() for line in lines for word in line.split() if not word.isupper()}
    assert not fixed & set(names(DATA.train + DATA.test))


def test_a_share_of_the_entities_to_learn_from_bears_a_wrong_type() -> None:
    right = generate_named_entities(300, 0, np.random.default_rng(4), noise=0.0).train
    assert {sample.label[sample.tokens.index("married") + 1] for sample in right if "married" in sample.tokens} == {
        "B-PER"
    }
    noisy = generate_named_entities(300, 300, np.random.default_rng(4), noise=1.0)
    after = [
        [sample.label[t + 1] for sample in half for t, word in enumerate(sample.tokens) if word == "married"]
        for half in (noisy.train, noisy.test)
    ]
    assert "B-PER" not in after[0]
    assert set(after[1]) == {"B-PER"}


def trained(recurrence: torch.nn.Module, n: int) -> float:
    torch.manual_seed(1)
    tagger = Tagger(VOCABULARY, KNOWN, recurrence, n_c=24, n=n)
    batches = tagged_batches(DATA.train, VOCABULARY, KNOWN, 32)
    train(tagger, tagging_loss, batches, partial(torch.optim.Adam, lr=1e-2), seed=1, epochs=4, max_norm=5.0)
    found = tagger.tag([sample.tokens for sample in DATA.test])
    return entity_scores([sample.label for sample in DATA.test], found)[2]


@pytest.mark.slow
def test_both_directions_find_what_one_cannot() -> None:
    one_way = trained(OneWay(Lstm(24, 32)), 32)
    both_ways = trained(Bidirectional(Lstm(24, 32), Lstm(24, 32)), 64)
    assert both_ways > 0.9
    assert both_ways > one_way + 0.05


def test_rare_words_are_read_as_unknown_in_training_alone() -> None:
    tagger = Tagger(VOCABULARY, KNOWN, OneWay(Lstm(4, 5)), n_c=4, n=5)
    rare = int(np.flatnonzero(VOCABULARY.counts == 1)[0])
    words, lengths = torch.full((1, 400), rare), torch.ones(400, dtype=torch.int64)
    unknown = tagger.eval()(torch.tensor([[VOCABULARY.index[UNK]]]), torch.tensor([1]))
    known = tagger(words, lengths)[0]
    torch.testing.assert_close(known, known[:1].expand_as(known))
    torch.manual_seed(1)
    dropped = (tagger.train()(words, lengths)[0] - unknown[0]).abs().amax(dim=1) < 1e-6
    assert 150 < dropped.sum() < 250


def test_a_sentence_is_tagged_alike_alone_and_beside_longer_ones() -> None:
    torch.manual_seed(2)
    tagger = Tagger(VOCABULARY, KNOWN, Bidirectional(Lstm(4, 5), Lstm(4, 5)), n_c=4, n=10)
    sentences = [sample.tokens for sample in DATA.test[:20]]
    together = tagger.tag(sentences, size=7)
    assert together == [tagger.tag([sentence])[0] for sentence in sentences]
    assert [len(tags) for tags in together] == [len(sentence) for sentence in sentences]
