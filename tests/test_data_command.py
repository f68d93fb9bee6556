"""`gradmark data`: what it lists, and what it says when something is not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # a process each, and gensim's import
COMMAND = Path(sys.executable).parent / "gradmark"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_CACHE_HOME": str(folder), **environment}
    return subprocess.run(
        [COMMAND, "data", *arguments], capture_output=True, text=True, check=False, env=variables, cwd=folder
    )


def test_the_list_says_what_is_here_and_under_which_licence(tmp_path: Path) -> None:
    done = run(tmp_path, "list")
    assert done.returncode == 0
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "yes" in rows["wordsim353"]
    assert "CC BY 4.0" in rows["wordsim353"]
    assert " no " in rows["snippets"]


def test_the_list_can_be_read_by_a_program(tmp_path: Path) -> None:
    listed = {data["name"]: data for data in json.loads(run(tmp_path, "list", "--json").stdout)}
    assert listed["snippets"]["path"] is None
    assert len(listed["snippets"]["sha256"]) == 64
    assert Path(listed["lee"]["path"]).is_file()


def test_where_prints_the_path_or_says_how_to_get_it(tmp_path: Path) -> None:
    here = run(tmp_path, "where", "simlex999")
    assert (here.returncode, Path(here.stdout.strip()).name) == (0, "simlex999.txt")
    missing = run(tmp_path, "where", "surnames")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "`gradmark data fetch surnames` fetches it: pip names 0.3.0" in missing.stderr


@pytest.mark.parametrize("verb", ["where", "fetch"])
def test_a_wrong_name_is_wrong_usage_with_a_near_miss(tmp_path: Path, verb: str) -> None:
    done = run(tmp_path, verb, "wordsim")
    assert done.returncode == 2
    assert done.stderr == "gradmark: there is no data 'wordsim'; did you mean 'wordsim353'?\n"


def test_what_is_shipped_needs_no_fetching_and_what_cannot_be_fetched_is_told_without_a_traceback(
    tmp_path: Path,
) -> None:
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": "/dev/null"}
    done = run(tmp_path, "fetch", "lee", "weat", **offline)
    assert done.returncode == 1
    assert done.stdout.startswith("lee  ")
    assert done.stderr.startswith("gradmark: pip knows of no wefe")
    assert len(done.stderr.splitlines()) == 1
