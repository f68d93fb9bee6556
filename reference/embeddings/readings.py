"""How the contexts of a batch become the vectors h that predict its centres: contexts.py for blocks of words.

Each reading asks, h (G, R, d) for centres (G, C) as often as links (G, R, C) say, and gives back to every context what
was asked of h. Skip-gram asks a block's S contexts for its T centres in one group. The others make one h for each
centre, and each is a group of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch

if TYPE_CHECKING:
    from reference.embeddings.blocks import Batch


class Questions(NamedTuple):
    """What a batch asks: h (G, R, d) for centres (G, C), as often as links (G, R, C) say."""

    h: torch.Tensor
    links: torch.Tensor
    centres: torch.Tensor


class Moves(NamedTuple):
    """What is asked of the contexts of a batch: the gradient at each (B, S, d), and the sum of |g| behind it (B, S)."""

    gradient: torch.Tensor
    pull: torch.Tensor


class Reading(Protocol):
    """Whatever makes h out of contexts."""

    def ask(self, x: torch.Tensor, batch: Batch) -> Questions:
        """Make h out of the contexts' vectors x (B, S, d)."""

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, batch: Batch) -> Moves:
        """Give dh (G, R, d) and pull (G, R) back to the contexts."""


class SkipGram:
    """Every context is asked for its centre: h is the context's own vector."""

    def ask(self, x: torch.Tensor, batch: Batch) -> Questions:
        """Ask all contexts of a block for all centres that they meet."""
        return Questions(x, batch.meet, batch.centres)

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, batch: Batch) -> Moves:  # noqa: ARG002
        """Give each context what was asked of it."""
        return Moves(dh, pull)


class MeanContext:
    """The mean of its contexts is asked for each centre: CBOW."""

    def ask(self, x: torch.Tensor, batch: Batch) -> Questions:
        """Ask one mean for each centre that has a context."""
        C = batch.meet.sum(1)[..., None]  # (B, T, 1)
        h = (batch.meet.mT @ x).div_(C.clamp_min(1))  # (B, T, d)
        return Questions(h.view(-1, 1, h.shape[2]), (C > 0).float().view(-1, 1, 1), batch.centres.view(-1, 1))

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, batch: Batch) -> Moves:
        """Give each context all of dh, as word2vec's program does, so that the mean moves by one whole step.

        A context that moves for one centre moves the mean of another by its share only, and so has a share in the pull.
        """
        B, _, T = batch.meet.shape
        share = pull.view(B, T, 1) / batch.meet.sum(1)[..., None].clamp_min(1)  # (B, T, 1)
        return Moves(batch.meet @ dh.view(B, T, -1), (batch.meet @ share).squeeze(2))


class OrderedContext:
    """The contexts in their order, zeros where there is none, are asked for each centre; blocks have one centre."""

    def ask(self, x: torch.Tensor, batch: Batch) -> Questions:
        """Ask one concatenation for each centre that has a context."""
        there = _without_centre(batch.meet)  # (B, S - 1, 1)
        h = (_without_centre(x) * there).flatten(1)  # (B, (S - 1) d)
        return Questions(h[:, None], there.amax(1, keepdim=True), batch.centres)

    def give_back(self, dh: torch.Tensor, pull: torch.Tensor, batch: Batch) -> Moves:
        """Give each context its own piece of dh."""
        B, S, _ = batch.meet.shape
        pieces = dh.reshape(B, S - 1, -1)  # (B, S - 1, d)
        left, right = pieces[:, : S // 2], pieces[:, S // 2 :]
        gradient = torch.cat([left, torch.zeros_like(left[:, :1]), right], 1)  # (B, S, d)
        return Moves(gradient * batch.meet, pull * batch.meet.squeeze(2))


def _without_centre(places: torch.Tensor) -> torch.Tensor:
    """Leave out the middle one of S places, (B, S, ...)."""
    middle = places.shape[1] // 2
    return torch.cat([places[:, :middle], places[:, middle + 1 :]], 1)
