"""The handout as PDF: the page as a browser prints it, since it needs nothing that a browser does not have.

(nbconvert's own ways want a browser and a second package that steers it, or a whole TeX.)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from autograder.errors import UsageError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MISSING = f"no browser is found that prints pages (one of {', '.join(BROWSERS)}); `apt install chromium` brings one"
SECONDS = 120
DATE = re.compile(rb"(?<=Date \(D:)\d{14}")
ARGUMENTS = (
    "--headless", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--no-first-run",
    "--no-pdf-header-footer", "--virtual-time-budget=10000",
)  # fmt: skip


def find_browser() -> str | None:
    """Return where a browser lies that prints pages, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def needed_browser() -> str:
    """Return where a browser lies that prints pages; UsageError says what is missing."""
    browser = find_browser()
    if browser is None:
        raise UsageError(f"a PDF cannot be made: {MISSING}. Everything else is made without --pdf")
    return browser


def pdf_of(page: bytes) -> bytes:
    """Return a page of ours as PDF, the same bytes each time; UsageError if this machine cannot print."""
    browser = needed_browser()
    with tempfile.TemporaryDirectory(prefix="gradmark-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "page.html").write_bytes(page)
        printed = Path(folder) / "page.pdf"
        problem = _print(browser, Path(folder), printed)
        if not printed.is_file():
            raise UsageError(f"a PDF cannot be made: {browser} {problem}")
        return DATE.sub(b"19800101000000", printed.read_bytes())


def _print(browser: str, folder: Path, printed: Path) -> str:
    """Let the browser print; return in words how it ended."""
    # Its own sandbox cannot be had by root; the page is ours, and has no script.
    own_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    places = [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={printed}", (folder / "page.html").as_uri()]
    try:
        done = subprocess.run(
            [browser, *ARGUMENTS, *own_sandbox, *places], timeout=SECONDS, check=False, capture_output=True
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {SECONDS} seconds"
    except OSError as error:
        return f"cannot be started: {error}"
    last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return f"ended with status {done.returncode}: {last}"
