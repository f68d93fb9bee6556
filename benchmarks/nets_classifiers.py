"""Text classifiers beside logistic regression on counts, and auto-encoders beside PCA.

Aims: where order decides, what reads is right far more often than what counts words, and what averages them is no
better than that; an auto-encoder that bends restores digits better from as many numbers than PCA.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from table import Row, main, row

from reference.autoencoders.stacked import pretrain, restoring_loss, unrolled
from reference.classifiers.averaged import Averaged
from reference.classifiers.embedding_layer import padded, text_loss
from reference.classifiers.recurrent_classifier import RecurrentClassifier
from reference.counts.vocabulary import build_vocabulary
from reference.data.sentiment_trees import generate_sentiment_trees
from reference.networks.feed_forward import FeedForward, feed_forward
from reference.networks.initialisation import first_parameters, xavier
from reference.networks.losses import squared_error
from reference.training import shuffled, train

ADAM = partial(torch.optim.Adam, lr=5e-3)
figure = partial(row, "nets_classifiers")


def sentiment_rows(examples: int, epochs: int, seeds: range) -> list[Row]:
    """Return how often each classifier is right about made-up sentences whose words say little without their order."""
    samples = generate_sentiment_trees(examples, np.random.default_rng(0))
    held_out = examples // 6
    vocabulary = build_vocabulary([sample.tokens for sample in samples])
    numbers = torch.tensor(padded([vocabulary.encode(sample.tokens) for sample in samples]))
    t = torch.tensor([int(sample.label.value > 0) for sample in samples])
    counts = CountVectorizer(analyzer=lambda words: words).fit_transform([sample.tokens for sample in samples])
    counted = LogisticRegression(max_iter=1000).fit(counts[held_out:], t[held_out:])
    theirs = [float(counted.score(counts[:held_out], t[:held_out]))]
    right: dict[str, list[float]] = {}
    for seed in seeds:
        for name, model in _classifiers(len(vocabulary), np.random.default_rng(seed)).items():
            train(model, text_loss, shuffled(32, numbers[held_out:], t[held_out:]), ADAM, seed=seed, epochs=epochs)
            with torch.no_grad():
                found = model(numbers[:held_out]).argmax(0) == t[:held_out]
            right.setdefault(name, []).append(float(found.double().mean()))
    peer = "logistic regression"
    return [figure(f"sentiment, {name}: right", found, "", peer=peer, theirs=theirs) for name, found in right.items()]


def _classifiers(V: int, generator: np.random.Generator) -> dict[str, torch.nn.Module]:
    E = 0.3 * generator.standard_normal((V, 16))

    def half() -> dict[str, np.ndarray]:
        weights = {f"W{gate}": xavier(32, 48, generator) for gate in "fico"}
        return {**weights, **{f"b{gate}": np.zeros((32, 1)) for gate in "fico"}}

    one = {"E": E, "Wy": xavier(2, 32, generator), "by": np.zeros((2, 1)), "forward": half()}
    both = {**one, "Wy": xavier(2, 64, generator), "backward": half()}
    return {
        "mean of embeddings": Averaged({"E": E, **first_parameters([16, 16, 2], generator)}, dtype=torch.float32),
        "LSTM": RecurrentClassifier(one, "lstm", torch.float32),
        "BiLSTM": RecurrentClassifier(both, "lstm", torch.float32),
    }


def digit_rows(epochs: int) -> list[Row]:
    """Return the squared error with which unseen digits are restored from eight numbers, beside that of PCA."""
    x = load_digits().data.T / 16  # (64, 1797)
    seen, unseen = x[:, :1400], x[:, 1400:]
    deep = FeedForward(unrolled(pretrain(seen, [128, 8], ADAM, seed=0, epochs=epochs)), "sigmoid")
    train(deep, restoring_loss, shuffled(32, torch.tensor(seen.T)), ADAM, seed=0, epochs=4 * epochs)
    ours = squared_error(feed_forward(unseen, deep.arrays(), "sigmoid")[0], unseen)
    pca = PCA(8).fit(seen.T)
    theirs = squared_error(pca.inverse_transform(pca.transform(unseen.T)).T, unseen)
    return [figure("digits from 8 numbers, stacked: error", [ours], "", "below 1 x", peer="PCA", theirs=[theirs])]


def measure(quick: bool) -> list[Row]:
    """Return all figures."""
    torch.set_num_threads(1)
    if quick:
        return [*sentiment_rows(1800, 6, range(1)), *digit_rows(10)]
    return [*sentiment_rows(6000, 8, range(3)), *digit_rows(40)]


if __name__ == "__main__":
    main("nets_classifiers", __doc__, measure)
