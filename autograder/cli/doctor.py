"""`gradmark doctor`."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict

import click
from rich.text import Text

from autograder.build.pdf import find_browser, pdf_of
from autograder.cli.options import json_option
from autograder.cli.words import console
from autograder.errors import UsageError
from autograder.sandbox.trial import Finding, try_everything


@click.command()
@json_option
def command(as_json: bool) -> int:
    """Say what this machine can confine, run and print, by trying each tier with a real child.

    Exit status: 0 when the full tier works, 1 when only less does.
    """
    findings = [*try_everything(), _try_printing()]
    machine = f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}"
    machine += f", {os.cpu_count()} processors, {'root' if os.geteuid() == 0 else 'an ordinary user'}"
    if as_json:
        click.echo(json.dumps({"machine": machine, "findings": [asdict(finding) for finding in findings]}))
    else:
        console().print(machine, markup=False)
        for finding in findings:
            console().print(_line(finding))
    return 0 if all(finding.works for finding in findings if finding.name == "tier full") else 1


def _try_printing() -> Finding:
    """Say whether `build --pdf` works here."""
    try:
        pdf_of(b"<p>One page.</p>")
    except UsageError as error:
        return Finding("PDF", works=False, words=str(error))
    return Finding("PDF", works=True, words=f"printed by {find_browser()}")


def _line(finding: Finding) -> Text:
    mark = Text("works  ", style="green") if finding.works else Text("refused", style="yellow")
    return Text.assemble(mark, f"  {finding.name:20} {finding.words}")
