"""The encoder-decoder as torch trains it: the twin of reference/attention/encoder_decoder.py.

The same equations with rows for examples, and GRUs as torch has them: the reset gate comes after the matrix product.
What a scorer makes of the encoder states alone is worked out once for a sentence, not at every step; with it, a score
is va^T tanh(q + k_j) for the additive scorer and q^T k_j for the other two.

    numpy_parameters(translator)        the parameters as encoder_decoder.py names and shapes them

Left out: several layers, dropout, reading from both ends.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from reference.training import Progress, State, shuffled, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.activations import Array
    from reference.attention.beam_search import NextWords

PAD = 0


class AdditiveScorer(nn.Module):
    """Bahdanau's scorer: e_j = va^T tanh(Wa s + Ua h_j)."""

    def __init__(self, n_s: int, n_h: int) -> None:
        super().__init__()
        self.Wa, self.Ua = nn.Linear(n_s, n_s, bias=False), nn.Linear(n_h, n_s, bias=False)
        self.va = nn.Linear(n_s, 1, bias=False)

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        """Return what the scores need of h (m, T, n_h)."""
        keys: torch.Tensor = self.Ua(h)
        return keys

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Score every place, (m, T), for s (m, n_s)."""
        scores: torch.Tensor = self.va(torch.tanh(self.Wa(s)[:, None] + keys))
        return scores[:, :, 0]


class GeneralScorer(nn.Module):
    """Luong's scorer with weights: e_j = s^T Wa h_j."""

    def __init__(self, n_s: int, n_h: int) -> None:
        super().__init__()
        self.Wa = nn.Linear(n_h, n_s, bias=False)

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        """Return what the scores need of h (m, T, n_h)."""
        keys: torch.Tensor = self.Wa(h)
        return keys

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Score every place, (m, T), for s (m, n_s)."""
        return torch.einsum("mn,mtn->mt", s, keys)


class DotScorer(GeneralScorer):
    """Luong's scorer without weights: e_j = s^T h_j."""

    def __init__(self, n_s: int, n_h: int) -> None:
        if n_s != n_h:
            raise ValueError(f"the dot scorer compares states of one width, not {n_s} with {n_h}: use GeneralScorer")
        nn.Module.__init__(self)

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        """Return what the scores need of h (m, T, n_h)."""
        return h


class LastState(nn.Module):
    """No attention: all the weight lies on the last place that is no padding, since only masked ones follow it."""

    def __init__(self, n_s: int, n_h: int) -> None:  # noqa: ARG002 (as every scorer)
        super().__init__()

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        """Return scores that rise so steeply that a softmax sees the last place alone."""
        return 1e4 * torch.arange(h.shape[1], dtype=h.dtype, device=h.device).expand(h.shape[:2])

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 (as every scorer)
        """Score every place, (m, T)."""
        return keys


