"""Files of word vectors: word2vec's text and binary, fastText's .vec, and GloVe's text.

    word2vec text, .vec   "V d", then a line for each word: the word and its d numbers, divided by spaces
    GloVe                 the same without the first line; d is what the first word has
    word2vec binary       "V d" as text, then for each word: the word, a space, and 4 d bytes, little-endian float32

In text a word may hold spaces as long as its last part is no number: "New York" can be told from its vector, "route
66" cannot. A file that begins as gzip does is unpacked on the way. Numbers are read as float32, which is what these
tools write. Nothing is allocated because a header says so: what is held grows with what is really read.

Left out: fastText's .bin, which holds a model, and the vocabulary files that word2vec writes beside its vectors.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from array import array
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NoReturn, cast

import numpy as np

from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GZIP = b"\x1f\x8b"
HEADER = 100  # bytes; two numbers are shorter
WORD = 10_000  # bytes; no word is longer
PIECE = 1 << 20  # bytes that are asked for at once, however many a header promises


class VectorFileError(ValueError):
    """A file of vectors is not what it should be: the message names file and place."""


def read_word2vec_text(path: Path) -> WordVectors:
    """Read word2vec's text, or fastText's .vec; words may hold spaces. VectorFileError names the line."""
    with _reading(path) as file:
        reading = _Reading(path, "line", offset=2)
        count, reading.dimension = _header(path, file)
        for line in file:
            if len(reading.words) == count:
                reading.fail(f"the header promises {count} words, but more follow")
            reading.add_line(line)
        return reading.finished(count)


def read_glove_text(path: Path) -> WordVectors:
    """Read GloVe's text, whose first word tells the dimension; later words may hold spaces.

    Raises VectorFileError, which names the line.
    """
    with _reading(path) as file:
        reading = _Reading(path, "line", offset=1)
        for line in file:
            reading.dimension = reading.dimension or len(line.split()) - 1
            reading.add_line(line)
        return reading.finished(len(reading.words))


def read_word2vec_binary(path: Path) -> WordVectors:
    """Read word2vec's binary format, with or without line ends between words. VectorFileError names the word."""
    with _reading(path) as file:
        reading = _Reading(path, "word", offset=1)
        count, reading.dimension = _header(path, file)
        while len(reading.words) < count:
            word = _until_space(reading, file, count)
            packed = _exactly(file, 4 * reading.dimension)
            if len(packed) < 4 * reading.dimension:
                reading.fail(f"the file ends within its vector; the header promises {count} words")
            reading.add(word, packed)
        if file.read(1).strip():
            reading.fail(f"the header promises {count} words, but more follow")
        return reading.finished(count)


def write_word2vec_text(vectors: WordVectors, path: Path) -> None:
    """Write word2vec's text, which is fastText's .vec too; packed if the name ends in .gz.

    Numbers are written as briefly as their type allows without loss. Raises ValueError for a word that cannot be read
    back.
    """
    _write_text(vectors, path, f"{len(vectors)} {vectors.matrix.shape[1]}\n")


def write_glove_text(vectors: WordVectors, path: Path) -> None:
    """Write GloVe's text; packed if the name ends in .gz. Raises ValueError for a word that cannot be read back.

    The first word must hold no space, since its line tells the dimension to whoever reads the file.
    """
    if vectors.words and " " in vectors.words[0]:
        raise ValueError(f"GloVe's format cannot begin with {vectors.words[0]!r}: the first word may hold no space")
    _write_text(vectors, path, "")


def write_word2vec_binary(vectors: WordVectors, path: Path) -> None:
    """Write word2vec's binary format as its own tool does; packed if the name ends in .gz.

    Numbers become float32. Raises ValueError for a word that holds a space or a line end, which would end it there.
    """
    matrix = vectors.matrix.astype("<f4")
    with _writing(path) as file:
        file.write(f"{len(vectors)} {matrix.shape[1]}\n".encode())
        for word, row in zip(vectors.words, matrix, strict=True):
            _refuse_unless(word and " " not in word and "\n" not in word, word)
            file.write(word.encode() + b" " + row.tobytes() + b"\n")


