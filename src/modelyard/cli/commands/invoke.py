"""`modelyard invoke`: one question to one endpoint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption, EnvironmentOption
from modelyard.shell.printable import printable


def invoke(
    endpoint: Annotated[str, typer.Argument(help="an endpoint of the catalog", show_default=False)],
    prompt: Annotated[str, typer.Argument(help="what to ask, or the text to embed", show_default=False)],
    model: Annotated[
        str | None, typer.Option(help="which model of a multi-model endpoint; its first if unset", show_default=False)
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="the longest answer")] = 256,
    environment: EnvironmentOption = None,
    catalog: CatalogOption = Path("catalog"),
) -> None:
    """Ask a deployed endpoint and print its answer: streamed where the kind can stream, from S3 where it is async."""
    from modelyard.invoking.invocation import Caller, Question
    from modelyard.shell.account import Account
    from modelyard.shell.catalog_files import chosen, read
    from modelyard.shell.foundation import ASYNC_BUCKET, published
    from modelyard.shell.terminal import notices

    loaded = read(catalog, environment)
    (entry,) = chosen(loaded, [endpoint], every=False)
    account = Account(loaded)
    account.check()
    caller = Caller(
        runtime=account.client("sagemaker-runtime"),
        s3=account.client("s3"),
        async_bucket=published(account, loaded, ASYNC_BUCKET) if entry.endpoint.kind == "async" else "",
    )
    question = Question(prompt=prompt, max_tokens=max_tokens)
    # A model says whatever it was taught: to a terminal its codes are spelt out, a pipe gets its words as they are.
    said = printable if sys.stdout.isatty() else str
    answer = caller.ask(entry, question, model=model, on_text=lambda text: print(said(text), end="", flush=True))
    print("" if answer.streamed else said(answer.text))
    measured = [f"{answer.total_seconds:.2f} s in all"]
    if answer.first_token_seconds is not None:
        measured.append(f"first token after {answer.first_token_seconds * 1000:.0f} ms")
    if answer.seconds_per_token is not None:
        measured.append(f"{answer.seconds_per_token * 1000:.1f} ms per further token")
    if answer.completion_tokens is not None:
        measured.append(f"{answer.completion_tokens} tokens")
    notices().print(", ".join(measured), highlight=False)
