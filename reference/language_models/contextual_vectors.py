"""Vectors of words in their sentence: the states of two language models that read towards each other.

A table has one vector for bank, of a river or of money. A language model that has read up to bank, and another that has
come from the end of the sentence, have states that depend on all that they read; together they say which bank. The two
share the table and the scores of words, and are trained as language models are, on text alone.

    J = -mean of log p(w_t | w_0, ..., w_t-1) - mean of log p(w_t | w_t+1, ..., w_T-1)
    h_0,t = [C[w_t]; C[w_t]]        h_l,t = [state→ of layer l after w_t; state← of layer l after w_t]
    v_t = gamma sum over l of softmax(s)_l h_l,t

A task that uses the vectors learns s (L,), which of the L layers matter, and gamma, a scale. Lower layers tell more of
form, higher ones more of meaning.

M. E. Peters and others, "Deep contextualized word representations", NAACL 2018.
Left out: vectors made of letters; projections and skips between the layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from reference.activations import Array, softmax
from reference.language_models.recurrent_language_model import RecurrentLanguageModel, reading, reading_loss
from reference.recurrent.twins import Lstm, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reference.language_models.recurrent_language_model import Reading
    from reference.training import Batches


class BothReadings(torch.nn.Module):
    """Two language models of stacked LSTMs, of which one reads sentences from the end.

    V: how many words there are; n: the size of vectors and of each state; layers: how many LSTMs in each
    end: the number of `<EOS>`
    """

    def __init__(self, V: int, n: int, *, end: int, layers: int = 2) -> None:
        super().__init__()
        self.forwards, self.backwards = (
            RecurrentLanguageModel(V, Stack([Lstm(n, n) for _ in range(layers)]), n_c=n, n_a=n, end=end)
            for _ in range(2)
        )
        self.backwards.C, self.backwards.U, self.backwards.b = self.forwards.C, self.forwards.U, self.forwards.b

    @torch.no_grad()
    def layers(self, sentence: Sequence[int]) -> Array:
        """Return all vectors (L, T, 2 n) of the T words of a sentence, given by their numbers: the table's first."""
        forwards = _states(self.forwards, sentence)  # (L, T, n)
        backwards = _states(self.backwards, sentence[::-1]).flip(1)
        both: Array = torch.cat([forwards, backwards], dim=2).double().cpu().numpy()
        return both


def _states(model: RecurrentLanguageModel, words: Sequence[int]) -> torch.Tensor:
    """Return what a model has of each word (L, T, n): its vector, and each layer's state after reading it."""
    x = model.C[torch.tensor([model.end, *words], device=model.C.device)][:, None]  # (1 + T, 1, n)
    found = [x]
    for layer in model.recurrence.get_submodule("layers").children():
        found.append(layer(found[-1])[0])
    return torch.stack(found)[:, 1:, 0]


def both_batches(sentences: Sequence[Sequence[int]], size: int, end: int) -> Batches[tuple[Reading, Reading]]:
    """Return batches of sentences, each laid out to be read from the beginning and from the end."""

    def one_epoch(generator: np.random.Generator) -> Iterator[tuple[Reading, Reading]]:
        order = generator.permutation(len(sentences))
        for start in range(0, len(order), size):
            part = [sentences[k] for k in order[start : start + size]]
            yield reading(part, end), reading([sentence[::-1] for sentence in part], end)

    return one_epoch


def both_loss(model: BothReadings, batch: tuple[Reading, Reading]) -> torch.Tensor:
    """Return the sum of the two models' losses. For reference.training.train."""
    return reading_loss(model.forwards, batch[0]) + reading_loss(model.backwards, batch[1])


def mix_layers(h: Array, s: Array, gamma: float = 1.0) -> Array:
    """Mix the layers of contextual vectors into one vector for each word.

    Arguments:
        h (L, T, n): the vectors of T words in each of L layers
        s (L,): how much each layer matters, any numbers; softmax makes them weights
        gamma: a factor for all

    Returns v (T, n) = gamma times the sum over l of softmax(s)_l h[l].
    """
    mixed: Array = gamma * np.tensordot(softmax(s), h, axes=1)
    return mixed


def mix_layers_backward(dv: Array, h: Array, s: Array, gamma: float = 1.0) -> dict[str, Array]:
    """Compute the gradients of mixed vectors.

    Arguments:
        dv (T, n): the gradient at what mix_layers returned
        h (L, T, n), s (L,), gamma: as given to mix_layers

    Returns a dict with dh (L, T, n), ds (L,) and dgamma, a number or an array of shape ().
    """
    w = softmax(s)  # (L,)
    dw = np.tensordot(h, dv, axes=2)  # (L,), apart from gamma
    return {
        "dh": gamma * w[:, np.newaxis, np.newaxis] * dv,
        "ds": gamma * w * (dw - w @ dw),
        "dgamma": np.asarray(w @ dw),
    }
