"""What is kept of a synchronous request: CloudWatch metrics and captured data."""

import time

import httpx

from localaws.sagemaker.data_capture import Exchange
from localaws.sagemaker.invocation_metrics import COUNT, MICROSECONDS, NAMESPACE
from localaws.sagemaker.loaded_models import LoadedModels, LoadTimes
from localaws.sagemaker.runtime_request import RuntimeRequest
from localaws.sagemaker.service import SageMakerService
from localaws.sagemaker.target import Target


class InvocationRecord:
    """The record of one request; `began` (time.monotonic) is the moment it was made."""

    def __init__(self, *, service: SageMakerService, target: Target, request: RuntimeRequest) -> None:
        self._service = service
        self._target = target
        self._request = request
        self.began = time.monotonic()
        self._at = service.dependencies.clock.now()

    def publish(self, status: int, *, model_seconds: float) -> None:
        """The metrics of an answered request; each error metric gets a 0 for a request without that error."""
        total_seconds = time.monotonic() - self.began
        self.count("Invocations", 1, COUNT)
        self.count("InvocationsPerInstance", 1 / max(self._target.variant.current_count, 1), COUNT)
        self.count("Invocation4XXErrors", int(400 <= status < 500), COUNT)
        self.count("Invocation5XXErrors", int(status >= 500), COUNT)
        self.count("InvocationModelErrors", int(status >= 300), COUNT)
        self.count("ModelLatency", model_seconds * 1e6, MICROSECONDS)
        self.count("OverheadLatency", (total_seconds - model_seconds) * 1e6, MICROSECONDS)

    def publish_loading(self, models: LoadedModels, times: LoadTimes) -> None:
        """The metrics of a multi-model request: was the model there, and what did it cost to have it there."""
        self.count("ModelCacheHit", int(times.was_loaded), "None")
        if not times.was_loaded:
            waited = times.download_seconds + times.load_seconds + times.unload_seconds
            self.count("ModelLoadingWaitTime", waited * 1e6, MICROSECONDS)
            self.count("ModelDownloadingTime", times.download_seconds * 1e6, MICROSECONDS)
            self.count("ModelLoadingTime", times.load_seconds * 1e6, MICROSECONDS)
            if times.unload_seconds:
                self.count("ModelUnloadingTime", times.unload_seconds * 1e6, MICROSECONDS)
        self.count("LoadedModelCount", models.count, "None", namespace="/aws/sagemaker/Endpoints")

    def count(self, name: str, value: float, unit: str, *, namespace: str = NAMESPACE) -> None:
        """Note one value under the dimensions of the variant."""
        endpoint = self._target.endpoint
        for dimensions in endpoint.dimensions_of(self._target.variant):
            self._service.metrics.add(endpoint.scope, name, value, unit, dimensions, namespace=namespace)

    def capture(self, response: httpx.Response) -> None:
        """Data capture is documented for real-time endpoints that are not streamed; multi-model ones are left out."""
        config = self._target.fleet.data_capture
        variant = self._target.variant
        if config is None or variant.model is None or variant.loaded_models is not None:
            return
        self._service.capture.add(
            config,
            Exchange(
                input_type=self._request.content_type,
                input_body=self._request.body,
                output_type=response.headers.get("content-type", "application/octet-stream"),
                output_body=response.content,
                inference_id=self._request.text("InferenceId"),
                custom_attributes=self._request.text("CustomAttributes"),
                at=self._at,
            ),
            scope=self._target.endpoint.scope,
            endpoint=self._target.endpoint.name,
            variant=variant.name,
            role_arn=variant.model.role_arn,
        )
