"""Larger data: what gensim's downloader fetched, and running text from a file of one's own.

Each reader of downloaded data raises DataError, with the command that fetches it, if it is not on this machine.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from reference.data.catalogue import CATALOGUE
from reference.data.fetching import DataError
from reference.data.sample import Sample
from reference.vectors.vector_files import read_word2vec_text

if TYPE_CHECKING:
    from pathlib import Path

    from reference.vectors.word_vectors import WordVectors

PIECE = 1000  # words


def running_text(path: Path) -> list[Sample[None]]:
    """Return a text that is cut into words by white space already, in pieces of a thousand words; gzip is unpacked.

    text8 is such a file, and so are the Penn Treebank's and WikiText's.
    """
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    words = text.split()
    return [Sample(tuple(words[start : start + PIECE]), None) for start in range(0, len(words), PIECE)]


def text8() -> list[Sample[None]]:
    """Return 17 million words of Wikipedia, in pieces of a thousand."""
    return running_text(_fetched("text8"))


def glove_vectors() -> WordVectors:
    """Return GloVe's vectors of Wikipedia and news: 400,000 x 100, float32."""
    return read_word2vec_text(_fetched("glove-wiki-gigaword-100"))


def _fetched(name: str) -> Path:
    path = CATALOGUE[name].where()
    if path is None:
        raise DataError(f"{name} is not on this machine; `gradmark data fetch {name}` fetches it")
    return path
