"""How word and document vectors are trained: what all of their trainers are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Architecture = Literal["skip-gram", "cbow", "in order"]
ObjectiveName = Literal["negative sampling", "hierarchical softmax", "sampled softmax", "full softmax"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How word vectors are trained.

    d: the length of a vector
    window: the most places between a centre and a context
    architecture: what predicts what
    objective: how it is asked
    negatives: how much noise each question of negative sampling meets
    drawn: how many words the right one is told from in a sampled softmax
    epochs: how often the text is read
    learning_rate: at the beginning; it falls to a 250th on a straight line
    subsampling: the share of all words from about which on occurrences are skipped; 0 for none
    dynamic: whether the reach is drawn for each centre, or is the window
    batch: how many questions a softmax, full or sampled, answers before vectors change; the other two change them
        after each
    threads: how many parts of the text are read at once, for the objectives that answer one question after another
    device: where the softmaxes work, "cpu" or "cuda"
    """

    d: int = 100
    window: int = 5
    architecture: Architecture = "skip-gram"
    objective: ObjectiveName = "negative sampling"
    negatives: int = 5
    drawn: int = 32
    epochs: int = 5
    learning_rate: float = 0.025
    subsampling: float = 1e-3
    dynamic: bool = True
    batch: int = 256
    threads: int = 1
    device: str = "cpu"
