"""`modelyard cdk`: the CDK CLI of the project's locks, as if it were installed."""

from __future__ import annotations

import os
from typing import Annotated

import typer

CONTEXT_SETTINGS = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


def cdk(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="what `cdk` understands", metavar="...", show_default=False)
    ] = None,
) -> None:
    """Run the project's own CDK CLI and Node: `modelyard cdk deploy -c environment=prod support-chat`.

    In a folder without a cdk.json, such as a company's own with `-c catalog=PATH`, the app is the checkout's.
    Before a deploy it looks whether names are free and the key can be used; what earlier stacks kept is taken over.
    """
    from cli.cdk_cli import app_of_checkout, check_version, command, with_node
    from cli.switching.before_deploying import before

    check_version()
    more = before(arguments or [])
    program = [*command(), *app_of_checkout(arguments or []), *(arguments or []), *more]
    # Replaces this process, so that the CLI has the terminal, the signals and the exit code to itself.
    os.execve(program[0], program, with_node(os.environ))
