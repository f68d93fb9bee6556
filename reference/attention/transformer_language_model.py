"""The transformer language model as torch trains it: the twin of reference/attention/transformer.py.

    z = transformer(words)        J = mean over places of -log softmax(z)[the next word]

Made of torch's own blocks; numpy_parameters gives their parameters under the names of transformer.py. A text of words
is cut into pieces of T + 1: the model reads the first T of each and predicts the last T.

Left out: dropout, rates that rise and fall, contexts longer than a piece.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from reference.attention.positional_encoding import positional_encoding
from reference.training import Progress, State, shuffled, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.activations import Array
    from reference.attention.transformer import TransformerParameters, Words


class TransformerLanguageModel(nn.Module):
    """A transformer of several blocks for V words and up to `longest` places; d must be a multiple of heads."""

    def __init__(self, V: int, d: int = 128, heads: int = 4, blocks: int = 2, longest: int = 128) -> None:
        super().__init__()
        self.E = nn.Embedding(V, d)
        nn.init.normal_(self.E.weight, std=d**-0.5)  # times sqrt(d) as vectors of words, as it is for the scores
        self.PE: torch.Tensor
        self.register_buffer("PE", torch.tensor(positional_encoding(longest, d), dtype=torch.float32))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(d, heads, 4 * d, dropout=0.0, batch_first=True, norm_first=True)
            for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(d)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Return the scores (m, T, V) of what follows each of the words (m, T)."""
        T = words.shape[1]
        if len(self.PE) < T:
            raise ValueError(f"{T} words are more than the {len(self.PE)} places that this model knows: set `longest`")
        x = self.E.weight.shape[1] ** 0.5 * self.E(words) + self.PE[:T]
        later = torch.ones(T, T, dtype=torch.bool, device=words.device).triu(1)
        for block in self.blocks:
            x = block(x, src_mask=later, is_causal=True)
        scores: torch.Tensor = self.norm(x) @ self.E.weight.T
        return scores


def pieces(words: Words, T: int) -> torch.Tensor:
    """Cut a text into pieces (N, T + 1), each beginning with the last word of the one before; a short rest is left."""
    count = (len(words) - 1) // T
    if not count:
        raise ValueError(f"a text of {len(words)} words has no piece of {T + 1}: give more text, or a smaller T")
    return torch.tensor(np.stack([words[k * T : k * T + T + 1] for k in range(count)]))


def next_word_loss(model: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the cross-entropy of a batch with pieces (m, T + 1), in nats a word."""
    (piece,) = batch
    scores = model(piece[:, :-1])
    return nn.functional.cross_entropy(scores.flatten(0, 1), piece[:, 1:].flatten())


def train_transformer(
    model: TransformerLanguageModel,
    text: torch.Tensor,
    *,
    seed: int,
    steps: int | None = None,
    epochs: int | None = None,
    size: int = 32,
    learning_rate: float = 1e-3,
    device: str = "cpu",
    progress: Callable[[Progress], object] | None = None,
    state: State | None = None,
) -> State:
    """Train a model in place, by Adam, on the pieces (N, T + 1) of a text; the rest is as in reference/training.py."""
    return train(
        model,
        next_word_loss,
        shuffled(size, text),
        partial(torch.optim.Adam, lr=learning_rate),
        seed=seed, steps=steps, epochs=epochs, device=device, max_norm=1.0, progress=progress, state=state,
    )  # fmt: skip


@torch.no_grad()
def perplexity(model: nn.Module, text: torch.Tensor, size: int = 256) -> float:
    """Return exp of the mean cross-entropy over the pieces (N, T + 1) of a text."""
    costs = [next_word_loss(model, (batch,)).item() * len(batch) for batch in torch.split(text, size)]
    return float(np.exp(sum(costs) / len(text)))


def numpy_parameters(model: TransformerLanguageModel) -> TransformerParameters:
    """Return copies of the parameters under the names and in the shapes of transformer.py."""
    return {
        "E": _numbers(model.E.weight),
        "blocks": [_block(dict(block.named_parameters())) for block in model.blocks],
        "g": _numbers(model.norm.weight),
        "s": _numbers(model.norm.bias),
    }


def _block(of_torch: dict[str, nn.Parameter]) -> dict[str, Array]:
    names = {
        "WO": "self_attn.out_proj.weight", "bO": "self_attn.out_proj.bias",
        "W1": "linear1.weight", "b1": "linear1.bias", "W2": "linear2.weight", "b2": "linear2.bias",
        "g1": "norm1.weight", "s1": "norm1.bias", "g2": "norm2.weight", "s2": "norm2.bias",
    }  # fmt: skip
    found = {name: _numbers(of_torch[theirs]).T for name, theirs in names.items()}
    weights = np.split(_numbers(of_torch["self_attn.in_proj_weight"]), 3)
    biases = np.split(_numbers(of_torch["self_attn.in_proj_bias"]), 3)
    for name, weight, bias in zip("QKV", weights, biases, strict=True):
        found |= {f"W{name}": weight.T, f"b{name}": bias}
    return found


def _numbers(tensor: torch.Tensor) -> Array:
    numbers: Array = tensor.detach().cpu().double().numpy().copy()
    return numbers
