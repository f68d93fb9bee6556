"""The command `gradmark`: one file a subcommand, each imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from autograder.errors import GradmarkError

COMMANDS = {
    "build": "Make a handout's notebooks, zip and page.",
    "calibrate": "Find the bars of what is trained.",
    "check": "Judge one task of one notebook, for authors.",
    "data": "List, fetch and find the course's data.",
    "doctor": "Say what this machine can confine and run, by trying.",
    "grade": "Grade a class.",
    "new": "Make the folder of a new assignment.",
    "override": "Decide on a task's points yourself.",
    "plugins": "List the plugins and what they register.",
    "selftest": "Grade the grader of an assignment.",
    "show": "Show one student's grades.",
}
INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports each when it is called, so that `--help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or one that only knows its help if nothing more is asked."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"autograder.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Say what an unknown command was probably meant to be."""
        from autograder.spelling import did_you_mean

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise click.UsageError(f"there is no command {name!r}{did_you_mean(name, COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gradmark")
def gradmark() -> None:
    """Build assignments for a course on deep learning for text, and grade the notebooks that come back."""


def main() -> None:
    """Run the command; a person's mistake is answered in a sentence and with exit status 2."""
    try:
        status = gradmark.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except GradmarkError as error:
        click.echo(f"gradmark: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
