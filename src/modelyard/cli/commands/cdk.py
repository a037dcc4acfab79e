"""`modelyard cdk`: the CDK CLI of the project's locks, as if it were installed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
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

    `deploy` leaves a foundation that stands as it is, unless it is named or --change-foundation is given, and refuses
    stacks that another catalog deployed; it looks whether names are free and the key can be used, and takes over what
    earlier stacks kept. `destroy` leaves a foundation alone that endpoints need.
    """
    from modelyard.deploying.cdk_arguments import ONLY, CdkArguments
    from modelyard.shell.cdk_cli import app_of_checkout, check_version, command, with_node

    check_version()
    asked = CdkArguments(tuple(arguments or ()))
    environment = with_node(os.environ)
    program = [*command(), *app_of_checkout(asked.words)]
    words = asked.for_cdk()
    if asked.deploys or asked.destroys:
        from modelyard.deploying.cdk_deployment import looked_at, synthesised

        with tempfile.TemporaryDirectory(prefix="modelyard-cdk-") as folder:
            words = looked_at(asked, lambda: synthesised(program, asked, Path(folder), environment))
    if asked.only:
        words = [*words, "-c", f"{ONLY}={','.join(asked.only)}"]
    # Replaces this process, so that the CLI has the terminal, the signals and the exit code to itself.
    os.execve(program[0], [*program, *words], environment)