class _Reading:
    """What has been read of a file so far, and the words for what is wrong with the next part of it."""

    def __init__(self, path: Path, part: str, offset: int) -> None:
        """Read parts of a kind, "line" or "word", of which the first word's has the number `offset`."""
        self.path, self.part, self.offset = path, part, offset
        self.dimension = 0
        self.words: dict[str, None] = {}
        self.numbers = array("f")

    def fail(self, what: str) -> NoReturn:
        """Say what is wrong with the part that is being read."""
        raise VectorFileError(f"{self.path}, {self.part} {len(self.words) + self.offset}: {what}")

    def add_line(self, line: bytes) -> None:
        """Take in a line: the last d fields are numbers, all before them is the word."""
        line = line.rstrip(b" \r\n")
        word, *fields = line.rsplit(b" ", self.dimension)
        if len(fields) != self.dimension or not fields or _ends_in_number(word):
            found = line.count(b" ") + 1 if line else 0
            self.fail(f"expected a word and {max(self.dimension, 1)} numbers, found {found} fields")
        try:
            packed = array("f", map(float, fields))
        except ValueError as error:
            self.fail(f"not all that follows the word are numbers: {error}")
        self.add(word, packed.tobytes())

    def add(self, word: bytes, packed: bytes) -> None:
        """Take in a word and its vector, as the bytes of float32 in this machine's order."""
        try:
            text = word.decode()
        except UnicodeDecodeError as error:
            self.fail(f"the word {word!r} is not UTF-8: {error.reason}")
        if not text:
            self.fail("the word is empty")
        if text in self.words:
            self.fail(f"{text!r} stands here a second time; the first is {self.part} {self._place(text)}")
        if not np.isfinite(np.frombuffer(packed, dtype=np.float32)).all():
            self.fail(f"the vector of {text!r} holds a number that is not finite, or too large for float32")
        self.words[text] = None
        self.numbers.frombytes(packed)

    def _place(self, word: str) -> int:
        return list(self.words).index(word) + self.offset

    def finished(self, count: int) -> WordVectors:
        """Return the vectors, of which there must be some, and as many as the header says."""
        if not self.words or len(self.words) < count:
            self.fail(f"the file ends here; expected {max(count, 1)} words, found {len(self.words)}")
        return WordVectors(tuple(self.words), np.frombuffer(self.numbers, np.float32).reshape(-1, self.dimension))


def _header(path: Path, file: IO[bytes]) -> tuple[int, int]:
    """Read "V d"; VectorFileError unless these are two positive numbers."""
    line = file.readline(HEADER)
    try:
        count, dimension = (int(field) for field in line.split())
    except ValueError:
        count = dimension = 0
    if count < 1 or dimension < 1:
        raise VectorFileError(
            f"{path}, line 1: expected a header of two positive numbers, how many words and of what dimension, "
            f"found {line[:40]!r}"
        )
    return count, dimension


def _until_space(reading: _Reading, file: IO[bytes], count: int) -> bytes:
    """Read a word of the binary format, up to the space that ends it."""
    word = bytearray()
    while (byte := file.read(1)) != b" ":
        if not byte:
            reading.fail(f"the file ends here; the header promises {count} words")
        if len(word) == WORD:
            reading.fail(f"no space within {WORD} bytes; is this word2vec's binary format?")
        word += byte
    return bytes(word.lstrip(b"\n"))  # some tools end each vector with a line end


def _exactly(file: IO[bytes], size: int) -> bytes:
    """Read `size` bytes, or all there are, piece by piece."""
    found = bytearray()
    while len(found) < size and (piece := file.read(min(PIECE, size - len(found)))):
        found += piece
    if sys.byteorder == "big":
        return np.frombuffer(found, "<f4").astype(np.float32).tobytes()
    return bytes(found)


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked if it is gzip; VectorFileError if it is damaged gzip."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        try:
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise VectorFileError(f"{path}: the gzip file is damaged or cut short: {error}") from error


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to be written, packed if its name ends in .gz."""
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        yield cast("IO[bytes]", file)


def _write_text(vectors: WordVectors, path: Path, header: str) -> None:
    with _writing(path) as file:
        file.write(header.encode())
        for word, row in zip(vectors.words, vectors.matrix, strict=True):
            _refuse_unless(word and "\n" not in word and not _ends_in_number(word.encode()), word)
            file.write(f"{word} {' '.join(row.astype(str))}\n".encode())


def _refuse_unless(writable: object, word: str) -> None:
    if not writable:
        raise ValueError(f"this format cannot hold the word {word!r}: it could not be told from what stands beside it")


def _ends_in_number(word: bytes) -> bool:
    """Tell whether a word of several parts ends in one that could belong to the vector."""
    *before, last = word.split(b" ")
    try:
        return bool(before) and isinstance(float(last), float)
    except ValueError:
        return False
