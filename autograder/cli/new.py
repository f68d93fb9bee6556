"""`gradmark new`."""

from __future__ import annotations

import builtins
import json
import keyword
import math
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.options import FOLDER, json_option
from autograder.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE = Path(__file__).parent / "template"
TAKEN = ("np", "math", "check")
"""Names that the made files use themselves."""


@click.command()
@click.argument("folder", type=FOLDER, metavar="NAME")
@click.option("--title", help="What students read above it; asked for in a terminal.")
@click.option("--function", help="The function that students write; asked for in a terminal.")
@click.option("--arguments", help="Its arguments, as in `x, y`; asked for in a terminal.")
@json_option
def command(folder: Path, title: str | None, function: str | None, arguments: str | None, as_json: bool) -> None:
    """Make the folder NAME with a small assignment that builds and passes `gradmark selftest` at once.

    What is not said by an option is asked for in a terminal, and else taken from NAME.
    """
    _refuse_what_is_there(folder)
    asks = sys.stdin.isatty() and not as_json
    plain = re.sub(r"\W+", "_", folder.name).strip("_")
    title = _printable(_answer(title, "Title", plain.replace("_", " ").capitalize(), asks=asks))
    function = _named(_answer(function, "Function that students write", plain.lower(), asks=asks), "a function")
    arguments = _answer(arguments, "Its arguments", "x, y", asks=asks)
    names = [_named(name.strip(), "an argument") for name in arguments.split(",")]
    if len(set(names)) < len(names):
        raise UsageError(f"an argument is named twice: {arguments}")
    written = [str(path) for path in _write(folder, _words(title, function, names))]
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "files": written}))
        return
    click.echo("\n".join(written))
    click.echo(
        f"\nTry it: gradmark selftest {folder}, gradmark build {folder}. Then put your own function in its place."
    )


def _refuse_what_is_there(folder: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} is there already, and nothing is ever overwritten; name another folder")
    if not folder.resolve().parent.is_dir():
        raise UsageError(f"there is no folder {folder.resolve().parent}, in which {folder.name} could be made")


def _answer(given: str | None, question: str, default: str, *, asks: bool) -> str:
    """Return what an option says, else what the person answers, else what goes without saying."""
    if given is not None:
        return given
    answer: str = click.prompt(question, default=default, err=True) if asks else default
    return answer


def _printable(title: str) -> str:
    if not title.strip() or not title.isprintable():
        raise UsageError(f"the title must be one line of text, and is {title!r}")
    return title


def _named(name: str, kind: str) -> str:
    """Return a name that Python takes; UsageError for another."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} cannot be the name of {kind}: Python takes letters, digits and underscores, and no digit first"
        )
    if name in TAKEN or hasattr(builtins, name):
        raise UsageError(
            f"{name!r} cannot be the name of {kind}: it is taken already, and code that uses it would break"
        )
    return name


def _words(title: str, function: str, names: list[str]) -> dict[str, Any]:
    """Return what the templates speak of; the example's numbers are (3, 4, 5, …) and (0, 1, 2, …)."""
    vectors = [(number + 3, number) for number in range(len(names))]
    lengths = [round(math.hypot(*parts), 4) for parts in zip(*vectors, strict=True)]
    parts = [rf"\mathtt{{{name.replace('_', chr(92) + '_')}}}_i" for name in names]
    return {
        "title": title,
        "function": function,
        "arguments": names,
        "squares": " + ".join(f"{name} * {name}" for name in names),
        "formula": " + ".join(f"{part}^2" for part in parts),
        "formula_parts": ", ".join(f"${part}$" for part in parts),
        "example": ", ".join(f"np.array([{first:.1f}, {second:.1f}])" for first, second in vectors),
        "printed": str(lengths),
    }


def _write(folder: Path, words: dict[str, Any]) -> Iterator[Path]:
    """Fill in the templates, and yield the files that were made of them."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Markdown and Python are written here, not HTML)
    )
    environment.filters["toml"] = partial(json.dumps, ensure_ascii=False)  # such a string means the same in both
    names = sorted(path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*.j2"))
    texts = {name.removesuffix(".j2"): environment.get_template(name).render(words) for name in names}
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        yield folder / name
