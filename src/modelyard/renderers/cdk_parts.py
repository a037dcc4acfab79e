"""Parts of a blueprint below a construct of another stack: other logical ids, and all that names them follows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jsii
from aws_cdk import CfnResource, IStableStringProducer, Lazy, Stack
from constructs import Construct as CdkConstruct

from modelyard.blueprint.generated_name import GeneratedNames
from modelyard.blueprint.references import SUBSTITUTED
from modelyard.blueprint.resource import Resource
from modelyard.blueprint.stack import StackBlueprint
from modelyard.renderers.cdk import Parts
from modelyard.renderers.json_value import json_value


class PartsOfConstruct(Parts):
    """Keeps the ids that the CDK makes of a construct's path, which differ wherever two constructs do.

    Whatever names a logical id is given what the CDK puts there in the end: references, conditions of policies that
    know a resource by the name that CloudFormation will give it, and texts that Fn::Sub fills in.
    """

    def __init__(self, stack: Stack, described: StackBlueprint) -> None:
        super().__init__(stack, taggable=True)
        self._known = {resource.logical_id for resource in described.resources()}
        self._later: dict[str, str] = {}

    def _properties(self, described: Resource) -> dict[str, Any]:
        return dict(json_value(self._referring(described.properties), self._place))

    def _name(self, made: CfnResource, scope: CdkConstruct, described: Resource) -> None:
        pass

    def _referring(self, value: Any) -> Any:
        """The value with the CDK's logical ids in place of the blueprint's."""
        if isinstance(value, Mapping):
            return self._reference(value) or {key: self._referring(inner) for key, inner in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [one for inner in value for one in self._referring_each(inner)]
        return value

    def _referring_each(self, value: Any) -> Sequence[Any]:
        if isinstance(value, GeneratedNames):
            return value.texts(self._stack.stack_name, [self._logical_id(one) for one in value.logical_ids])
        return [self._referring(value)]

    def _reference(self, value: Mapping[str, Any]) -> dict[str, Any] | None:
        """One of CloudFormation's functions that name a resource; None where it is nothing like that."""
        if len(value) != 1:
            return None
        [(function, argument)] = value.items()
        if function == "Ref" and argument in self._known:
            return {"Ref": self._logical_id(argument)}
        if function == "Fn::GetAtt":
            logical_id, *attribute = argument.split(".", 1) if isinstance(argument, str) else argument
            return {function: [self._logical_id(logical_id), *attribute]} if logical_id in self._known else None
        if function == "Fn::Sub":
            form, *values = [argument] if isinstance(argument, str) else argument
            own = set(values[0]) if values else set()
            text = SUBSTITUTED.sub(lambda found: self._filled(found, own), form)
            return {"Fn::Sub": [text, self._referring(values[0])] if values else text}
        return None

    def _filled(self, found: re.Match[str], own: set[str]) -> str:
        name = found.group(1)
        return f"${{{self._logical_id(name)}" if name in self._known - own else found.group(0)

    def _logical_id(self, of_blueprint: str) -> str:
        """What the CDK calls the resource, as a token: of one that does not exist yet, it is asked at the end."""
        if of_blueprint in self.added:
            return self.added[of_blueprint].logical_id
        if of_blueprint not in self._later:
            self._later[of_blueprint] = Lazy.string(_LaterLogicalId(self.added, of_blueprint))
        return self._later[of_blueprint]


@jsii.implements(IStableStringProducer)
class _LaterLogicalId:
    """The logical id of a resource that is added after what names it."""

    def __init__(self, added: Mapping[str, CfnResource], of_blueprint: str) -> None:
        self._added = added
        self._of_blueprint = of_blueprint

    def produce(self) -> str:
        return self._added[self._of_blueprint].logical_id
