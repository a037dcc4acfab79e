"""The names that CloudFormation makes for resources without one, where a policy has to know them before they exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class GeneratedNames:
    """A text for the names of resources to come: stack, logical id and chance, joined by hyphens.

    `{name}` in `form` stands for one of them with a `*` for what is not known. By a `beginning` that all their logical
    ids share, one text stands for all; a renderer that gives other logical ids writes a text for each.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """

    form: str
    stack_name: str
    logical_ids: tuple[str, ...]
    beginning: str

    @property
    def text(self) -> str:
        """One text for all of them, in a stack that keeps the blueprint's logical ids."""
        return self._filled(f"{self.stack_name}-{self.beginning}*")

    def texts(self, stack_name: str, logical_ids: Sequence[str]) -> list[str]:
        """A text for each, in a stack of another name and with other logical ids."""
        return [self._filled(f"{stack_name}-{logical_id}-*") for logical_id in logical_ids]

    def _filled(self, name: str) -> str:
        return self.form.replace("{name}", name)
