"""The `modelyard` command: it names the verbs, and turns whatever goes wrong into one sentence.

Each verb lives in `cli/commands/<verb>.py` and imports what it needs when it runs: `modelyard --help` must not wait
for boto3, pydantic or anything else that takes longer to import than to read.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import traceback
from importlib.metadata import version
from io import TextIOWrapper
from types import FrameType
from typing import Annotated, NoReturn

import typer

from modelyard.shell.failure import Failure
from modelyard.shell.garbage_collection import collect_rarely
from modelyard.shell.printable import in_one_line, printable
from modelyard.shell.workflow_commands import guard

VERBS = {
    "add": "write the files of a new model and an endpoint for it",
    "cdk": "run the CDK CLI of the project's locks",
    "check": "tell everything that is wrong in a catalog",
    "demo": "deploy the catalog to this machine and ask it",
    "demo-signals": "send requests on this machine and read what became of them",
    "explain": "say what is behind the id of a problem",
    "fit": "show whether a model fits its instance, term by term",
    "invoke": "ask an endpoint",
    "lock": "choose the instances that entries leave open",
    "orphans": "find what is deployed without an entry",
    "plan": "show what a change deploys and costs",
    "prices": "bring the price file up to date",
    "quotas": "pull what the account may host",
    "recommend": "rank by price the instances that a model fits",
    "report": "draw what the records of requests say",
    "schema": "write the JSON Schemas for editors",
    "stage": "bring weights to the artifacts bucket",
}
STOPPED_BY_CTRL_C = 130
# Looking for plugins, which the project has none of, reads the metadata of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

application = typer.Typer(
    name="modelyard",
    help="Language models from a catalog of YAML files to SageMaker endpoints.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"modelyard {version('modelyard')}")
        raise typer.Exit


@application.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version and stop")
    ] = False,
) -> None:
    """Language models from a catalog of YAML files to SageMaker endpoints."""


for verb, purpose in VERBS.items():
    name = verb.replace("-", "_")
    module = importlib.import_module(f"modelyard.cli.commands.{name}")
    command = getattr(module, name)
    if isinstance(command, typer.Typer):
        application.add_typer(command, name=verb, short_help=purpose)
        continue
    settings = getattr(module, "CONTEXT_SETTINGS", None)
    application.command(name=verb, short_help=purpose, context_settings=settings)(command)


def main() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    # A shell without job control has what it starts in the background ignore SIGINT; `kill -INT` is meant anyway.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` asks for exactly that
        signal.signal(signal.SIGHUP, _stop)
    # A terminal of another encoding shows `?` for what it lacks, instead of nothing at all.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    guard()
    collect_rarely()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; what goes wrong becomes one sentence on standard error and an exit code."""
    try:
        code = application(arguments or ["--help"], prog_name="modelyard", standalone_mode=False)
        # What is buffered meets a full disk or a reader that has gone only here, or when nobody can say so any more.
        sys.stdout.flush()
    except Failure as problem:
        return _print_failure(problem)
    except typer.TyperException as misuse:
        return _print_failure(
            Failure(f"{misuse.format_message()} (`modelyard --help` lists the commands)", exit_code=misuse.exit_code)
        )
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone: nothing is left to say, and nobody to say it to.
        _drop_output()
        return 1
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _drop_output()
        return _print_failure(_problem_of(error))
    if code == STOPPED_BY_CTRL_C:
        return _print_failure(Failure("stopped before it was finished", exit_code=STOPPED_BY_CTRL_C))
    return code if isinstance(code, int) else 0


def _drop_output() -> None:
    """Let what is still buffered go nowhere: Python would complain about it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_failure(problem: Failure) -> int:
    # Sentences quote names and values of others: none of them may begin a line of its own, or steer the terminal.
    print(f"modelyard: {in_one_line(problem.sentence)}", file=sys.stderr)
    for line in problem.details:
        print(printable(line), file=sys.stderr)
    return problem.exit_code


def _problem_of(error: Exception) -> Failure:
    """The sentence for an error that no command foresaw; whoever wants its traceback sets MODELYARD_DEBUG."""
    if os.environ.get("MODELYARD_DEBUG"):
        traceback.print_exception(error)
    # Asked by name, so that a command that never touches AWS does not import botocore to say what went wrong.
    if any(base.__module__ == "botocore.exceptions" for base in type(error).__mro__):
        from modelyard.shell.aws_failure import aws_failure

        return aws_failure(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Failure(
            f"the package {error.name} is not installed: run `make setup`, or install modelyard[aws,cdk,local,report]"
        )
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return Failure(f"{error.strerror.lower()}{where}")
    return Failure(
        f"this should not have happened ({type(error).__name__}: {error}); "
        "run it again with MODELYARD_DEBUG=1 to see where, and report it"
    )


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
