"""The students' environment: a prefix of its own, with what notebooks may import and without this project."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from autograder.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

DISTRIBUTION, EXTRA = "gradmark", "students"
WORKER = Path(__file__).parent / "worker"
WORKER_PACKAGE = "gradmark_worker"


@dataclass(frozen=True)
class Environment:
    """Where the students' environment lies, and the folder from which the worker is imported in it."""

    prefix: Path
    worker: Path

    @property
    def python(self) -> Path:
        """The interpreter of the students' environment."""
        return self.prefix / "bin" / "python"


def prepare_environment() -> Environment:
    """Return the students' environment, which is made at its first use; SandboxError says what stands in the way."""
    distributions = _closure()
    lines = sorted(f"{each.name}=={each.version}" for each in distributions)
    key = hashlib.sha256("\n".join([sys.version, sys.base_prefix, *lines]).encode()).hexdigest()[:16]
    prefix = Path(sys.prefix) / "students" / key
    if not prefix.exists():
        _into_place(prefix, lambda at: _make(at, distributions))
    worker = prefix / "worker" / _worker_digest()
    if not worker.exists():
        _into_place(worker, _copy_worker)
    return Environment(prefix, worker)


def _closure() -> list[Distribution]:
    """Return the distributions that the extra names, with all that they require."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(line) for line in distribution(DISTRIBUTION).requires or []]
    waiting = [
        each
        for each in waiting
        if each.marker and each.marker.evaluate({"extra": EXTRA}) and "extra" in str(each.marker)
    ]
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found:
            continue
        found[name] = _installed(requirement.name)
        more = (Requirement(line) for line in found[name].requires or [])
        waiting.extend(each for each in more if each.marker is None or each.marker.evaluate({"extra": ""}))
    return list(found.values())


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise SandboxError(
            f"the students' environment needs {name}, which is not installed: pip install 'gradmark[{EXTRA}]'"
        ) from error


def _into_place(target: Path, make: Callable[[Path], None]) -> None:
    """Make a folder beside its place and rename it, so that nobody ever sees half of it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        at = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
    except OSError as error:
        raise SandboxError(f"the students' environment cannot be made in {target.parent}: {error.strerror}") from error
    try:
        at.chmod(0o755)
        make(at)
        at.rename(target)
    except OSError:
        if not target.exists():
            raise
    finally:
        shutil.rmtree(at, ignore_errors=True)


def _make(at: Path, distributions: list[Distribution]) -> None:
    venv.EnvBuilder(symlinks=True, with_pip=False).create(at)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = at / "lib" / version / "site-packages"
    for each in distributions:
        _link(each, site)
    # Matplotlib looks for fonts for seconds at its first import; the children get what it found.
    environment = {"MPLCONFIGDIR": str(at), "PATH": os.environ.get("PATH", "")}
    command = [str(at / "bin" / "python"), "-I", "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _link(each: Distribution, site: Path) -> None:
    """Hard-link a distribution's files; they are copied where the file system does not link."""
    for file in each.files or []:
        if ".." in file.parts or file.is_absolute():
            continue
        source, target = Path(str(each.locate_file(file))), site / file
        if not source.exists() or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)


def _worker_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(WORKER.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _copy_worker(at: Path) -> None:
    package = at / WORKER_PACKAGE
    package.mkdir()
    for path in WORKER.glob("*.py"):
        shutil.copy(path, package / path.name)
