"""A value that one stack tells all others, by name instead of by export."""

from __future__ import annotations

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target


class PublishedValue(Resource):
    """An SSM parameter: an export would lock the exporting resource for as long as anybody reads it."""

    def __init__(
        self, scope: Scope, logical_id: str, *, target: Target, what: str, value: str | Reference, tags: TagSet
    ) -> None:
        super().__init__(
            scope,
            logical_id,
            type="AWS::SSM::Parameter",
            properties={
                "Name": target.parameter_name(what),
                "Type": "String",
                "Value": value,
                "Tags": tags.mapping("configuration"),
            },
        )
