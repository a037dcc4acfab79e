"""What somebody asks the CDK CLI for, as far as it matters before anything is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Options of the CLI that are followed by a value of their own; of others a value could be taken for a stack.
_TAKES_VALUE = {
    "-a", "--app", "-c", "--context", "-o", "--output", "--profile", "-r", "--role-arn", "--require-approval",
    "--concurrency", "--progress", "-m", "--method", "--change-set-name", "--toolkit-stack-name", "--parameters",
    "-O", "--outputs-file", "-t", "--tags", "-E", "--exclude", "--ca-bundle-path", "--proxy", "--region",
    "--toolkit-bucket-name", "--asset-parallelism", "--notification-arns", "-b", "--build-exclude", "--plugin", "-p",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CdkArguments:
    """A verb, the stacks it is for, and options by name."""

    verb: str | None
    stacks: tuple[str, ...]
    context: dict[str, str] = field(default_factory=dict)
    options: dict[str, str | None] = field(default_factory=dict)

    @property
    def every_stack(self) -> bool:
        """Whether all stacks are asked for."""
        return self.has("--all") or "*" in self.stacks or "**" in self.stacks

    @property
    def environment(self) -> str | None:
        """The environment's name; None where something else than the checkout's app is deployed."""
        return None if self.has("--app", "-a") else self.context.get("environment")

    @property
    def catalog(self) -> Path:
        """The catalog's folder."""
        return Path(self.context.get("catalog", "catalog"))

    def has(self, *names: str) -> bool:
        """Whether one of these options is given and not switched off."""
        return any(self.options.get(name, "false") != "false" for name in names)


def parse(arguments: Sequence[str]) -> CdkArguments:
    """Read them as the CDK CLI does."""
    words: list[str] = []
    context: dict[str, str] = {}
    options: dict[str, str | None] = {}
    for name, value in _pairs(arguments):
        if name is None:
            words.append(value or "")
        elif name in ("-c", "--context"):
            key, _, said = (value or "").partition("=")
            context[key] = said
        else:
            options[name] = value
    return CdkArguments(verb=words[0] if words else None, stacks=tuple(words[1:]), context=context, options=options)


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Options with their values, and plain words as values of no option."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            yield None, word
        elif equals:
            yield name, value
        elif word in _TAKES_VALUE and rest:
            yield word, rest.pop(0)
        else:
            yield word, None
