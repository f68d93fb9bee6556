"""A dress rehearsal of the course: `make rehearsal` plays it from the first command to the last page, and prints it all.

The instructor builds every assignment. A student who has nothing but a zip and Jupyter solves one task rightly and one
wrongly, and hands in. Thirty notebooks of three assignments are graded, and the pages are read. Whatever does not come
out as it must ends the rehearsal with a word on what it was.
"""

from __future__ import annotations

import csv
import os
import shlex
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import click
import nbformat

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
CLASS = {"vectorizers": 9, "word-analogies": 5, "recurrent": 15}
"""How many notebooks of the sample classes are handed in beside the student's own, which is one of vectorizers."""

RIGHT = """\
    counts = np.zeros(len(index))
    for word in words:
        if word in index:
            counts[index[word]] += 1
        elif "<UNK>" in index:
            counts[index["<UNK>"]] += 1
    return counts"""
WRONG = """\
    together = C / C.sum()
    alone = C.sum(axis=1) / C.sum()
    context = C.sum(axis=0) ** alpha / np.sum(C.sum(axis=0) ** alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log2(together / np.outer(alone, context)) - np.log2(shift)
    return np.where(C > 0, np.maximum(scores, 0), 0)"""
SOLVED = {"bag_of_words": RIGHT, "ppmi": WRONG}
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError"


def main(place: Path) -> None:
    """Play the whole rehearsal in a folder that does not exist yet."""
    place.mkdir(parents=True)
    os.chdir(place)
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    build()
    study()
    collect()
    for assignment in CLASS:
        grade(assignment)
    read()


def build() -> None:
    """Build every assignment of the course."""
    say("The instructor builds the course.")
    run(f"gradmark build {ROOT}/assignments --out dist", shown="gradmark build assignments --out dist")
    wanted = {path.parent.name for path in ROOT.glob("assignments/*/assignment.toml")}
    must({path.stem for path in Path("dist/student").glob("*.zip")} == wanted, "every assignment has a zip")


def study() -> None:
    """Solve one task rightly and one wrongly, in a Jupyter that has NumPy and nothing of ours."""
    say("A student unzips one of them where there is nothing but Jupyter and NumPy, writes two functions, and runs it.")
    venv.create("jupyter", with_pip=True)
    run("jupyter/bin/pip install --quiet --disable-pip-version-check notebook numpy")
    with zipfile.ZipFile("dist/student/vectorizers.zip") as archive:
        archive.extractall()
    path = Path("vectorizers/vectorizers.ipynb")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for function, body in SOLVED.items():
            if cell.source.startswith(f"def {function}("):
                cell.source = cell.source.replace(STUB, body)
    nbformat.write(notebook, path)
    run("jupyter/bin/jupyter execute --inplace --allow-errors vectorizers/vectorizers.ipynb", quiet=True)
    shown = [printed(path, f'check("{function}")') for function in SOLVED]
    click.echo("\n".join(shown))
    must("✗" not in shown[0], "the right function passes its checks")
    must("✗" in shown[1], "the wrong function fails a check")
    click.echo(printed(path, "check.before_submitting()"))


def printed(path: Path, source: str) -> str:
    """Return what the cell of this source printed, as it stands in the saved notebook."""
    cells = nbformat.read(path, as_version=4).cells
    [outputs] = [cell.outputs for cell in cells if cell.cell_type == "code" and cell.source == source]
    return "\n".join(each.text if "text" in each else each.data["text/plain"] for each in outputs).rstrip()


def collect() -> None:
    """Hand in thirty notebooks: the student's and those of the sample classes."""
    for assignment, count in CLASS.items():
        folder = Path("handed-in", assignment)
        folder.mkdir(parents=True)
        for path in sorted((ROOT / "tests" / "submissions" / assignment).iterdir())[:count]:
            shutil.copy(path, folder)
    shutil.copy("vectorizers/vectorizers.ipynb", "handed-in/vectorizers/wilma.ipynb")
    must(len(list(Path("handed-in").glob("*/*"))) == 1 + sum(CLASS.values()) == 30, "thirty notebooks are handed in")


def grade(assignment: str) -> None:
    """Grade what was handed in of one assignment."""
    say(f"The instructor grades {assignment}.")
    words = f"{assignment} handed-in/{assignment} --no-variants --accept-tier reduced"
    run(f"gradmark grade {ROOT}/assignments/{words}", shown=f"gradmark grade assignments/{words}", statuses=(0, 1))


def read() -> None:
    """Read the grades and the pages, the student's above all."""
    say("The student's page says why.")
    run("gradmark show wilma")
    pages = sorted(Path("gradebook").glob("*/feedback/*.html"))
    grades = [row for path in Path("gradebook").glob("*/grades.csv") for row in csv.DictReader(path.open())]
    must(len(grades) == 30, "thirty grades are in the tables")
    click.echo(f"{len(pages)} pages, {len(grades)} grades")


def run(command: str, *, shown: str = "", statuses: tuple[int, ...] = (0,), quiet: bool = False) -> None:
    """Run a command where everybody sees it."""
    click.echo(f"$ {shown or command}")
    done = subprocess.run(shlex.split(command), capture_output=quiet, check=False)
    must(done.returncode in statuses, f"`{shown or command}` ends well")


def say(words: str) -> None:
    """Tell what comes now."""
    click.echo(f"\n# {words}")


def must(so: bool, words: str) -> None:
    """End the rehearsal unless something is so."""
    if not so:
        raise SystemExit(f"The rehearsal fails here; this should be so, and is not: {words}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
