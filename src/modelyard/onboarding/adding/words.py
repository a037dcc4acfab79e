"""What `modelyard add` says when it is done, and how it reads what a person states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from modelyard.capacity.memory_fit import GIB
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.onboarding.adding.addition import Addition, Request, only_licence
from modelyard.onboarding.adding.facts import Stated, Task
from modelyard.onboarding.adding.licence import UNKNOWN, named_licence
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.rules.rule import Finding
from modelyard.shell.catalog_files import environment_names
from modelyard.shell.failure import Failure


def stated(
    *, task: str | None, parameters: int | None, licence: str | None, licence_url: str | None, context: int | None
) -> Stated:
    """What the command line says about the model.

    Raises:
        Failure: when a word is none that is known, or an address has no licence.
    """
    if licence is None and licence_url is not None:
        raise Failure("--licence-url says where a licence stands: say which one with --licence")
    if licence is not None and (not licence.strip() or not licence.isprintable()):
        raise Failure("--licence is empty: write its name, such as apache-2.0")
    return Stated(
        task=_task(task),
        parameters=parameters,
        licence=named_licence(licence, licence_url) if licence else None,
        context=context,
    )


def _task(text: str | None) -> Task | None:
    for known in get_args(Task):
        if text == known:
            task: Task = known
            return task
    if text is None:
        return None
    allowed = get_args(Task)
    raise Failure(f"--task is {text[:40]}, allowed are {one_of(allowed)}{did_you_mean(text, allowed)}")


def summary(added: Addition) -> str:
    """The model and its endpoint in two sentences."""
    model, size = added.found.model, added.size
    what = f"{added.found.name}: {model.parameters / 1e9:.2f} billion parameters as {model.dtype}"
    needed, whole = size.fit.needed_bytes / GIB, size.fit.device_bytes / GIB
    where = f"{size.fit.instance.name} with {size.engine}, {size.concurrency} at once of {size.context} tokens"
    cost = ""
    if size.price is not None:
        mark = size.price.mark
        cost = f"; {mark}${size.price.usd} an hour, {mark}${size.price.usd * HOURS_PER_MONTH:,.0f} a month an instance"
    each = "the host" if size.fit.instance.processor == "cpu" else f"each {size.fit.device_word}"
    return f"{what}\n{added.endpoint_name}: {where}, {needed:.1f} of {whole:.1f} GiB on {each}{cost}"


def next_steps(added: Addition, found: Sequence[Finding], request: Request) -> Iterator[str]:
    """What a check says, and what to do now."""
    licence = added.found.model.licence
    if added.found.named_after is not None:
        yield f"the model is called {added.found.name} after {added.found.named_after}: --model-name says another name"
    if added.licence is not None and licence.name == UNKNOWN:
        yield (
            f"nobody here says under which licence {added.found.name} may be used: `modelyard check` fails until its "
            "model file names the licence, and the entry says who accepted it where it asks for that"
        )
    elif added.licence is not None:
        yield (
            f"its licence must be accepted: read {licence.url}; `modelyard check` fails until the entry says who "
            f"accepted {added.licence}, and when"
        )
    if not only_licence(found):
        yield "`modelyard check` says besides:"
    for finding in found:
        if finding.rule != "MY038":
            yield str(finding)
    if not found:
        known = environment_names(request.folder)
        environment = request.environment or (known[0] if len(known) == 1 else "NAME")
        yield (
            f"`modelyard check` has nothing to say; next: `modelyard stage {added.endpoint_name} --environment "
            f"{environment}`, then `modelyard cdk deploy -c environment={environment} {added.endpoint_name}`"
        )
