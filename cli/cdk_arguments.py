"""What a line of the CDK CLI asks for, as far as modelyard looks at it before the CLI does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

# An option of `modelyard cdk deploy` alone, which the CDK CLI does not know.
CHANGE_FOUNDATION = "--change-foundation"
_VERBS = frozenset(
    ("acknowledge", "bootstrap", "context", "deploy", "destroy", "diff", "doctor", "docs", "drift", "flags", "gc")
    + ("import", "init", "list", "ls", "metadata", "migrate", "notices", "orphan", "publish-assets", "refactor")
    + ("rollback", "synth", "synthesize", "watch")
)
_HELP = {"-h", "--help"}
_EXCLUSIVELY = {"-e", "--exclusively"}


@dataclass(frozen=True)
class CdkArguments:
    """The words behind `modelyard cdk`."""

    words: tuple[str, ...]

    @property
    def deploys(self) -> bool:
        """Whether they deploy something, and do not just ask how."""
        return self._does("deploy")

    @property
    def destroys(self) -> bool:
        """Whether they delete something, and do not just ask how."""
        return self._does("destroy")

    def _does(self, verb: str) -> bool:
        return self._verb is not None and self.words[self._verb] == verb and not _HELP & set(self.words)

    @property
    def _verb(self) -> int | None:
        """Where the CDK's command stands: options may come before it."""
        return next((index for index, word in enumerate(self.words) if word in _VERBS), None)

    @property
    def _after(self) -> tuple[str, ...]:
        return () if self._verb is None else self.words[self._verb + 1 :]

    @property
    def may_change_foundation(self) -> bool:
        """Whether the foundation may be made what this checkout says."""
        return CHANGE_FOUNDATION in self.words

    @property
    def exclusively(self) -> bool:
        """Whether nothing but the named stacks is meant."""
        return bool(_EXCLUSIVELY & set(self.words))

    def for_cdk(self) -> list[str]:
        """The words that the CDK CLI understands."""
        return [word for word in self.words if word != CHANGE_FOUNDATION]

    @property
    def stated_context(self) -> tuple[str, ...]:
        """Each `key=value` behind -c."""
        return tuple(self._values("-c", "--context"))

    def context(self, folder: Path) -> dict[str, Any]:
        """Values of `-c key=value`, before those of the folder's cdk.json."""
        given = {key: value for one in self.stated_context for key, _, value in [one.partition("=")]}
        return {**_context_of(folder), **given}

    def value(self, *names: str) -> str | None:
        """The last value of an option."""
        return next(reversed([*self._values(*names)]), None)

    def stacks(self, known: Collection[str]) -> set[str]:
        """Which of the known stacks are named, by themselves, by a pattern or by --all."""
        if "--all" in self._after:
            return set(known)
        # Values of options hold = or /; what the CDK would take for a pattern of no stack matches none here either.
        patterns = [word for word in self._after if not word.startswith("-") and not {"=", "/"} & set(word)]
        return {stack for stack in known if any(_fits(stack, pattern) for pattern in patterns)}

    def names(self, stack: str) -> bool:
        """Whether a stack is named in so many words."""
        return stack in self._after

    def _values(self, *names: str) -> Iterator[str]:
        for index, word in enumerate(self.words):
            name, equals, value = word.partition("=")
            if word in names and index + 1 < len(self.words):
                yield self.words[index + 1]
            elif equals and name in names and name.startswith("--"):
                yield value


def _fits(stack: str, pattern: str) -> bool:
    """Whether the CDK CLI, which takes minimatch's patterns, may mean the stack: braces and negations may mean any."""
    return fnmatchcase(stack, pattern) or bool({"{", "!"} & set(pattern))


def _context_of(folder: Path) -> Mapping[str, Any]:
    path = folder / "cdk.json"
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # The CDK CLI says what is wrong with it.
        return {}
    context = read.get("context", {}) if isinstance(read, dict) else {}
    return context if isinstance(context, dict) else {}


def joined(words: Sequence[str]) -> str:
    """Names in a sentence: the first ten, and how many more."""
    shown = ", ".join(words[:10])
    return f"{shown} and {len(words) - 10} more" if len(words) > 10 else shown
