"""What a line of the CDK CLI asks for, as far as modelyard looks at it before the CLI does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from modelyard.shell.cdk_context import context_of

# Options of `modelyard cdk deploy` alone, which the CDK CLI does not know.
CHANGE_FOUNDATION = "--change-foundation"
FORMER_CATALOG = "--former-catalog"
# What `modelyard cdk` tells the app: the stacks that are meant, between commas.
ONLY = "only"
# The CDK's commands that name stacks and look at no others but those that these depend on.
_OF_STACKS = {"synth", "synthesize", "deploy", "diff"}
# Options of the CLI that are followed by a value of their own; of others a value could be taken for a stack.
_TAKES_VALUE = {
    "-a", "--app", "-c", "--context", "-o", "--output", "--profile", "-r", "--role-arn", "--require-approval",
    "--concurrency", "--progress", "-m", "--method", "--change-set-name", "--toolkit-stack-name", "--parameters",
    "-O", "--outputs-file", "-t", "--tags", "-E", "--exclude", "--ca-bundle-path", "--proxy", "--region",
    "--toolkit-bucket-name", "--asset-parallelism", "--notification-arns", "-b", "--build-exclude", "--plugin", "-p",
    FORMER_CATALOG,
}  # fmt: skip


@dataclass(frozen=True)
class CdkArguments:
    """The words behind `modelyard cdk`."""

    words: tuple[str, ...]

    @property
    def verb(self) -> str | None:
        """The CDK's command: options may come before it."""
        return self._plain[0] if self._plain else None

    @property
    def named(self) -> tuple[str, ...]:
        """The stacks, and patterns of stacks, that are named."""
        return self._plain[1:]

    @property
    def deploys(self) -> bool:
        """Whether they deploy something, and do not just ask how."""
        return self.verb == "deploy" and not self.has("-h", "--help")

    @property
    def destroys(self) -> bool:
        """Whether they delete something, and do not just ask how."""
        return self.verb == "destroy" and not self.has("-h", "--help")

    @property
    def may_change_foundation(self) -> bool:
        """Whether the foundation may be made what this checkout says."""
        return CHANGE_FOUNDATION in self.words

    @property
    def exclusively(self) -> bool:
        """Whether nothing but the named stacks is meant."""
        return self.has("-e", "--exclusively")

    def has(self, *names: str) -> bool:
        """Whether one of these options is given and not switched off."""
        return any(name in names and value != "false" for name, value in self._options)

    def for_cdk(self) -> list[str]:
        """The words that the CDK CLI understands."""
        words = list(self.words)
        while FORMER_CATALOG in words:
            at = words.index(FORMER_CATALOG)
            del words[at : at + 2]
        return [word for word in words if word != CHANGE_FOUNDATION and not word.startswith(f"{FORMER_CATALOG}=")]

    @property
    def stated_context(self) -> tuple[str, ...]:
        """Each `key=value` behind -c."""
        return tuple(value or "" for name, value in self._options if name in ("-c", "--context"))

    def context(self, folder: Path) -> dict[str, Any]:
        """Values of `-c key=value`, before those of the folder's cdk.json."""
        given = {key: value for one in self.stated_context for key, _, value in [one.partition("=")]}
        return {**context_of(folder), **given}

    def value(self, *names: str) -> str | None:
        """The last value of an option."""
        return next((value for name, value in reversed(self._options) if name in names), None)

    def stacks(self, known: Collection[str]) -> set[str]:
        """Which of the known stacks are named, by themselves, by a pattern or by --all."""
        if self.has("--all"):
            return set(known)
        return {stack for stack in known if any(_fits(stack, pattern) for pattern in self.named)}

    def stacks_beyond(self, known: Collection[str]) -> list[str]:
        """The names and patterns that fit none of the known stacks: an extension may have others."""
        return [one for one in self.named if not any(_fits(stack, one) for stack in known)]

    @property
    def only(self) -> tuple[str, ...]:
        """The stacks in so many words, where the line can mean no others: the app need not describe the rest."""
        plain = not self.has("--all") and not any(
            {"*", "?", "[", "{", "!", "/", ","} & set(name) for name in self.named
        )
        return self.named if self.verb in _OF_STACKS and plain else ()

    def names(self, stack: str) -> bool:
        """Whether a stack is named in so many words."""
        return stack in self.named

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        return tuple(value or "" for name, value in _pairs(self.words) if name is None)

    @cached_property
    def _options(self) -> tuple[tuple[str, str | None], ...]:
        return tuple((name, value) for name, value in _pairs(self.words) if name is not None)


def _fits(stack: str, pattern: str) -> bool:
    """Whether the CDK CLI, which takes minimatch's patterns, may mean the stack: braces and negations may mean any."""
    return fnmatchcase(stack, pattern) or bool({"{", "!"} & set(pattern))


def _pairs(words: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Options with their values, and plain words as values of no option."""
    rest = list(words)
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


def joined(words: Sequence[str]) -> str:
    """Names in a sentence: the first ten, and how many more."""
    shown = ", ".join(words[:10])
    return f"{shown} and {len(words) - 10} more" if len(words) > 10 else shown
