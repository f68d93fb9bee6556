"""The data that is always there, offline: what gensim ships for its own tests.

Some of Wikipedia as it was in 2010, ratings of pairs of words and of pairs of documents by people, and analogies.
Small, but real: a skip-gram trained on these articles for seconds agrees with people far better than chance.

L. Finkelstein and others, "Placing search in context: the concept revisited", ACM TOIS 20 (2002): WordSim-353.
F. Hill, R. Reichart, A. Korhonen, "SimLex-999", Computational Linguistics 41 (2015).
T. Mikolov and others, "Efficient estimation of word representations in vector space" (2013): the analogies.
M. Lee, B. Pincombe, M. Welsh, "An empirical evaluation of models of text document similarity", CogSci (2005).
"""

from __future__ import annotations

import bz2
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reference.data.sample import Sample, tokens, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIKIPEDIA = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"


@dataclass(frozen=True, eq=False)
class RatedDocuments:
    """Documents, and how similar people find each two of them.

    background: 300 documents like them, to learn from
    documents: the 50 that were rated
    similarities (50, 50): float64, from 0 to 1, symmetric; 1 for a document and itself
    """

    background: list[Sample[None]]
    documents: list[Sample[None]]
    similarities: NDArray[np.float64]


def shipped_path(name: str) -> Path:
    """Return where a file of gensim's test data lies."""
    from gensim.test.utils import datapath

    return Path(datapath(name))


def wikipedia() -> list[Sample[None]]:
    """Return the paragraphs of 205 articles of Wikipedia: words in lower case, grouped by article."""
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki

    with bz2.open(shipped_path(WIKIPEDIA)) as file:
        articles = [(title, filter_wiki(text)) for title, text, _ in extract_pages(file, filter_namespaces=("0",))]
    samples = (Sample(words(text), None, title) for title, article in articles for text in article.splitlines())
    return [sample for sample in samples if sample.tokens]


def word_pairs(name: str) -> list[Sample[float]]:
    """Return the pairs of words of a file of ratings: "wordsim353.tsv" (from 0 to 10) or "simlex999.txt" (likewise)."""
    lines = shipped_path(name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [Sample((first, second), float(rating)) for first, second, rating in rows]


def wordsim353() -> list[Sample[float]]:
    """Return the 353 pairs of WordSim: how much two words have to do with one another."""
    return word_pairs("wordsim353.tsv")


def simlex999() -> list[Sample[float]]:
    """Return the 999 pairs of SimLex: how alike two words are; coffee and cup, though related, are not."""
    return word_pairs("simlex999.txt")


def analogies() -> list[Sample[None]]:
    """Return 19,544 analogies a : b, c : d, as (a, b, c, d), grouped by section."""
    found, section = [], ""
    for line in shipped_path("questions-words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            found.append(Sample(tuple(line.split()), None, section))
    return found


def lee() -> RatedDocuments:
    """Return Lee's news: 50 documents with people's ratings of how similar they are, and 300 to learn from."""
    upper = np.loadtxt(shipped_path("similarities0-1.txt"))  # (50, 50), with zeros below the diagonal
    return RatedDocuments(
        background=_lines("lee_background.cor", "ascii"),
        documents=_lines("lee.cor", "latin-1"),
        similarities=np.triu(upper) + np.triu(upper, 1).T,
    )


def _lines(name: str, encoding: str) -> list[Sample[None]]:
    lines = shipped_path(name).read_text(encoding=encoding).splitlines()
    return [Sample(tokens(line), None) for line in lines]
