"""Data out of packages, read as it lies in the archive; skipped for what was not fetched."""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from typing import TYPE_CHECKING

import pytest

from reference.data import packaged
from reference.data.catalogue import CATALOGUE, PACKAGED, SHIPPED
from reference.data.fetching import DataError
from reference.data.shipped import shipped_path, wordsim353
from reference.data.sources import Packaged, Shipped
from reference.vectors.evaluation import evaluate_word_pairs

if TYPE_CHECKING:
    from pathlib import Path


def needs(name: str) -> None:
    """Skip a test whose data was not fetched."""
    if CATALOGUE[name].where() is None:
        pytest.skip(f"{name} is not on this machine; `gradmark data fetch {name}` fetches it")


@pytest.mark.parametrize("data", PACKAGED, ids=lambda data: data.name)
def test_what_was_fetched_is_what_the_catalogue_says(data: Packaged) -> None:
    needs(data.name)
    path = data.where()
    assert path is not None
    assert path.stat().st_size == data.size
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == data.sha256
    assert len(list(packaged.members(data.name))) >= len(data.members)


@pytest.mark.parametrize("data", SHIPPED, ids=lambda data: data.name)
def test_what_gensim_ships_is_what_the_catalogue_says(data: Shipped) -> None:
    content = b"".join(shipped_path(name).read_bytes() for name in data.files)
    assert (len(content), hashlib.sha256(content).hexdigest()) == (data.size, data.sha256)


def test_every_name_stands_once_and_is_its_own_key() -> None:
    assert all(name == data.name for name, data in CATALOGUE.items())
    assert len(CATALOGUE) == len({data.title for data in CATALOGUE.values()})


def test_snippets_are_fresh_or_rotten_and_know_their_film() -> None:
    needs("snippets")
    samples = packaged.snippets()
    assert [sum(sample.label == label for sample in samples) for label in ("fresh", "rotten")] == [7403, 5405]
    assert len({sample.group for sample in samples}) == 508


@pytest.mark.parametrize(
    ("name", "read", "sizes", "topics"),
    [
        ("newsgroups", packaged.newsgroups, (11293, 7528), 20),
        ("reuters", packaged.reuters, (5485, 2189), 8),
    ],
)
def test_news_comes_in_two_parts_with_the_same_topics(
    name: str, read: object, sizes: tuple[int, int], topics: int
) -> None:
    needs(name)
    train, test = read()  # type: ignore[operator]
    assert (len(train), len(test)) == sizes
    assert len({sample.label for sample in train}) == len({sample.label for sample in test}) == topics


def test_every_word_of_the_brown_corpus_has_its_part_of_speech() -> None:
    needs("brown")
    samples = packaged.brown()
    assert samples[0].tokens[:3] == ("The", "Fulton", "County")
    assert samples[0].label[:3] == ("at", "np-tl", "nn-tl")
    assert sum(len(sample.tokens) for sample in samples) == 1_161_192
    assert all(len(sample.tokens) == len(sample.label) for sample in samples)
    assert len({sample.group for sample in samples}) == 500


def test_the_king_james_bible_has_its_verses_and_chapters() -> None:
    needs("king-james")
    verses = packaged.king_james()
    assert len(verses) == 31_102
    assert verses[-1].group == "1189"
    assert verses[0].tokens[:4] == ("In", "the", "beginning", "God")
    assert not any(token.isdigit() or token == "[" for verse in verses for token in verse.tokens)


def test_surnames_are_letters() -> None:
    needs("surnames")
    names = packaged.surnames()
    assert len(names) == 88_799
    assert names[0].tokens == tuple("smith")


def test_vectors_out_of_packages_are_whole() -> None:
    needs("news-vectors")
    vectors = packaged.news_vectors()
    assert vectors.matrix.shape == (13_013, 300)
    assert evaluate_word_pairs(vectors, wordsim353()).correlation > 0.5
    assert set(packaged.weat_sets()["flowers"]) & set(vectors.words)


def test_vectors_of_ingredients_are_whole() -> None:
    needs("ingredient-vectors")
    vectors = packaged.ingredient_vectors()
    assert vectors.matrix.shape == (19_851, 35)
    assert "teaspoon" in vectors


def test_data_that_was_not_fetched_is_told_with_the_command_that_fetches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataError, match="snippets is not on this machine; `gradmark data fetch snippets` fetches it"):
        packaged.snippets()


def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return (print, ("never",))

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    news = CATALOGUE["news-vectors"]
    assert isinstance(news, Packaged)
    (tmp_path / "gradmark" / "data").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "gradmark" / "data" / news.archive.file, "w") as archive:
        archive.writestr(news.members[0], pickle.dumps(Hostile()))
    with pytest.raises(DataError, match=r"ask for builtins.print"):
        packaged.news_vectors()
