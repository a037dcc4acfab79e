"""`modelyard add`: the files of a new model and of an endpoint for it, sized."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli.options import CatalogOption, EnvironmentOption

_UNSET = {"show_default": False}


def add(
    source: Annotated[
        str,
        typer.Argument(
            help="a config.json or its folder, s3://bucket/prefix/, owner/model of the Hugging Face hub, a JumpStart "
            "id, or a model that is known here",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="the endpoint's name; the model's if unset", **_UNSET)] = None,
    model_name: Annotated[
        str | None, typer.Option(help="the model's name; its own if unset (of a config.json: the endpoint's)", **_UNSET)
    ] = None,
    team: Annotated[str | None, typer.Option(help="a team of organisation.yaml", **_UNSET)] = None,
    kind: Annotated[str, typer.Option(help="real-time, async, serverless or multi-model")] = "real-time",
    max_context: Annotated[int | None, typer.Option(min=1, help="tokens of one sequence", **_UNSET)] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="sequences at the same time", **_UNSET)] = None,
    engine: Annotated[str | None, typer.Option(help="vllm, tei, tgi, ...; what suits if unset", **_UNSET)] = None,
    image: Annotated[str | None, typer.Option(help="an image of your own, repository:tag", **_UNSET)] = None,
    instance: Annotated[
        str | None, typer.Option(help="ml.<...>, or auto; the cheapest that fits if unset", **_UNSET)
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="where the weights are, if not beside config.json", **_UNSET)
    ] = None,
    licence: Annotated[str | None, typer.Option(help="its licence, where no file tells", **_UNSET)] = None,
    licence_url: Annotated[str | None, typer.Option(help="where that licence stands", **_UNSET)] = None,
    task: Annotated[str | None, typer.Option(help="chat, text-generation or embedding", **_UNSET)] = None,
    parameters: Annotated[int | None, typer.Option(min=1, help="how many, where a count would err", **_UNSET)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print the files, write nothing")] = False,
    environment: EnvironmentOption = None,
    catalog: CatalogOption = Path("catalog"),
) -> None:
    """Write the facts of a model and an endpoint for it, on the cheapest instance that holds it.

    Both files are written or none, and none is ever overwritten. A licence is never accepted for you: where one asks
    for it, the entry says so in a comment, and `modelyard check` fails until somebody has accepted.
    """
    from datetime import UTC, datetime

    from modelyard.catalog.instance_lock import FILE_NAME
    from modelyard.catalog.problem import shown_path
    from modelyard.onboarding.adding.addition import Request, addition, findings, lock_instance
    from modelyard.onboarding.adding.new_files import refuse_existing, write_new
    from modelyard.onboarding.adding.words import next_steps, stated, summary
    from modelyard.shell.terminal import notices, results

    request = Request(
        source=source,
        folder=catalog,
        environment=environment,
        name=name,
        model_name=model_name,
        team=team,
        kind=kind,
        context=max_context,
        concurrency=concurrency,
        engine=engine,
        image=image,
        instance=instance,
        weights=weights,
        stated=stated(task=task, parameters=parameters, licence=licence, licence_url=licence_url, context=max_context),
        today=datetime.now(UTC).date(),
    )
    added = addition(request)
    if dry_run:
        refuse_existing(added.texts, advice=added.advice)
        for path, text in sorted(added.texts.items()):
            results().print(f"# {shown_path(path)}\n{text}", highlight=False, markup=False)
        notices().print("nothing was written", highlight=False)
        return
    write_new(added.texts, advice=added.advice)
    for path in sorted(added.texts):
        results().print(f"wrote {shown_path(path)}", highlight=False, markup=False)
    if instance == "auto":
        unlocked = lock_instance(added, request)
        said = f"not locked: {unlocked}" if unlocked else f"locked its instance in {shown_path(catalog / FILE_NAME)}"
        results().print(said, highlight=False, markup=False)
    results().print(summary(added), highlight=False, markup=False)
    for line in next_steps(added, findings(added, request), request):
        results().print(line, highlight=False, markup=False)
