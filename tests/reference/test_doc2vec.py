"""Doc2Vec: documents of one topic come near one another, so do new ones, and inference leaves words alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from reference.counts.vocabulary import build_vocabulary
from reference.embeddings.doc2vec import Doc2vec, train_doc2vec
from reference.embeddings.settings import Architecture, ObjectiveName, Settings
from tests.reference.test_word2vec import ARCHITECTURES, OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow


def documents(seed: int, size: int) -> tuple[list[list[str]], list[str]]:
    """Documents of one topic each, half of their words common to all, and their topics."""
    generator = np.random.default_rng(seed)
    topics = [str(topic) for topic in generator.integers(4, size=size)]
    kinds = generator.random((size, 20)) < 0.5
    numbers = generator.integers(12, size=(size, 20))
    texts = [
        [f"{topic if own else 'any'}.{number}" for own, number in zip(*row, strict=True)]
        for topic, *row in zip(topics, kinds, numbers, strict=True)
    ]
    return texts, topics


def by_number(topics: list[str]) -> list[list[str]]:
    return [[str(number)] for number in range(len(topics))]


def train(
    architecture: Architecture,
    objective: ObjectiveName = "negative sampling",
    tag: Callable[[list[str]], list[list[str]]] = by_number,
) -> Doc2vec:
    """Train with a narrow window, so that contexts do not give the topic away and leave something for tags to say."""
    texts, topics = documents(1, 300)
    settings = Settings(
        d=12, window=1, architecture=architecture, objective=objective, epochs=20, learning_rate=0.1, subsampling=0,
        batch=64,
    )  # fmt: skip
    return train_doc2vec(texts, tag(topics), build_vocabulary(texts, special=()), np.random.default_rng(1), settings)


def purity(left: np.ndarray, right: np.ndarray, left_topics: list[str], right_topics: list[str]) -> float:
    """For how many of left the nearest of right has the same topic."""
    similarity = left @ (right / np.linalg.norm(right, axis=1, keepdims=True)).T
    if left is right:
        np.fill_diagonal(similarity, -np.inf)
    nearest = similarity.argmax(axis=1)
    return float(np.mean([left_topics[i] == right_topics[j] for i, j in enumerate(nearest)]))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_documents_of_one_topic_come_near_one_another(architecture: Architecture, objective: ObjectiveName) -> None:
    model = train(architecture, objective)
    topics = documents(1, 300)[1]
    learned = np.stack([model.tags[str(number)] for number in range(300)])
    assert purity(learned, learned, topics, topics) > 0.9


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_new_documents_come_near_those_of_their_topic(architecture: Architecture) -> None:
    model = train(architecture)
    learned = np.stack([model.tags[str(number)] for number in range(300)])
    texts, topics = documents(2, 60)
    assert purity(model.infer(texts, np.random.default_rng(3)), learned, topics, documents(1, 300)[1]) > 0.9


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_classes_as_tags_tell_the_topic_of_new_documents(architecture: Architecture) -> None:
    model = train(architecture, tag=lambda topics: [[topic] for topic in topics])
    texts, topics = documents(2, 60)
    inferred = model.infer(texts, np.random.default_rng(3))
    assert purity(inferred, model.tags.matrix, topics, list(model.tags.words)) > 0.9


def test_a_document_may_have_a_class_and_a_number() -> None:
    model = train(
        "skip-gram", tag=lambda topics: [[t, f"no {i}"] if i % 2 else [f"no {i}"] for i, t in enumerate(topics)]
    )
    topics = documents(1, 300)[1]
    learned = np.stack([model.tags[f"no {number}"] for number in range(300)])
    classes = np.stack([model.tags[topic] for topic in "0123"])
    assert purity(learned, classes, topics, list("0123")) > 0.9


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_inference_changes_nothing_and_repeats_itself(architecture: Architecture) -> None:
    model = train(architecture)
    before = [model.inputs.copy(), model.outputs.copy(), model.tags.matrix.copy()]
    first, second = (model.infer(documents(2, 5)[0], np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for now, then in zip([model.inputs, model.outputs, model.tags.matrix], before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_words_of_pv_dbow_stay_where_they_began() -> None:
    assert np.abs(train("skip-gram").inputs).max() <= 1 / 12
    assert np.abs(train("cbow").inputs).max() > 1 / 12


def test_a_document_without_tags_or_words_is_no_obstacle() -> None:
    texts = [["a", "b", "a"], [], ["c", "a", "b"]]
    settings = Settings(d=4, epochs=2)
    vocabulary = build_vocabulary(texts, special=())
    model = train_doc2vec(texts, [["x"], ["y"], []], vocabulary, np.random.default_rng(1), settings)
    assert model.tags.words == ("x", "y")
    assert model.infer([[], ["unknown"]], np.random.default_rng(1)).shape == (2, 4)


def test_documents_and_tags_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="There are 2 documents, and lists of tags for 1"):
        train_doc2vec([["a"], ["b"]], [["x"]], build_vocabulary([["a", "b"]]), np.random.default_rng(1))
