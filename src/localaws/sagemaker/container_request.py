"""How SageMaker passes a request on to a variant's containers, and its words when they do not answer well."""

from collections.abc import Sequence

import httpx

from localaws.sagemaker.container import Container


def headers(
    *,
    content_type: str,
    accept: str,
    custom_attributes: str | None = None,
    inference_id: str | None = None,
    session_id: str | None = None,
    target_model: str | None = None,
    prefix_aware_id: str | None = None,
) -> dict[str, str]:
    """The headers a container sees; all others of the caller are stripped (API_runtime_InvokeEndpoint)."""
    optional = {
        "X-Amzn-SageMaker-Custom-Attributes": custom_attributes,
        "X-Amzn-SageMaker-Inference-Id": inference_id,
        "X-Amzn-SageMaker-Session-Id": session_id,
        "X-Amzn-SageMaker-Target-Model": target_model,
        "X-Amzn-SageMaker-Prefix-Aware-Id": prefix_aware_id,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    return {"Content-Type": content_type, "Accept": accept, **given}


def send(
    client: httpx.Client,
    containers: Sequence[Container],
    body: bytes,
    *,
    headers: dict[str, str],
    timeout_seconds: float,
) -> httpx.Response:
    """POST the body through the containers in order, each one's answer being the next one's request."""
    sent = dict(headers)
    for container in containers:
        response = client.post(f"{container.base_url}/invocations", content=body, headers=sent, timeout=timeout_seconds)
        if response.status_code >= 300:
            return response
        body = response.content
        sent["Content-Type"] = response.headers.get("content-type", sent["Content-Type"])
    return response


def refusal(status: int, text: str, *, which: str) -> str:
    """Wording as in aws/amazon-sagemaker-examples#785; `which` container: `primary`, or its name in a pipeline."""
    kind = "client" if 400 <= status < 500 else "server"
    return f'Received {kind} error ({status}) from {which} with message "{text}".'


def timed_out(which: str) -> str:
    """Wording of a request that took longer than SageMaker waits."""
    return (
        f'Received server error (0) from {which} with message "Your invocation timed out while waiting for a response '
        f"from container {which}. Review the latency metrics for each container in Amazon CloudWatch, resolve the "
        'issue, and try again.".'
    )


def no_answer(which: str, endpoint: str) -> str:
    """Wording as in aws/amazon-sagemaker-examples#2815."""
    return (
        f'Received server error (0) from {which} with message "Amazon SageMaker could not get a response from the '
        f"{endpoint} endpoint. This can occur when CPU or memory utilization is high. To check your utilization, see "
        'Amazon CloudWatch. To fix this problem, use an instance type with more CPU capacity or memory.".'
    )


def see_logs(*, region: str, endpoint: str, account: str) -> str:
    """The second sentence of a ModelError."""
    return (
        f"See https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group="
        f"/aws/sagemaker/Endpoints/{endpoint} in account {account} for more information."
    )
