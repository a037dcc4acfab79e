"""How an endpoint runs its model: on what, how many, what is recorded."""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.capacity.start_time import timeouts
from modelyard.catalog.naming import VARIANT_NAME
from modelyard.catalog.schema import AsyncEndpoint, Capture
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.notification_topics import NotificationTopics
from modelyard_constructs.served_model import ServedModel


class EndpointConfiguration(Resource):
    """A SageMaker EndpointConfig; like the Model it carries no name of ours, because it can only be replaced."""

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        plan: EndpointPlan,
        model: ServedModel,
        topics: NotificationTopics | None,
    ) -> None:
        properties: dict[str, Any] = {
            "ProductionVariants": [_variant(plan, model)],
            # AWS turns it on for configurations that do not say, and bills the metrics it scrapes.
            # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MetricsConfig.html
            "MetricsConfig": {"EnableDetailedObservability": plan.endpoint.detailed_observability},
            "Tags": plan.tags.listing("configuration"),
        }
        if plan.capture is not None:
            properties["DataCaptureConfig"] = _data_capture(plan.capture, plan)
        if isinstance(plan.endpoint, AsyncEndpoint):
            properties["AsyncInferenceConfig"] = _asynchronous(plan, plan.endpoint, topics)
        if plan.encrypts_volume:
            properties["KmsKeyId"] = plan.storage.key_arn
        super().__init__(scope, logical_id, type="AWS::SageMaker::EndpointConfig", properties=properties)

    @property
    def name(self) -> Reference:
        """The name that CloudFormation gave it."""
        return self.attribute("EndpointConfigName")


def _variant(plan: EndpointPlan, model: ServedModel) -> dict[str, Any]:
    variant: dict[str, Any] = {"VariantName": VARIANT_NAME, "ModelName": model.name, "InitialVariantWeight": 1}
    if plan.endpoint.kind == "serverless":
        started = plan.endpoint.serving
        serverless = {"MemorySizeInMB": started.memory_mb, "MaxConcurrency": started.max_concurrency}
        if started.provisioned_concurrency is not None:
            serverless["ProvisionedConcurrency"] = started.provisioned_concurrency
        return {**variant, "ServerlessConfig": serverless}
    serving = plan.endpoint.serving
    # A variant starts with at least one instance; an asynchronous one gives it back when its queue is empty.
    variant["InitialInstanceCount"] = max(plan.endpoint.scaling.instances.min, 1)
    startup_seconds, download_seconds = timeouts(plan.entry)
    variant["ContainerStartupHealthCheckTimeoutInSeconds"] = startup_seconds
    variant["ModelDataDownloadTimeoutInSeconds"] = download_seconds
    if len(serving.instances) == 1:
        variant["InstanceType"] = serving.instances[0]
    else:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-heterogeneous.html
        variant["InstancePools"] = [
            {"InstanceType": instance, "Priority": priority}
            for priority, instance in enumerate(serving.instances, start=1)
        ]
    if plan.endpoint.kind == "real-time":
        # Requests to a language model take from a second to a minute: chance piles them up on one instance. Unset, AWS
        # routes by chance. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantRoutingConfig.html
        variant["RoutingConfig"] = {"RoutingStrategy": plan.endpoint.routing.upper().replace("-", "_")}
    if plan.host_image is not None:
        variant["InferenceAmiVersion"] = plan.host_image
    if serving.volume_gib is not None:
        variant["VolumeSizeInGB"] = serving.volume_gib
    return variant


def _data_capture(capture: Capture, plan: EndpointPlan) -> dict[str, Any]:
    folder = f"{plan.raw_capture_folder}keep-{capture.keep_days}-days"
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": capture.sample_percent,
        # SageMaker appends <endpoint>/<variant>/yyyy/mm/dd/hh/.
        "DestinationS3Uri": f"s3://{plan.storage.capture_bucket}/{folder}",
        "KmsKeyId": plan.storage.key_arn,
        # Two options rather than InputAndOutput, which CreateEndpoint has refused (boto/boto3#3440).
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        # Everything not listed is stored as base64.
        # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
    }


def _asynchronous(plan: EndpointPlan, endpoint: AsyncEndpoint, topics: NotificationTopics | None) -> dict[str, Any]:
    output: dict[str, Any] = {
        "S3OutputPath": f"s3://{plan.storage.async_bucket}/{plan.output_prefix}",
        "S3FailurePath": f"s3://{plan.storage.async_bucket}/{plan.failure_prefix}",
        "KmsKeyId": plan.storage.key_arn,
    }
    if topics is not None:
        output["NotificationConfig"] = {"SuccessTopic": topics.success, "ErrorTopic": topics.error}
    return {
        "OutputConfig": output,
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": endpoint.queue.max_concurrent_per_instance},
    }
