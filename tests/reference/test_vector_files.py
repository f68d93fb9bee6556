"""Files of vectors: round trips, gensim's reading and writing, and what is said of damaged ones."""

from __future__ import annotations

import gzip
import re
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gensim.models import KeyedVectors

from reference.vectors.vector_files import (
    VectorFileError,
    read_glove_text,
    read_word2vec_binary,
    read_word2vec_text,
    write_glove_text,
    write_word2vec_binary,
    write_word2vec_text,
)
from reference.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAIN = ("the", "größe", "日本", "a_b", "</s>", "3.5", "non\u00a0breaking", "next\u0085line", "car\rriage")
SPACED = ("the", "New York", ". . .", "  led", "66 route")
FORMATS = [
    (write_word2vec_text, read_word2vec_text),
    (write_glove_text, read_glove_text),
    (write_word2vec_binary, read_word2vec_binary),
]


def some(words: tuple[str, ...], d: int = 7, dtype: type = np.float32) -> WordVectors:
    matrix = np.random.default_rng(1).standard_normal((len(words), d)).astype(dtype)
    matrix[0, 0], matrix[-1, -1] = 1e-30, -3e38
    return WordVectors(words, matrix)


def assert_same(found: WordVectors, expected: WordVectors) -> None:
    assert found.words == expected.words
    assert found.matrix.dtype == np.float32
    np.testing.assert_array_equal(found.matrix, expected.matrix.astype(np.float32))


