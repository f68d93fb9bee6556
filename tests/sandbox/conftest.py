"""One sandbox a tier for all tests of this folder, with small limits and a folder of given files."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from autograder.assignment import Limits
from autograder.conversation import Call, Reply
from autograder.sandbox.environment import prepare_environment
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.session import Notebook, Program, TaskSession
from autograder.sandbox.tiers import Tier
from autograder.sandbox.zygote import Staged, start_zygote
from autograder.submission import Cell

LIMITS = Limits(
    cell_seconds=2, run_seconds=30, call_seconds=2, memory_mb=300, disk_mb=32, processes=24, output_characters=2000
)


@dataclass(frozen=True)
class Behind:
    """A sandbox and what tests do with it."""

    sandbox: Sandbox
    limits: Limits

    def run(self, *sources: str, given: str = "") -> Notebook:
        """Run cells."""
        return self.sandbox.run(Program(tuple(Cell("code", source) for source in sources), given, self.limits))

    def call(self, source: str, *calls: Call) -> list[Reply]:
        """Run one cell and ask its functions."""
        notebook = self.run(source)
        try:
            return TaskSession(notebook).call(list(calls))
        finally:
            notebook.close()


@pytest.fixture(scope="session", params=[Tier.FULL, Tier.REDUCED], ids=str)
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """A sandbox of each tier that confines."""
    given = tmp_path_factory.mktemp("given")
    (given / "words.txt").write_text("the quick brown fox")
    (given / "check.py").write_text("def check(name):\n    print('later')\n")
    for folder in (given, *given.parents):
        if folder.stat().st_uid == given.stat().st_uid and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    start = partial(start_zygote, request.param, prepare_environment(), Staged(given), LIMITS)
    with Sandbox(start, LIMITS, pin=False) as sandbox:
        yield Behind(sandbox, LIMITS)
