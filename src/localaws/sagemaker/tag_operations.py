"""AddTags, DeleteTags, ListTags."""

from typing import Any

from localaws.sagemaker import refusals
from localaws.sagemaker.hard_rules import tag_rules
from localaws.sagemaker.registry import Collection, Tags
from localaws.sagemaker.scope import Scope

Request = dict[str, Any]

_KINDS = {"model": refusals.MODEL, "endpoint-config": refusals.ENDPOINT_CONFIG, "endpoint": refusals.ENDPOINT}


class TagOperations:
    """Tags of Models, EndpointConfigs and Endpoints, addressed by ARN."""

    def __init__(self, *, tags: Tags, collections: dict[str, Collection[Any]]) -> None:
        self._tags = tags
        self._collections = collections

    def add(self, request: Request, scope: Scope) -> Request:
        arn = self._existing(request["ResourceArn"], scope)
        added = tag_rules.from_request(request)
        tag_rules.require_few_enough({**self._tags.of(arn), **added})
        return {"Tags": _as_list(self._tags.put(arn, added))}

    def delete(self, request: Request, scope: Scope) -> Request:
        self._tags.remove(self._existing(request["ResourceArn"], scope), request["TagKeys"])
        return {}

    def list_page(self, request: Request, scope: Scope) -> Request:
        return {"Tags": _as_list(self._tags.of(self._existing(request["ResourceArn"], scope)))}

    def _existing(self, arn: str, scope: Scope) -> str:
        kind, _, name = arn.rsplit(":", 1)[-1].partition("/")
        collection = self._collections.get(kind)
        if collection is None:
            raise refusals.invalid(
                f"embedded SageMaker has no tags for {arn!r}; it knows {', '.join(sorted(_KINDS))} resources"
            )
        if scope.arn(kind, name) != arn:
            raise refusals.not_found(_KINDS[kind], arn)
        return str(collection.get(scope, name).arn)


def _as_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
