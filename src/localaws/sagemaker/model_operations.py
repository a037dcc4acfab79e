"""CreateModel, DescribeModel, DeleteModel, ListModels."""

from typing import Any

from localaws.sagemaker import listing
from localaws.sagemaker.artifacts import ArtifactStore
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.hard_rules import model_rules, tag_rules
from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.registry import Collection, Tags
from localaws.sagemaker.scope import Scope

Request = dict[str, Any]


class ModelOperations:
    """Models are immutable: created, read, deleted."""

    def __init__(
        self,
        *,
        models: Collection[ModelRecord],
        tags: Tags,
        artifacts: ArtifactStore,
        dependencies: Dependencies,
    ) -> None:
        self._models = models
        self._tags = tags
        self._artifacts = artifacts
        self._dependencies = dependencies

    def create(self, request: Request, scope: Scope) -> Request:
        tags = tag_rules.from_request(request)
        self._models.require_free(scope, request["ModelName"])
        model_rules.require_all(request, region=scope.region)
        record = ModelRecord(
            scope=scope,
            name=request["ModelName"],
            request={key: value for key, value in request.items() if key != "Tags"},
            created_at=self._dependencies.clock.now(),
        )
        # SageMaker looks at role and model data at once and refuses the Model ("Could not find model data at ...");
        # data that vanishes later fails the endpoint instead.
        self._dependencies.roles.require_assumable(record.role_arn)
        self._artifacts.require_readable(record)
        self._models.add(record)
        self._tags.put(record.arn, tags)
        return {"ModelArn": record.arn}

    def describe(self, request: Request, scope: Scope) -> Request:
        record = self._models.get(scope, request["ModelName"])
        return {
            "EnableNetworkIsolation": False,
            **record.request,
            "ModelArn": record.arn,
            "CreationTime": record.created_at,
        }

    def delete(self, request: Request, scope: Scope) -> Request:
        """AWS lets a Model go that an endpoint still serves: the endpoint keeps running what it downloaded."""
        record = self._models.get(scope, request["ModelName"])
        self._models.remove(record)
        self._tags.forget(record.arn)
        return {}

    def list_page(self, request: Request, scope: Scope) -> Request:
        page, next_token = listing.page_of(
            self._models.of(scope), request, name=lambda item: item.name, created=lambda item: item.created_at
        )
        models = [{"ModelName": item.name, "ModelArn": item.arn, "CreationTime": item.created_at} for item in page]
        return {"Models": models, **({"NextToken": next_token} if next_token else {})}
