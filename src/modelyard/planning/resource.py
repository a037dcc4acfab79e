"""One resource of a stack as a plan sees it, and the place that it is deployed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelyard.catalog.schema import Environment
from modelyard.planning.published_images import Table

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: `fixed` cannot be changed, `changeable` can; so it is with what it `needs` and what it `knows`."""

    fixed: Values = field(default_factory=dict)
    changeable: Values = field(default_factory=dict)
    tags: Values = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    knows: tuple[str, ...] = ()


Resources = dict[str, Resource]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The environment that an entry is deployed to, and another commit's table of images where that differs."""

    name: str
    environment: Environment
    images: Table | None = None

    def key(self) -> str:
        """The key that encrypts: the company's own, or by whichever name the foundation publishes its."""
        return self.environment.kms_key_arn or "the foundation's"
