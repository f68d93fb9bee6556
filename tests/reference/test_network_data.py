"""Larger data: read from files of the same form, since the data itself needs a network."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from reference.data.fetching import DataError
from reference.data.network import glove_vectors, running_text, text8

if TYPE_CHECKING:
    from pathlib import Path


def test_running_text_is_cut_into_pieces_and_loses_no_word(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(2345)]
    (tmp_path / "text").write_text(" ".join(words) + "\n")
    pieces = running_text(tmp_path / "text")
    assert [len(piece.tokens) for piece in pieces] == [1000, 1000, 345]
    assert [word for piece in pieces for word in piece.tokens] == words


def test_what_gensim_s_downloader_left_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gensim.downloader.BASE_DIR", str(tmp_path))
    for name, text in (("text8", " anarchism originated"), ("glove-wiki-gigaword-100", "1 2\nthe 1 2\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    assert text8()[0].tokens == ("anarchism", "originated")
    assert glove_vectors().words == ("the",)


def test_what_was_not_fetched_is_told_with_the_command_that_fetches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gensim.downloader.BASE_DIR", str(tmp_path))
    with pytest.raises(DataError, match="text8 is not on this machine; `gradmark data fetch text8` fetches it"):
        text8()
