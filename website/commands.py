"""A page for each command, from the parser of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from modelyard.cli.main import VERBS, application
from website.exit_codes import codes_of
from website.page import Page, block, code, leaf, prose, table

FOLDER = "reference/commands"


def command_pages() -> Iterator[Page]:
    """The page of each command and the list of them."""
    # Of typer's own copy of click, which has no types that a program could name.
    group: Any = typer.main.get_command(application)
    rows = ((f"[`modelyard {verb}`]({verb}.md)", prose(VERBS[verb])) for verb in sorted(VERBS))
    intro = "For whoever types them: each page is what `--help` of the installed version prints, with the exit codes."
    yield Page(f"{FOLDER}/index.md", f"# Commands\n\n{intro}\n\n{table(('command', 'for'), rows)}\n")
    for verb in sorted(VERBS):
        yield leaf(f"{FOLDER}/{verb}.md", *_blocks(verb, group.commands[verb]))


def _blocks(verb: str, command: Any) -> Iterator[str]:
    yield f"# modelyard {verb}"
    yield f"One of the [commands](index.md): {prose(VERBS[verb])}."
    yield from _described(f"modelyard {verb}", command, level=2)
    for name, below in getattr(command, "commands", {}).items():
        yield f"## modelyard {verb} {name}"
        yield from _described(f"modelyard {verb} {name}", below, level=3)
    yield "## Exit codes"
    yield table(("code", "means"), ((number, prose(meaning)) for number, meaning in codes_of(verb).items()))


def _described(name: str, command: Any, *, level: int) -> Iterator[str]:
    context = command.context_class(command, info_name=name)
    yield block(command.get_usage(context).removeprefix("Usage: "))
    yield from (prose(" ".join(part.split())) for part in (command.help or "").split("\n\n"))
    for title, wanted in (("Arguments", "argument"), ("Options", "option")):
        records = [one.get_help_record(context) for one in command.get_params(context) if one.param_type_name == wanted]
        rows = [(code(left), prose(" ".join(right.split()))) for left, right in filter(None, records)]
        if rows:
            yield f"{'#' * level} {title}"
            yield table((title.lower().removesuffix("s"), ""), rows)