class Translator(nn.Module):
    """An encoder-decoder of two GRUs with n rows of state and vectors of n_e numbers for words; number 0 is padding."""

    def __init__(
        self,
        V_x: int,
        V_y: int,
        n_e: int = 32,
        n: int = 128,
        scorer: Callable[[int, int], nn.Module] = AdditiveScorer,
    ) -> None:
        super().__init__()
        self.E_x, self.E_y = nn.Embedding(V_x, n_e), nn.Embedding(V_y, n_e)
        self.encoder = nn.GRU(n_e, n, batch_first=True)
        self.decoder = nn.GRUCell(n_e + n, n)
        self.scorer: Any = scorer(n, n)
        self.output = nn.Linear(n, V_y)

    def read(self, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Read sources (m, T_x); return the first state (m, n), and h (m, T_x, n), its keys and the mask (m, T_x)."""
        mask = source != PAD
        h, _ = self.encoder(self.E_x(source))
        last = mask.sum(dim=1) - 1
        return h[torch.arange(len(h), device=h.device), last], h, self.scorer.keys(h), mask

    def step(
        self, word: torch.Tensor, s: torch.Tensor, h: torch.Tensor, keys: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take a step from s (m, n) with the last words (m,); return the next state and the weights (m, T_x)."""
        alpha = torch.softmax(self.scorer(s, keys).masked_fill(~mask, -torch.inf), dim=1)
        c = torch.einsum("mt,mtn->mn", alpha, h)
        return self.decoder(torch.cat([self.E_y(word), c], dim=1), s), alpha

    def forward(self, source: torch.Tensor, told: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores (m, T_y, V_y) and weights (m, T_y, T_x), the words told (m, T_y) being read one a step."""
        s, h, keys, mask = self.read(source)
        states, weights = [], []
        for t in range(told.shape[1]):
            s, alpha = self.step(told[:, t], s, h, keys, mask)
            states.append(s)
            weights.append(alpha)
        return self.output(torch.stack(states, dim=1)), torch.stack(weights, dim=1)


def loss_per_word(model: Translator, batch: Sequence[torch.Tensor], start: int) -> torch.Tensor:
    """Return the cross-entropy of a batch (source, target), the mean over the target's words, padding left out."""
    source, target = batch
    told = torch.cat([torch.full_like(target[:, :1], start), target[:, :-1]], dim=1)
    scores, _ = model(source, told)
    return nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten(), ignore_index=PAD)


def train_translator(
    model: Translator,
    sources: torch.Tensor,
    targets: torch.Tensor,
    start: int,
    *,
    seed: int,
    steps: int | None = None,
    epochs: int | None = None,
    size: int = 64,
    learning_rate: float = 2e-3,
    device: str = "cpu",
    progress: Callable[[Progress], object] | None = None,
    state: State | None = None,
) -> State:
    """Train a translator in place, by Adam, on sources (N, T_x) and targets (N, T_y), which end with the end's number.

    start: the number that the decoder is told before the first word
    size: how many examples make a batch; the rest is as in reference/training.py
    """
    return train(
        model,
        partial(loss_per_word, start=start),
        shuffled(size, sources, targets),
        partial(torch.optim.Adam, lr=learning_rate),
        seed=seed, steps=steps, epochs=epochs, device=device, max_norm=1.0, progress=progress, state=state,
    )  # fmt: skip


@torch.no_grad()
def translate(model: Translator, source: torch.Tensor, start: int, end: int, longest: int) -> list[list[int]]:
    """Write the most probable word again and again, for many sources (m, T_x) at once; words are without the end."""
    s, h, keys, mask = model.read(source)
    word = torch.full_like(source[:, 0], start)
    written = []
    for _ in range(longest):
        s, _ = model.step(word, s, h, keys, mask)
        word = model.output(s).argmax(dim=1)
        written.append(word)
    lines = torch.stack(written, dim=1).tolist()
    return [line[: line.index(end)] if end in line else line for line in lines]


@torch.no_grad()
def predictor(model: Translator, source: torch.Tensor) -> tuple[torch.Tensor, NextWords]:
    """Return the state and the function that reference/attention/beam_search.py asks, for one source (T_x,)."""
    s0, h, keys, mask = model.read(source[None])

    @torch.no_grad()
    def next_words(s: torch.Tensor, word: int) -> tuple[Array, torch.Tensor]:
        s, _ = model.step(torch.tensor([word], device=h.device), s, h, keys, mask)
        log_p: Array = torch.log_softmax(model.output(s)[0].double(), dim=0).cpu().numpy()
        return log_p, s

    return s0, next_words


def numpy_parameters(model: Translator) -> dict[str, dict[str, Array]]:
    """Return copies of the parameters under the names and in the shapes of encoder_decoder.py, for reset_after=True."""
    weights = {name: _numbers(weight.weight) for name, weight in model.scorer.named_children()}
    if "va" in weights:
        weights["va"] = weights["va"].T
    return {
        "encoder": {
            "E": _numbers(model.E_x.weight).T,
            **gru_parameters(*model.encoder.parameters()),
        },
        "decoder": {
            "E": _numbers(model.E_y.weight).T,
            **gru_parameters(*model.decoder.parameters()),
            **weights,
            "Wy": _numbers(model.output.weight),
            "by": _numbers(model.output.bias)[:, np.newaxis],
        },
    }


def gru_parameters(*of_torch: torch.Tensor) -> dict[str, Array]:
    """Return a GRU's parameters as reference/recurrent/gru.py has them, given weight_ih, weight_hh, bias_ih, bias_hh.

    torch's update gate z says what is kept, the reference's what is replaced: u = 1 - z, so that its signs turn.
    """
    W_ih, W_hh, b_ih, b_hh = (np.split(_numbers(tensor), 3) for tensor in of_torch)  # gates r, z, n
    Wr, Wz, Wc = (np.concatenate([hh, ih], axis=1) for hh, ih in zip(W_hh, W_ih, strict=True))
    br, bz = ((b_ih[gate] + b_hh[gate])[:, np.newaxis] for gate in (0, 1))
    return {
        "Wu": -Wz, "Wr": Wr, "Wc": Wc, "bu": -bz, "br": br, "bc": b_ih[2][:, np.newaxis], "bch": b_hh[2][:, np.newaxis],
    }  # fmt: skip


def _numbers(tensor: torch.Tensor) -> Array:
    numbers: Array = tensor.detach().cpu().double().numpy().copy()
    return numbers
