"""A resource of a blueprint as a CDK resource that takes part in what a company's own CDK code does to a tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsii
from aws_cdk import CfnResource, ITaggable, TagManager, TagType
from constructs import Construct as CdkConstruct


@jsii.implements(ITaggable)
class TaggableResource(CfnResource):
    """A resource that `Tags.of` reaches, itself and from above, beside the tags that the blueprint gives it.

    Tags keep the blueprint's order, and those of others come after them: nothing differs where nobody tags. Every
    question of the CDK for the tags is a call back from Node, about four milliseconds for a resource in all, so that
    stacks that nobody extends do without (docs/decisions/0010-real-constructs.md).
    """

    def __init__(self, scope: CdkConstruct, logical_id: str, *, type: str, properties: Mapping[str, Any]) -> None:
        own = properties["Tags"]
        self._is_mapping = isinstance(own, Mapping)
        self._own = dict(own) if self._is_mapping else {tag["Key"]: tag["Value"] for tag in own}
        self._manager: TagManager | None = None
        others = {key: value for key, value in properties.items() if key != "Tags"}
        self._order = list(properties)
        super().__init__(scope, logical_id, type=type, properties=others)

    @property
    @jsii.member(jsii_name="tags")
    def tags(self) -> TagManager:
        """What the CDK asks and tells about tags."""
        if self._manager is None:
            self._manager = TagManager(TagType.MAP, self.cfn_resource_type, self._own, tag_property_name="Tags")
        return self._manager

    @jsii.member(jsii_name="renderProperties")
    def _render_properties(self, props: Mapping[str, Any]) -> Mapping[str, Any]:
        """The properties in the order of the blueprint, with the tags in the form that the type takes."""
        found = props.get("Tags") or {}
        tags = {**{key: found[key] for key in self._own if key in found}, **found}
        written = tags if self._is_mapping else [{"Key": key, "Value": value} for key, value in tags.items()]
        return {key: written if key == "Tags" else props[key] for key in self._order if key == "Tags" or key in props}
