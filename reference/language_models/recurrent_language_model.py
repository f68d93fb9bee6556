"""The recurrent language model: the state after the words so far guesses the next word.

Nothing is cut off: where an n-gram sees n - 1 words, the state may remember anything since the sentence began. The same
model writes words or characters; all that changes is what the text was cut into.

    a<t> = recurrence(C[w<t-1>], a<t-1>)        p<t> = softmax(U a<t> + b)        J = -mean of log p<t>[w<t>]

w (T, m) are the numbers of the words of m sentences. Before the first word <EOS> is read, and after the last one it is
guessed; what fills up shorter sentences counts for nothing. Unknown words are <UNK>, which is guessed like any other.
C (V, n_c) is the table of vectors, U (V, n_a) and b (V,) score the words. U may be C itself ("tied"): a word's vector
then serves where it is read and where it is guessed, which saves half of the parameters and, on small data, helps.

T. Mikolov and others, "Recurrent neural network based language model", Interspeech 2010; M. Sundermeyer, R. Schlüter
and H. Ney, "LSTM neural networks for language modeling", Interspeech 2012; O. Press and L. Wolf, "Using the output
embedding to improve language models", EACL 2017 (tying).
Left out: states that are carried from one sentence to the next; the cache of recent words.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy, linear

from reference.language_models.sampled_softmax import drawing_probabilities, sampled_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reference.activations import Array
    from reference.training import Batches

IGNORED = -100  # where there is nothing to guess


class Reading(NamedTuple):
    """What is read at each step, and what is to be guessed there, (T, m) each; IGNORED where a sentence is over."""

    read: torch.Tensor
    guessed: torch.Tensor


class RecurrentLanguageModel(torch.nn.Module):
    """A table of vectors, a recurrence, and scores.

    V: how many words there are
    recurrence: from x (T, m, n_c) and a state or None to states (T, m, n_a) and the last state; a twin or torch's own
    end: the number of `<EOS>`
    tied: whether U is C, for which n_a must be n_c
    dropout: the share of entries of vectors and of states that are set to zero in training
    """

    def __init__(
        self,
        V: int,
        recurrence: torch.nn.Module,
        *,
        n_c: int,
        n_a: int,
        end: int,
        tied: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if tied and n_c != n_a:
            raise ValueError(f"tied weights need vectors as long as states, but n_c is {n_c} and n_a is {n_a}")
        self.C = torch.nn.Parameter(torch.randn(V, n_c) / sqrt(n_c))
        self.recurrence = recurrence
        self.U = self.C if tied else torch.nn.Parameter(torch.randn(V, n_a) / sqrt(n_a))
        self.b = torch.nn.Parameter(torch.zeros(V))
        self.dropout = torch.nn.Dropout(dropout)
        self.end = end

    def forward(self, read: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        """Read words (T, m), and return the states (T, m, n_a), from which the next words are guessed, and the last."""
        states, last = self.recurrence(self.dropout(self.C[read]), state)
        return self.dropout(states), last

    def scores(self, states: torch.Tensor) -> torch.Tensor:
        """Return the scores (..., V) of the next word, given states (..., n_a)."""
        return linear(states, self.U, self.b)

    @torch.no_grad()
    def next_word(self, history: Sequence[int]) -> Array:
        """Return the distribution (V,) of the word after the words of a sentence so far, given by their numbers."""
        read = torch.tensor([self.end, *history], device=self.C.device)[:, None]  # (T, 1)
        p: Array = self.scores(self(read)[0][-1, 0]).double().softmax(dim=0).cpu().numpy()
        return p


def reading(sentences: Sequence[Sequence[int]], end: int) -> Reading:
    """Lay m sentences, without marks, side by side: each is read from `end` on, and guessed up to `end`."""
    T = max(map(len, sentences)) + 1
    read = torch.full((T, len(sentences)), end)
    guessed = torch.full((T, len(sentences)), IGNORED)
    for column, sentence in enumerate(sentences):
        words = torch.tensor([*sentence, end])
        read[1 : len(words), column] = words[:-1]
        guessed[: len(words), column] = words
    return Reading(read, guessed)


def sentence_batches(sentences: Sequence[Sequence[int]], size: int, end: int) -> Batches[Reading]:
    """Return batches of sentences of similar length, in an order that is new for each epoch."""
    lengths = np.array([len(sentence) for sentence in sentences])

    def one_epoch(generator: np.random.Generator) -> Iterator[Reading]:
        order = generator.permutation(len(sentences))
        order = order[np.argsort(lengths[order], kind="stable")]
        for start in generator.permutation(np.arange(0, len(order), size)):
            yield reading([sentences[k] for k in order[start : start + size]], end)

    return one_epoch


def reading_loss(model: RecurrentLanguageModel, batch: Reading) -> torch.Tensor:
    """Return the mean of -log p over all words that are to be guessed. For reference.training.train."""
    states, _ = model(batch.read)
    there = batch.guessed != IGNORED
    return cross_entropy(model.scores(states[there]), batch.guessed[there])


def sampled_reading_loss(counts: Array, S: float) -> Callable[[RecurrentLanguageModel, Reading], torch.Tensor]:
    """Return a loss that asks about S words drawn by counts (V,) instead of all V; see sampled_softmax.py."""
    q = torch.from_numpy(drawing_probabilities(counts, S))

    def loss(model: RecurrentLanguageModel, batch: Reading) -> torch.Tensor:
        states, _ = model(batch.read)
        there = batch.guessed != IGNORED
        drawn = (torch.rand(len(q)) < q).nonzero()[:, 0].to(states.device)
        log_q = q.log().to(states)
        return sampled_loss(states[there], batch.guessed[there], drawn, log_q, model.U, model.b)

    return loss


@torch.no_grad()
def log_probabilities(model: RecurrentLanguageModel, sentences: Sequence[Sequence[int]], size: int = 64) -> Array:
    """Return the natural logarithms of the probabilities of all words and ends of sentences, for their perplexity."""
    found = []
    for start in range(0, len(sentences), size):
        read, guessed = (each.to(model.C.device).T for each in reading(sentences[start : start + size], model.end))
        there = guessed != IGNORED  # (m, T): one sentence after another
        log_p = model.scores(model(read.T)[0].transpose(0, 1)[there]).log_softmax(dim=1)
        found.append(log_p.gather(1, guessed[there][:, None])[:, 0].double().cpu().numpy())
    return np.concatenate(found)
