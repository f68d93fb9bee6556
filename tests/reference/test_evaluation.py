"""Scores beside people's answers: against SciPy's ranks and gensim's own evaluation."""

from __future__ import annotations

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath
from scipy import stats

from reference.data.sample import Sample
from reference.data.shipped import analogies, simlex999, wordsim353
from reference.vectors.analogies import three_cos_mul
from reference.vectors.evaluation import evaluate_analogies, evaluate_word_pairs, ranks, spearman, total
from reference.vectors.word_vectors import WordVectors


def drawn(words: list[str], seed: int = 1, d: int = 8) -> tuple[WordVectors, KeyedVectors]:
    matrix = np.random.default_rng(seed).standard_normal((len(words), d)).astype(np.float32)
    theirs = KeyedVectors(d)
    theirs.add_vectors(words, matrix)
    return WordVectors(tuple(words), matrix), theirs


def half_known() -> list[str]:
    """Every other word of the rated pairs, some of them with a second, later spelling."""
    words = sorted({word for pair in (*wordsim353(), *simlex999()) for word in pair.tokens})[::2]
    return [*words, *(word.upper() for word in words[::5] if word.upper() not in words)]


@pytest.mark.parametrize("values", [[3, 1, 2], [1, 1, 1, 5], [2, 9, 2, 9, 2], [4]])
def test_ranks_agree_with_scipy_ties_included(values: list[float]) -> None:
    np.testing.assert_array_equal(ranks(np.array(values, dtype=float)), stats.rankdata(values))


def test_spearman_agrees_with_scipy_on_numbers_with_many_ties() -> None:
    draw = np.random.default_rng(2)
    for n in (3, 10, 200):
        x, y = np.round(draw.random(n), 1), np.round(draw.random(n), 2)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_spearman_of_numbers_without_an_order_is_not_a_number() -> None:
    assert np.isnan(spearman(np.array([1.0, 1.0]), np.array([1.0, 2.0])))
    assert np.isnan(spearman(np.array([]), np.array([])))


@pytest.mark.parametrize(("pairs", "file"), [(wordsim353, "wordsim353.tsv"), (simlex999, "simlex999.txt")])
def test_word_pairs_agree_with_gensim_and_the_unseen_are_counted(pairs: object, file: str) -> None:
    ours, theirs = drawn(half_known())
    asked = pairs()  # type: ignore[operator]
    found = evaluate_word_pairs(ours, asked)
    _, expected, unseen = theirs.evaluate_word_pairs(datapath(file))
    assert found.correlation == pytest.approx(expected.statistic, abs=1e-9)
    assert found.unseen == round(unseen / 100 * len(asked))
    assert found.known + found.unseen == len(asked)
    assert 0 < found.unseen < len(asked)


def test_a_model_that_knows_no_word_scores_nothing_and_all_is_unseen() -> None:
    found = evaluate_word_pairs(drawn(["zzz", "yyy"])[0], [Sample(("a", "b"), 1.0)])
    assert np.isnan(found.correlation)
    assert (found.known, found.unseen) == (0, 1)


def related_words() -> tuple[WordVectors, KeyedVectors]:
    """Words whose vectors follow the analogies so far that some, not all, questions come out right."""
    questions = [sample for sample in analogies() if sample.group in {"family", "capital-common-countries"}]
    words = sorted({word.lower() for question in questions for word in question.tokens})[:-6]
    draw = np.random.default_rng(3)
    relation = draw.standard_normal(10)
    place = {word: draw.standard_normal(10) for word in words}
    for question in questions:
        a, b = (word.lower() for word in question.tokens[:2])
        if a in place and b in place:
            place[b] = place[a] + relation + 0.4 * draw.standard_normal(10)
    matrix = np.array([place[word] for word in words], dtype=np.float32)
    theirs = KeyedVectors(10)
    theirs.add_vectors(words, matrix)
    return WordVectors(tuple(words), matrix), theirs


def test_analogies_agree_with_gensim_section_by_section() -> None:
    ours, theirs = related_words()
    found = evaluate_analogies(ours, analogies())
    _, expected = theirs.evaluate_word_analogies(datapath("questions-words.txt"))
    for section in expected[:-1]:
        (same,) = (score for score in found if score.section == section["section"])
        assert (same.right, same.known) == (
            len(section["correct"]),
            len(section["correct"]) + len(section["incorrect"]),
        )
    together = total(found)
    assert 0 < together.right < together.known
    assert together.known + together.unseen == len(analogies())


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")  # gensim calls its own old method
def test_an_analogy_can_be_scored_by_the_product_of_similarities_too() -> None:
    ours, theirs = related_words()
    asked = [question for question in analogies() if question.group == "family"]
    (found,) = evaluate_analogies(ours, asked, three_cos_mul)
    known = [[w.lower() for w in question.tokens] for question in asked]
    known = [words for words in known if all(word in ours for word in words)]
    right = sum(theirs.most_similar_cosmul([b, c], [a], topn=1)[0][0] == d for a, b, c, d in known)
    assert (found.right, found.known) == (right, len(known))


def test_a_word_is_looked_up_as_it_is_spelt_and_else_in_its_first_spelling() -> None:
    matrix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [-1.0, 0.0]])
    vectors = WordVectors(("Cat", "CAT", "dog", "Dog"), matrix)
    pairs = [Sample(("cat", "dog"), 9.0), Sample(("cat", "Dog"), 1.0), Sample(("dog", "cow"), 5.0)]
    found = evaluate_word_pairs(vectors, [*pairs, Sample(("CAT", "DOG"), 3.0)])
    assert found.correlation == pytest.approx(1.0)
    assert (found.known, found.unseen) == (3, 1)


def test_an_answer_is_right_in_any_spelling_and_a_word_of_the_question_wrong_in_any() -> None:
    a, b, c, aside = np.eye(4)
    near = b - a + c  # nearest of all is another spelling of b, and next another of the answer
    words = ("man", "woman", "king", "queen", "WOMAN", "Queen", "else")
    matrix = np.stack([a, b, c, aside, near, near + 0.1 * aside, near + 0.5 * aside])
    question = Sample(("man", "woman", "king", "queen"), None, "family")
    (found,) = evaluate_analogies(WordVectors(words, matrix), [question])
    assert (found.right, found.known) == (1, 1)


def test_questions_in_several_batches_are_counted_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = related_words()
    together = evaluate_analogies(ours, analogies())
    monkeypatch.setattr("reference.vectors.evaluation.SCORES", 7 * len(ours))
    assert evaluate_analogies(ours, analogies()) == together
