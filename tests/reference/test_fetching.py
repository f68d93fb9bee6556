"""Fetching an archive: found by pip and npm themselves, resumed, verified, and plain about what went wrong."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from reference.data import cache
from reference.data.catalogue import CATALOGUE
from reference.data.fetching import DataError, download, resolve
from reference.data.sources import Archive, Packaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

CONTENT = os.urandom(300_000)
ARCHIVE = Archive("pip", "Some.Words", "1.0", "some_words-1.0.tar.gz", 300_000, hashlib.sha256(CONTENT).hexdigest())


class Index(BaseHTTPRequestHandler):
    """A package index for pip and for npm, which can stop in the middle and may not know of ranges."""

    ranges, breaks_after = True, len(CONTENT)
    asked: list[str | None]

    def do_GET(self) -> None:
        """Answer with the index's pages, or with the archive."""
        address = f"http://127.0.0.1:{self.server.server_address[1]}/files/{ARCHIVE.file}"
        if self.path == "/simple/some-words/":
            self.page("text/html", f'<a href="{address}#sha256={ARCHIVE.sha256}">{ARCHIVE.file}</a>')
        elif self.path == "/some-words":
            version = {"name": "some-words", "version": "1.0.0", "dist": {"tarball": address}}
            packument = {"name": "some-words", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
            self.page("application/json", json.dumps(packument))
        elif self.path.startswith("/files/"):
            self.archive()
        else:
            self.send_error(404)

    def page(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def archive(self) -> None:
        wanted = self.headers["Range"]
        type(self).asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : self.breaks_after])

    def log_message(self, *_: object) -> None:
        """Be silent."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Index]]:
    class Handler(Index):
        asked = []  # noqa: RUF012

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("PIP_INDEX_URL", f"{url(server)}/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", url(server))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Handler.url = url(server)  # type: ignore[attr-defined]
    yield Handler
    server.shutdown()
    thread.join()
    server.server_close()


def url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def address(index: type[Index]) -> str:
    return f"{index.url}/files/{ARCHIVE.file}"  # type: ignore[attr-defined]


def ignore(_arrived: int, _size: int) -> None:
    """Care nothing for progress."""


def test_pip_says_where_an_archive_of_source_is_without_running_it(index: type[Index]) -> None:
    assert resolve(ARCHIVE) == address(index)
    assert index.asked == []


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_npm_says_where_a_tarball_is(index: type[Index]) -> None:
    assert resolve(replace(ARCHIVE, manager="npm", package="some-words", version="1.0.0")) == address(index)


@pytest.mark.usefixtures("index")
def test_an_archive_that_the_index_does_not_have_is_told_in_a_sentence() -> None:
    with pytest.raises(DataError, match=r"pip knows of no some_words-2.0.tar.gz of Some.Words. Is there a network"):
        resolve(replace(ARCHIVE, version="2.0", file="some_words-2.0.tar.gz"))


def test_a_package_manager_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DataError, match="by way of npm, which is not installed"):
        resolve(replace(ARCHIVE, manager="npm"))


def test_a_download_arrives_whole_and_tells_its_progress(tmp_path: Path, index: type[Index]) -> None:
    told: list[tuple[int, int]] = []
    download(address(index), tmp_path / "part", ARCHIVE, lambda *pair: told.append(pair))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert told == sorted(told)
    assert told[-1] == (300_000, 300_000)


def test_a_download_that_broke_off_goes_on_where_it_stopped(tmp_path: Path, index: type[Index]) -> None:
    index.breaks_after = 100_000
    with pytest.raises(DataError, match=r"ended after 100000 of 300000 bytes.*goes on from there"):
        download(address(index), tmp_path / "part", ARCHIVE, ignore)
    index.breaks_after = len(CONTENT)
    download(address(index), tmp_path / "part", ARCHIVE, ignore)
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert index.asked == [None, "bytes=100000-"]


def test_where_the_rest_alone_cannot_be_had_the_download_begins_anew(tmp_path: Path, index: type[Index]) -> None:
    index.ranges = False
    (tmp_path / "part").write_bytes(CONTENT[:1000])
    download(address(index), tmp_path / "part", ARCHIVE, ignore)
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_what_has_another_checksum_is_removed(tmp_path: Path, index: type[Index]) -> None:
    (tmp_path / "part").write_bytes(b"x" * 1000)
    with pytest.raises(DataError, match="is not the file that is expected: its sha256 is"):
        download(address(index), tmp_path / "part", ARCHIVE, ignore)
    assert not (tmp_path / "part").exists()


def test_without_a_network_the_message_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^Some.Words 1.0 could not be downloaded: .*refused.* Is there a network\?"):
        download("http://127.0.0.1:9/file", tmp_path / "part", ARCHIVE, ignore)


def test_gensim_s_downloader_without_a_network_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gensim.downloader.BASE_DIR", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr("urllib.request._opener", None)  # which remembers proxies
    data = CATALOGUE["text8"]
    assert data.where() is None
    with pytest.raises(DataError, match=r"^text8 could not be downloaded: .*Is there a network"):
        data.fetch(ignore)


def test_what_is_fetched_lies_in_the_user_s_cache_with_a_manifest_and_is_fetched_once(
    tmp_path: Path, index: type[Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data = Packaged("some", "some words", "CC0", ARCHIVE, ("words.txt",))
    assert data.where() is None
    path = data.fetch(ignore)
    assert data.where() == path == tmp_path / "gradmark" / "data" / ARCHIVE.file
    assert path.read_bytes() == CONTENT
    assert data.fetch(ignore) == path
    assert len(index.asked) == 1
    noted = cache.manifest()["some"]
    assert (noted["package"], noted["version"], noted["sha256"]) == ("Some.Words", "1.0", ARCHIVE.sha256)
    assert (noted["members"], noted["licence"]) == (["words.txt"], "CC0")
    assert sorted(path.name for path in path.parent.iterdir()) == ["manifest.json", ARCHIVE.file]
