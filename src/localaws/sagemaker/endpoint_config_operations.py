"""CreateEndpointConfig, DescribeEndpointConfig, DeleteEndpointConfig, ListEndpointConfigs."""

from typing import Any

from localaws.sagemaker import listing
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.hard_rules import endpoint_config_rules, tag_rules
from localaws.sagemaker.records import EndpointConfigRecord, ModelRecord, named_models
from localaws.sagemaker.registry import Collection, Tags
from localaws.sagemaker.scope import Scope

Request = dict[str, Any]


class EndpointConfigOperations:
    """EndpointConfigs are immutable: created, read, deleted."""

    def __init__(
        self,
        *,
        configs: Collection[EndpointConfigRecord],
        models: Collection[ModelRecord],
        tags: Tags,
        dependencies: Dependencies,
    ) -> None:
        self._configs = configs
        self._models = models
        self._tags = tags
        self._dependencies = dependencies

    def create(self, request: Request, scope: Scope) -> Request:
        tags = tag_rules.from_request(request)
        self._configs.require_free(scope, request["EndpointConfigName"])
        models = {
            name: self._models.get(scope, name)
            for variant in [*request["ProductionVariants"], *request.get("ShadowProductionVariants", ())]
            for name in sorted(named_models(variant))
        }
        endpoint_config_rules.require_all(request, scope=scope, models=models)
        if "ExecutionRoleArn" in request:
            self._dependencies.roles.require_assumable(request["ExecutionRoleArn"])
        record = EndpointConfigRecord(
            scope=scope,
            name=request["EndpointConfigName"],
            request={key: value for key, value in request.items() if key != "Tags"},
            created_at=self._dependencies.clock.now(),
        )
        self._configs.add(record)
        self._tags.put(record.arn, tags)
        return {"EndpointConfigArn": record.arn}

    def describe(self, request: Request, scope: Scope) -> Request:
        record = self._configs.get(scope, request["EndpointConfigName"])
        return {**record.request, "EndpointConfigArn": record.arn, "CreationTime": record.created_at}

    def delete(self, request: Request, scope: Scope) -> Request:
        """AWS documents "must not delete an EndpointConfig in use" and enforces nothing: the deletion succeeds, and the
        endpoint can no longer be updated, because UpdateEndpoint looks its old configuration up
        (hashicorp/terraform-provider-aws#40048)."""
        record = self._configs.get(scope, request["EndpointConfigName"])
        self._configs.remove(record)
        self._tags.forget(record.arn)
        return {}

    def list_page(self, request: Request, scope: Scope) -> Request:
        page, next_token = listing.page_of(
            self._configs.of(scope), request, name=lambda item: item.name, created=lambda item: item.created_at
        )
        configs = [
            {"EndpointConfigName": item.name, "EndpointConfigArn": item.arn, "CreationTime": item.created_at}
            for item in page
        ]
        return {"EndpointConfigs": configs, **({"NextToken": next_token} if next_token else {})}
