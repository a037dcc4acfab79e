"""The queues of all asynchronous endpoints."""

import threading

from botocore.exceptions import BotoCoreError, ClientError

from localaws.errors import AwsError
from localaws.sagemaker import async_notification
from localaws.sagemaker.async_queue import AsyncQueue
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.deployment_error import DeploymentFailed
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.fleet import Fleet
from localaws.sagemaker.invocation_metrics import InvocationMetrics


class AsyncQueues:
    """Opens a queue when an asynchronous endpoint goes into service and closes it with the endpoint."""

    def __init__(self, *, dependencies: Dependencies, metrics: InvocationMetrics) -> None:
        self._dependencies = dependencies
        self._metrics = metrics
        self._queues: dict[Endpoint, AsyncQueue] = {}
        self._lock = threading.Lock()

    def of(self, endpoint: Endpoint) -> AsyncQueue | None:
        """The endpoint's queue, None when it is not asynchronous."""
        with self._lock:
            return self._queues.get(endpoint)

    def require_deployable(self, endpoint: Endpoint, fleet: Fleet) -> None:
        """Publish the test notification; DeploymentFailed when the role may not or a topic is missing."""
        notification = (fleet.config.async_config or {}).get("OutputConfig", {}).get("NotificationConfig", {})
        model = fleet.variants[0].model
        for member in ("SuccessTopic", "ErrorTopic"):
            topic = notification.get(member)
            if topic is None or model is None:
                continue
            try:
                sns = self._dependencies.roles.clients(model.role_arn, region=endpoint.scope.region).client("sns")
                sns.publish(TopicArn=topic, Message=async_notification.test_message())
            except (AwsError, ClientError, BotoCoreError) as error:
                raise DeploymentFailed(
                    f"Failed to publish a test notification to {member} {topic}. Please ensure that the topic exists "
                    f"and that the role {model.role_arn} has permissions to publish to it. ({error})"
                ) from error

    def opened(self, endpoint: Endpoint) -> None:
        """The endpoint went into service, got a new fleet or was scaled."""
        is_async = endpoint.config.async_config is not None
        with self._lock:
            queue = self._queues.get(endpoint)
            if is_async and queue is None:
                self._queues[endpoint] = AsyncQueue(
                    endpoint=endpoint, dependencies=self._dependencies, metrics=self._metrics
                )
            elif not is_async and queue is not None:
                del self._queues[endpoint]
        if queue is not None:
            if is_async:
                queue.look_again()
            else:
                queue.close()

    def closed(self, endpoint: Endpoint) -> None:
        """The endpoint is being deleted."""
        with self._lock:
            queue = self._queues.pop(endpoint, None)
        if queue is not None:
            queue.close()
