"""Stacked auto-encoders: each learns to repeat the codes of the one before it, then all are unrolled into one deep net.

    h_0 = x            h_l = f(V_l h_l-1 + a_l), learned so that f(V'_l h_l + a'_l) is h_l-1            l = 1, ..., L
    unrolled:  x -> h_1 -> ... -> h_L -> ... -> y            with V_1, ..., V_L, V'_L, ..., V'_1 in this order

Deep nets that begin with random weights used to get stuck. Greedy pre-training lays one layer at a time, with the
layers below already in place; what remains is to tune the whole. What is restored at the very bottom is not bent.

G. E. Hinton and R. R. Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313 (2006),
with restricted Boltzmann machines; Y. Bengio and others, "Greedy layer-wise training of deep networks", NIPS 2006, as
here.
Left out: Boltzmann machines; a classifier in the place of the upper half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from reference.autoencoders.autoencoder import Autoencoder, autoencoder_forward, reconstruction_loss
from reference.networks.initialisation import first_parameters
from reference.training import shuffled, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.activations import Array, Parameters
    from reference.networks.feed_forward import FeedForward
    from reference.training import Optimiser, Progress


def unrolled(autoencoders: Sequence[Parameters]) -> dict[str, Array]:
    """Put auto-encoders into one another: the parameters of a feed-forward net that encodes and restores.

    Arguments:
        autoencoders: for each of L auto-encoders, the outermost first, a dict with W1 (k, n), b1 (k, 1), W2 (n, k) and
            b2 (n, 1), k being the n of the next

    Returns a dict with W1, b1, ..., W2L, b2L: first the encoders, then the decoders, the innermost first.
    """
    ways = [(each["W1"], each["b1"]) for each in autoencoders]
    ways += [(each["W2"], each["b2"]) for each in reversed(autoencoders)]
    numbered = enumerate(ways, start=1)
    return {f"{name}{layer}": theta for layer, way in numbered for name, theta in zip("Wb", way, strict=True)}


def pretrain(
    x: Array,
    sizes: Sequence[int],
    optimiser: Optimiser,
    *,
    seed: int,
    epochs: int,
    hidden: str = "sigmoid",
    p: float = 0.0,
    batch: int = 32,
    device: str = "cpu",
    progress: Callable[[Progress], object] | None = None,
    done: Sequence[Parameters] = (),
) -> list[Parameters]:
    """Train one auto-encoder after another, each on the codes of the one before; return the parameters of all.

    x (n, m): the examples
    sizes: the lengths of the codes, the outermost first
    optimiser, seed, epochs, device, progress: as `train` takes them, the same for each
    hidden: what bends the codes, and what is restored where that is a code itself
    p: the probability with which an entry of what is read is set to 0 while training
    done: the outermost ones, if an earlier call has trained them already
    """
    found, codes = list(done), x
    for parameters in done:
        codes = _codes(codes, parameters, hidden)
    for place in range(len(done), len(sizes)):
        first = first_parameters([len(codes), sizes[place], len(codes)], np.random.default_rng([seed, place]))
        model = Autoencoder(first, hidden, hidden if place else "identity")
        batches = shuffled(batch, torch.tensor(codes.T))
        loss = reconstruction_loss(p)
        train(model, loss, batches, optimiser, seed=seed, epochs=epochs, device=device, progress=progress)
        found.append(model.arrays())
        codes = _codes(codes, found[-1], hidden)
    return found


def _codes(x: Array, parameters: Parameters, hidden: str) -> Array:
    return autoencoder_forward(x, parameters, hidden)[1]


def restoring_loss(model: FeedForward, batch: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the loss with which `train` tunes the unrolled net, for batches of examples (m, n)."""
    x = batch[0].T  # (n, m)
    J: torch.Tensor = ((model(x) - x) ** 2).sum() / (2 * x.shape[1])
    return J
