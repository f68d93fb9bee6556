"""The recurrent language model: what is read and guessed, what it learns, and that torch's own layers learn no better."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from reference.counts.vocabulary import EOS, UNK, Vocabulary, build_vocabulary
from reference.language_models.n_gram import train_kneser_ney
from reference.language_models.perplexity import bits_per_character, perplexity, text_log_probabilities
from reference.language_models.recurrent_language_model import (
    IGNORED,
    RecurrentLanguageModel,
    log_probabilities,
    reading,
    reading_loss,
    sampled_reading_loss,
    sentence_batches,
)
from reference.language_models.sampling import sample_sentence
from reference.recurrent.twins import Gru, Lstm, Rnn, Stack
from reference.training import train

pytestmark = pytest.mark.slow

ADAM = partial(torch.optim.Adam, lr=0.02)


def agreement(count: int, seed: int) -> list[list[str]]:
    """Sentences whose verb agrees with a noun too far away for an n-gram to see."""
    generator = np.random.default_rng(seed)
    sentences = []
    for _ in range(count):
        noun, verb = [("dog", "barks"), ("dogs", "bark"), ("cat", "purrs"), ("cats", "purr")][generator.integers(4)]
        between = [["in", "the"], ["near", "a"], ["by", "my"]]
        phrase = [word for _ in range(generator.integers(1, 3)) for word in [*between[generator.integers(3)], "house"]]
        sentences.append(["the", noun, *phrase, verb])
    return sentences


def numbers(sentences: list[list[str]], vocabulary: Vocabulary) -> list[list[int]]:
    return [vocabulary.encode(sentence).tolist() for sentence in sentences]


def model_of(recurrence: torch.nn.Module, V: int, **options: object) -> RecurrentLanguageModel:
    return RecurrentLanguageModel(V, recurrence, n_c=12, n_a=12, end=2, **options)  # type: ignore[arg-type]


def test_each_word_is_guessed_after_those_before_it_and_the_end_after_all() -> None:
    read, guessed = reading([[5, 6, 7], [8]], end=2)
    assert read.T.tolist() == [[2, 5, 6, 7], [2, 8, 2, 2]]
    assert guessed.T.tolist() == [[5, 6, 7, 2], [8, 2, IGNORED, IGNORED]]


def test_all_sentences_come_once_in_an_epoch_with_others_of_their_length() -> None:
    sentences = [[k] * (1 + k % 5) for k in range(3, 40)]
    batches = sentence_batches(sentences, 4, end=2)
    epochs = [list(batches(np.random.default_rng(seed))) for seed in (1, 2)]
    firsts = [[int(word) for batch in epoch for word in batch.guessed[0]] for epoch in epochs]
    assert sorted(firsts[0]) == list(range(3, 40))
    assert firsts[0] != firsts[1]
    assert all(
        (batch.guessed != IGNORED).sum(0).max() - (batch.guessed != IGNORED).sum(0).min() <= 1 for batch in epochs[0]
    )


@pytest.mark.parametrize("tied", [True, False])
def test_a_sentence_has_the_same_probability_alone_in_a_batch_and_word_by_word(tied: bool) -> None:
    torch.manual_seed(1)
    model = model_of(Stack([Gru(12, 12), Gru(12, 12)]), 9, tied=tied).double().eval()
    sentences = [[3, 4, 8], [5], [1, 7, 7, 7, 6]]
    found = log_probabilities(model, sentences, size=2)
    by_word = text_log_probabilities([[*sentence, 2] for sentence in sentences], model.next_word)
    np.testing.assert_allclose(found, by_word, rtol=1e-9)
    loss = reading_loss(model, reading(sentences, 2))
    assert loss.item() == pytest.approx(-found.mean(), rel=1e-9)


def test_tied_weights_are_one_tensor_and_need_equal_sizes() -> None:
    model = model_of(Rnn(12, 12), 9, tied=True)
    assert model.U is model.C
    assert "U" not in dict(model.named_parameters())
    with pytest.raises(ValueError, match="n_c is 4 and n_a is 12"):
        RecurrentLanguageModel(9, Rnn(4, 12), n_c=4, n_a=12, end=2, tied=True)


def torch_s(twin: Lstm) -> torch.nn.LSTM:
    theirs = torch.nn.LSTM(twin.n_x, twin.n_a)
    W, b = twin.stacked("Wi", "Wf", "Wc", "Wo").detach(), twin.stacked("bi", "bf", "bc", "bo")[:, 0].detach()
    theirs.load_state_dict({"weight_ih_l0": W[:, 12:], "weight_hh_l0": W[:, :12], "bias_ih_l0": b, "bias_hh_l0": 0 * b})
    theirs.bias_hh_l0.requires_grad_(False)  # one bias, as in the equations
    return theirs


def test_the_same_model_of_torch_s_layers_learns_the_same() -> None:
    vocabulary = build_vocabulary(agreement(150, 1))
    batches = sentence_batches(numbers(agreement(150, 1), vocabulary), 16, end=2)
    torch.manual_seed(1)
    ours = model_of(Lstm(12, 12), len(vocabulary)).double()
    theirs = model_of(torch_s(ours.recurrence.float()), len(vocabulary)).double()
    ours.double()
    theirs.load_state_dict(
        {name: value for name, value in ours.state_dict().items() if "recurrence" not in name}, strict=False
    )
    expected = train(theirs, reading_loss, batches, ADAM, seed=1, steps=30)
    found = train(ours, reading_loss, batches, ADAM, seed=1, steps=30)
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-9)
    assert found.losses[-1] < found.losses[0] / 1.5


@pytest.mark.parametrize("kind", ["full", "sampled"])
def test_what_lies_too_far_back_for_a_trigram_is_remembered(kind: str) -> None:
    vocabulary = build_vocabulary(agreement(400, 1))
    seen, held_out = numbers(agreement(400, 1), vocabulary), numbers(agreement(100, 2), vocabulary)
    torch.manual_seed(1)
    model = RecurrentLanguageModel(len(vocabulary), Lstm(12, 24), n_c=12, n_a=24, end=2)
    loss = reading_loss if kind == "full" else sampled_reading_loss(vocabulary.counts.astype(np.float64), 8)
    train(model, loss, sentence_batches(seen, 20, end=2), ADAM, seed=1, epochs=25, max_norm=5.0)
    trigram = train_kneser_ney(seen, vocabulary, 3)
    theirs = perplexity(text_log_probabilities([[*sentence, 2] for sentence in held_out], trigram.next_word))
    assert perplexity(log_probabilities(model, held_out)) < 0.9 * theirs

    generator = np.random.default_rng(1)
    unknown = vocabulary.index[UNK]
    drawn = [sample_sentence(model.next_word, generator, vocabulary.index[EOS], rejected=[unknown]) for _ in range(30)]
    assert all(unknown not in sentence for sentence in drawn)
    pairs = [(words[1], words[-1]) for words in map(vocabulary.decode, drawn) if len(words) > 2]
    right = [pair in {("dog", "barks"), ("dogs", "bark"), ("cat", "purrs"), ("cats", "purr")} for pair in pairs]
    assert np.mean(right) > 0.6


def test_letters_are_guessed_with_no_more_bits_than_they_hold() -> None:
    """Consonant, vowel, consonant, vowel, end: four of the five characters hold log2 of 8, 3, 8 and 3 bits."""
    generator = np.random.default_rng(1)
    words = [[str(generator.choice(list(kind))) for kind in ("bdfgklmn", "aio") * 2] for _ in range(900)]
    letters = build_vocabulary(words[:800])
    torch.manual_seed(1)
    model = model_of(Gru(12, 12), len(letters))
    train(model, reading_loss, sentence_batches(numbers(words[:800], letters), 40, end=2), ADAM, seed=1, epochs=10)
    log_p = log_probabilities(model, numbers(words[800:], letters))
    held = (2 * np.log2(8) + 2 * np.log2(3)) / 5
    assert held < bits_per_character(log_p, len(log_p)) < 1.05 * held
