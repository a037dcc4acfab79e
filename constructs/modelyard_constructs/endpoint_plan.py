"""One entry in one environment with everything that its constructs ask about it, decided once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import host_image, instances_of, serving_image
from modelyard.catalog import naming
from modelyard.catalog.entry import AnyEndpoint, Entry
from modelyard.catalog.images import Image
from modelyard.catalog.schema import Capture, Network, Rollout
from modelyard_constructs.shared_storage import SharedStorage
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target


@dataclass(frozen=True)
class EndpointPlan:
    """What is to be built. Prefixes are keys below a bucket and end in a slash."""

    entry: Entry
    target: Target

    @property
    def endpoint(self) -> AnyEndpoint:
        """What the entry says."""
        return self.entry.endpoint

    @property
    def endpoint_name(self) -> str:
        """The name that callers use, stable for ever."""
        return self.entry.endpoint_name

    @cached_property
    def storage(self) -> SharedStorage:
        """The environment's buckets and key."""
        return SharedStorage.of(self.target)

    @cached_property
    def tags(self) -> TagSet:
        """The tags of all that belongs to the entry."""
        return TagSet.of_entry(
            self.entry, environment_name=self.target.environment_name, environment=self.target.environment
        )

    @cached_property
    def image(self) -> Image:
        """The container's image."""
        return serving_image(self.entry, self.target.environment)

    @property
    def host_image(self) -> str | None:
        """The InferenceAmiVersion that carries the container's drivers."""
        return host_image(self.entry, self.image)

    @property
    def network(self) -> Network | None:
        """The environment's network where the kind can run in one: serverless endpoints cannot.

        https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html (feature exclusions)
        """
        return None if self.endpoint.kind == "serverless" else self.target.environment.network

    @property
    def isolated(self) -> bool:
        """Whether the container gets no network of its own; AWS offers serverless endpoints no isolation either."""
        return self.endpoint.kind != "serverless" and self.target.environment.isolates

    @property
    def can_capture(self) -> bool:
        """Whether the kind can record what it is asked, whatever the entry says: serverless endpoints cannot.

        https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html (feature exclusions)
        """
        return self.endpoint.kind != "serverless"

    @property
    def capture(self) -> Capture | None:
        """What is recorded."""
        return None if self.endpoint.kind == "serverless" else self.endpoint.capture

    @property
    def rollout(self) -> Rollout | None:
        """How a new version takes over; None leaves it to AWS, as it is for serverless endpoints."""
        return None if self.endpoint.kind == "serverless" else self.endpoint.rollout

    @cached_property
    def encrypts_volume(self) -> bool:
        """Whether the instances have a volume that the key can encrypt.

        Not with serverless, and not as soon as one type brings its own NVMe disk: CreateEndpointConfig refuses a key
        (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html, KmsKeyId).
        """
        types = [instance(name) for name in instances_of(self.endpoint)]
        return bool(types) and all(found is not None and not found.has_local_nvme for found in types)

    @property
    def artifacts_prefix(self) -> str:
        """Where the weights lie in the artifacts bucket."""
        return naming.artifacts_prefix(self.entry)

    @property
    def capture_prefix(self) -> str | None:
        """Where people find recorded requests in the capture bucket."""
        return naming.capture_prefix(self.entry, self.capture.keep_days) if self.capture else None

    @property
    def raw_capture_folder(self) -> str:
        """What stands before that prefix where SageMaker writes: nothing where no processor makes a copy."""
        if self.capture is None or self.target.environment.signals is None:
            return ""
        return naming.raw_capture_folder(redact=self.capture.redact)

    @property
    def input_prefix(self) -> str:
        """Where callers put asynchronous requests."""
        return f"{self.endpoint_name}/input/"

    @property
    def output_prefix(self) -> str:
        """Where asynchronous answers arrive."""
        return f"{self.endpoint_name}/output/"

    @property
    def failure_prefix(self) -> str:
        """Where the reasons of failed asynchronous requests arrive."""
        return f"{self.endpoint_name}/failure/"
