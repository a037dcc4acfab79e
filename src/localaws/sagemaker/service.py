"""Embedded SageMaker hosting: the operations of the control plane, and what the runtime needs of it."""

from collections.abc import Callable
from typing import Any

from localaws.errors import AwsError
from localaws.sagemaker import refusals, service_model
from localaws.sagemaker.artifacts import ArtifactStore
from localaws.sagemaker.async_queues import AsyncQueues
from localaws.sagemaker.data_capture import DataCapture
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.endpoint_config_operations import EndpointConfigOperations
from localaws.sagemaker.endpoint_operations import EndpointOperations
from localaws.sagemaker.invocation_metrics import InvocationMetrics
from localaws.sagemaker.lifecycle import EndpointLifecycle
from localaws.sagemaker.model_operations import ModelOperations
from localaws.sagemaker.registry import (
    Collection,
    Tags,
    new_endpoint_config_collection,
    new_model_collection,
)
from localaws.sagemaker.request_validation import require_valid
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.tag_operations import TagOperations

Operation = Callable[[dict[str, Any], Scope], dict[str, Any]]


class SageMakerService:
    """The service; `close` ends every container and writes out what is buffered."""

    def __init__(self, dependencies: Dependencies) -> None:
        self.dependencies = dependencies
        self.endpoints: Collection[Endpoint] = Collection(refusals.ENDPOINT, "endpoint")
        models, configs, tags = new_model_collection(), new_endpoint_config_collection(), Tags()
        artifacts = ArtifactStore(folder=dependencies.state_dir / "artifacts", roles=dependencies.roles)
        self.metrics = InvocationMetrics(dependencies)
        self.capture = DataCapture(dependencies)
        self.async_queues = AsyncQueues(dependencies=dependencies, metrics=self.metrics)
        self._lifecycle = EndpointLifecycle(
            endpoints=self.endpoints,
            artifacts=artifacts,
            dependencies=dependencies,
            attachments=self.async_queues,
        )
        model = ModelOperations(models=models, tags=tags, artifacts=artifacts, dependencies=dependencies)
        config = EndpointConfigOperations(configs=configs, models=models, tags=tags, dependencies=dependencies)
        endpoint = EndpointOperations(
            endpoints=self.endpoints,
            configs=configs,
            models=models,
            tags=tags,
            lifecycle=self._lifecycle,
            dependencies=dependencies,
        )
        tag = TagOperations(
            tags=tags, collections={"model": models, "endpoint-config": configs, "endpoint": self.endpoints}
        )
        self._operations: dict[str, Operation] = {
            "AddTags": tag.add,
            "CreateEndpoint": endpoint.create,
            "CreateEndpointConfig": config.create,
            "CreateModel": model.create,
            "DeleteEndpoint": endpoint.delete,
            "DeleteEndpointConfig": config.delete,
            "DeleteModel": model.delete,
            "DeleteTags": tag.delete,
            "DescribeEndpoint": endpoint.describe,
            "DescribeEndpointConfig": config.describe,
            "DescribeModel": model.describe,
            "ListEndpointConfigs": config.list_page,
            "ListEndpoints": endpoint.list_page,
            "ListModels": model.list_page,
            "ListTags": tag.list_page,
            "UpdateEndpoint": endpoint.update,
            "UpdateEndpointWeightsAndCapacities": endpoint.update_weights_and_capacities,
        }

    def call(self, operation: str, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
        """Answer one API operation; raises `AwsError` with AWS's code and words for what AWS refuses."""
        handler = self._operations.get(operation)
        if handler is None:
            raise AwsError(
                "UnknownOperationException",
                f"embedded SageMaker does not know the operation {operation}; it knows "
                f"{', '.join(sorted(self._operations))}",
            )
        require_valid(service_model.load("sagemaker"), operation, request)
        return handler(request, Scope(account=account, region=region))

    def close(self) -> None:
        """End every process, then write out captured data and metrics."""
        self._lifecycle.close()
        self.capture.close()
        self.metrics.close()
