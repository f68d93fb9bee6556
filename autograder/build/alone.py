"""A notebook that is opened without what belongs beside it, as on Colab: it unpacks its zip, and links to Colab."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.build.notebook import Cell
from autograder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

IMPORTS_CHECK = re.compile(r"^\s*(from|import) check\b", re.MULTILINE)
ON_GITHUB = re.compile(r"https://github\.com/(?P<repository>[^/]+/[^/]+)/(blob|tree)/(?P<branch>[^/]+)(?P<folder>/.+)?")
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
UNPACK = """\
# Are only this notebook and {name}.zip here, as on Colab? Then this unpacks the zip; otherwise it does nothing.
# On Colab, upload {name}.zip first: the folder at the left edge, then the sheet with an arrow.
import importlib.util
import zipfile

if importlib.util.find_spec("check") is None:
    with zipfile.ZipFile("{name}.zip") as archive:
        for entry in archive.infolist():
            entry.filename = entry.filename.removeprefix("{name}/")
            if entry.filename != "{name}.ipynb":
                archive.extract(entry)
    importlib.invalidate_caches()"""


def unpacking(cells: Sequence[Cell], name: str) -> list[Cell]:
    """Return the cells with one before the first that needs `check`, which unpacks the zip where that is not there."""
    first = next((n for n, cell in enumerate(cells) if cell.kind == "code" and IMPORTS_CHECK.search(cell.source)), None)
    if first is None:
        return list(cells)
    return [*cells[:first], Cell("code", UNPACK.format(name=name)), *cells[first:]]


@dataclass(frozen=True)
class Colab:
    """The folder on GitHub from which Colab will open the notebook."""

    repository: str
    place: str

    def badge(self, name: str, *, picture: bool) -> Cell:
        """Return a cell with a link that opens the notebook there, and with the way to its zip.

        A page that must need no network has no picture.
        """
        link = f"![Open in Colab]({BADGE})" if picture else "Open in Colab"
        opened = f"https://colab.research.google.com/github/{self.repository}/blob/{self.place}/{name}.ipynb"
        archive = f"https://github.com/{self.repository}/raw/{self.place}/{name}.zip"
        return Cell("markdown", f"[{link}]({opened}) and upload [{name}.zip]({archive}) there.")


def colab_at(url: str) -> Colab:
    """Return the folder of an address such as https://github.com/OWNER/REPOSITORY/tree/BRANCH/FOLDER, or UsageError."""
    found = ON_GITHUB.fullmatch(url.rstrip("/"))
    if found is None:
        raise UsageError(
            f"{url} is no folder from which Colab opens notebooks, like https://github.com/OWNER/REPOSITORY/tree/main/week1"
        )
    return Colab(found["repository"], f"{found['branch']}{found['folder'] or ''}")