@pytest.mark.parametrize(("write", "read"), FORMATS)
@pytest.mark.parametrize("name", ["vectors", "vectors.gz"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 7])
def test_what_is_written_is_read_back_to_the_last_bit(
    tmp_path: Path, write: Callable[..., None], read: Callable[..., WordVectors], name: str, dtype: type, d: int
) -> None:
    vectors = some(PLAIN, d, dtype)
    write(vectors, tmp_path / name)
    assert_same(read(tmp_path / name), vectors)
    assert ((tmp_path / name).read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")


@pytest.mark.parametrize(("write", "read"), FORMATS[:2])
def test_in_text_words_may_hold_spaces(
    tmp_path: Path, write: Callable[..., None], read: Callable[..., WordVectors]
) -> None:
    write(some(SPACED), tmp_path / "v")
    assert_same(read(tmp_path / "v"), some(SPACED))


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_what_we_write(tmp_path: Path, binary: bool) -> None:
    vectors = some(PLAIN[:6])
    (write_word2vec_binary if binary else write_word2vec_text)(vectors, tmp_path / "v")
    theirs = KeyedVectors.load_word2vec_format(str(tmp_path / "v"), binary=binary)
    assert_same(WordVectors(tuple(theirs.index_to_key), theirs.vectors), vectors)


@pytest.mark.parametrize("binary", [False, True])
def test_we_read_what_gensim_writes(tmp_path: Path, binary: bool) -> None:
    vectors = some(PLAIN[:6])
    theirs = KeyedVectors(7)
    theirs.add_vectors(list(vectors.words), vectors.matrix)
    theirs.save_word2vec_format(str(tmp_path / "v"), binary=binary, sort_attr=None, write_header=True)
    assert_same((read_word2vec_binary if binary else read_word2vec_text)(tmp_path / "v"), vectors)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim leaves the file open
def test_gensim_and_we_read_the_same_headerless_text(tmp_path: Path) -> None:
    vectors = some(PLAIN[:6])
    write_glove_text(vectors, tmp_path / "v")
    theirs = KeyedVectors.load_word2vec_format(str(tmp_path / "v"), no_header=True)
    assert_same(WordVectors(tuple(theirs.index_to_key), theirs.vectors), read_glove_text(tmp_path / "v"))


def test_fasttext_s_trailing_spaces_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_bytes(b"2 2 \r\nthe 1 2 \r\ncat -0.5 3e-2 \r\n")
    assert_same(read_word2vec_text(tmp_path / "v.vec"), WordVectors(("the", "cat"), np.array([[1, 2], [-0.5, 0.03]])))


def test_binary_is_read_with_and_without_line_ends_between_words(tmp_path: Path) -> None:
    row = np.array([1, 2], "<f4").tobytes()
    (tmp_path / "with").write_bytes(b"2 2\na " + row + b"\nb " + row + b"\n")
    (tmp_path / "without").write_bytes(b"2 2\na " + row + b"b " + row)
    expected = WordVectors(("a", "b"), np.array([[1.0, 2], [1, 2]]))
    assert_same(read_word2vec_binary(tmp_path / "with"), expected)
    assert_same(read_word2vec_binary(tmp_path / "without"), expected)


def test_a_space_or_a_line_end_in_a_vector_s_own_bytes_ends_nothing(tmp_path: Path) -> None:
    bytes_of_marks = np.frombuffer(b" \n \n\n\n  ", "<f4")
    vectors = WordVectors(("a", "b"), np.stack([bytes_of_marks, bytes_of_marks[::-1]]))
    write_word2vec_binary(vectors, tmp_path / "v")
    assert_same(read_word2vec_binary(tmp_path / "v"), vectors)


TEXT = [
    (b"", "line 1: expected a header"),
    (b"the 1 2\n", "line 1: expected a header"),
    (b"2 -3\n", "line 1: expected a header"),
    (b"0 3\n", "line 1: expected a header"),
    (b"2 3 4\n", "line 1: expected a header"),
    (b"9" * 5000 + b" 3\nthe 1 2 3\n", "line 1: expected a header"),
    (b"2 2\nthe 1 2\n", "line 3: the file ends here; expected 2 words, found 1"),
    (b"2 2\nthe 1 2\ncat 1", "line 3: expected a word and 2 numbers, found 2 fields"),
    (b"2 2\nthe 1 2\ncat 1 2 3\n", "line 3: expected a word and 2 numbers, found 4 fields"),
    (b"2 2\nthe 1 2\n\n", "line 3: expected a word and 2 numbers, found 0 fields"),
    (b"2 2\nthe 1 2\n 1 2\n", "line 3: the word is empty"),
    (b"2 2\nthe 1 2\ncat 1 two\n", "line 3: not all that follows the word are numbers: .*'two'"),
    (b"2 2\nthe 1 2\ncat 1  2\n", "line 3: expected a word and 2 numbers, found 4 fields"),
    (b"2 2\nthe 1 2\ncat 1 nan\n", "line 3: the vector of 'cat' holds a number that is not finite"),
    (b"2 2\nthe 1 2\ncat 1 1e99\n", "line 3: the vector of 'cat' holds a number that is not finite"),
    (b"2 2\nthe 1 2\nthe 1 2\n", "line 3: 'the' stands here a second time; the first is line 2"),
    (b"2 2\nthe 1 2\nc\xe9 1 2\n", "line 3: the word b'c.xe9' is not UTF-8"),
    (b"1 2\nthe 1 2\ncat 1 2\n", "line 3: the header promises 1 words, but more follow"),
]
GLOVE = [
    (b"", "line 1: the file ends here; expected 1 words, found 0"),
    (b"the\n", "line 1: expected a word and 1 numbers, found 1 fields"),
    (b"the 1 2\ncat 1\n", "line 2: expected a word and 2 numbers, found 2 fields"),
    (b"the 1 2\ncat 1 2 3\n", "line 2: expected a word and 2 numbers, found 4 fields"),
    (b"19850 35\nthe 1 2\n", "line 2: expected a word and 1 numbers, found 3 fields"),
    (b"the 1 2\nthe 3 4\n", "line 2: 'the' stands here a second time; the first is line 1"),
]
ROW = np.array([1, 2], "<f4").tobytes()
BINARY = [
    (b"\x80\x04\x95garbage", "line 1: expected a header"),
    (b"2 2\nthe " + ROW, "word 2: the file ends here; the header promises 2 words"),
    (b"2 2\nthe " + ROW + b"cat " + ROW[:5], "word 2: the file ends within its vector"),
    (b"1 2\nthe " + ROW + b"cat " + ROW, "word 2: the header promises 1 words, but more follow"),
    (b"2 2\nthe " + ROW + b"the " + ROW, "word 2: 'the' stands here a second time; the first is word 1"),
    (b"1 2\n " + ROW, "word 1: the word is empty"),
    (b"1 2\nc\xe9 " + ROW, "word 1: the word b'c.xe9' is not UTF-8"),
    (b"1 2\n" + b"x" * 20000, "word 1: no space within 10000 bytes"),
    (
        b"1 1\nthe " + np.array([np.inf], "<f4").tobytes(),
        "word 1: the vector of 'the' holds a number that is not finite",
    ),
]


@pytest.mark.parametrize(
    ("read", "data", "message"),
    [
        *((read_word2vec_text, *case) for case in TEXT),
        *((read_glove_text, *case) for case in GLOVE),
        *((read_word2vec_binary, *case) for case in BINARY),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_wrong_with_a_file_is_said_with_its_place(
    tmp_path: Path, read: Callable[..., WordVectors], data: bytes, message: str, packed: bool
) -> None:
    path = tmp_path / "wrong.bin"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(VectorFileError, match=re.escape(str(path)) + ", " + message):
        read(path)


@pytest.mark.parametrize("read", [read_word2vec_text, read_word2vec_binary])
@pytest.mark.parametrize("header", [b"999999999999 2", b"2 999999999999", b"999999999999 999999999999"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_header_allocates_nothing(
    tmp_path: Path, read: Callable[..., WordVectors], header: bytes, packed: bool
) -> None:
    data = header + b"\nthe 1 2\ncat 3 4\n"
    (tmp_path / "v").write_bytes(gzip.compress(data) if packed else data)
    tracemalloc.start()
    with pytest.raises(VectorFileError):
        read(tmp_path / "v")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_gzip_file_that_is_cut_short_is_said_to_be(tmp_path: Path) -> None:
    whole = gzip.compress(b"2 2\nthe 1 2\ncat 3 4\n")
    for kept in range(2, len(whole) - 1):
        (tmp_path / "v").write_bytes(whole[:kept])
        with pytest.raises(VectorFileError, match="damaged or cut short"):
            read_word2vec_text(tmp_path / "v")


def test_a_text_that_is_cut_anywhere_is_never_read_as_whole(tmp_path: Path) -> None:
    write_word2vec_binary(some(PLAIN[:3], 2), tmp_path / "v")
    whole = (tmp_path / "v").read_bytes()
    for kept in range(len(whole) - 1):
        (tmp_path / "v").write_bytes(whole[:kept])
        with pytest.raises(VectorFileError):
            read_word2vec_binary(tmp_path / "v")


@pytest.mark.parametrize("word", ["", "line\nend", "route 66", "to inf"])
def test_a_word_that_could_not_be_read_back_is_not_written_as_text(tmp_path: Path, word: str) -> None:
    for write in (write_word2vec_text, write_glove_text):
        with pytest.raises(ValueError, match="this format cannot hold the word"):
            write(WordVectors(("the", word), np.ones((2, 2))), tmp_path / "v")


@pytest.mark.parametrize("word", ["", "line\nend", "New York"])
def test_a_word_that_could_not_be_read_back_is_not_written_as_binary(tmp_path: Path, word: str) -> None:
    with pytest.raises(ValueError, match="this format cannot hold the word"):
        write_word2vec_binary(WordVectors((word,), np.ones((1, 2))), tmp_path / "v")


def test_glove_s_first_word_may_hold_no_space(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the first word may hold no space"):
        write_glove_text(WordVectors(("New York",), np.ones((1, 2))), tmp_path / "v")
