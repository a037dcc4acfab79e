"""Make embedded SageMaker out of what the rest of embedded AWS offers it."""

import threading
from collections.abc import Callable
from typing import Any

from botocore.credentials import Credentials

from localaws.admin_keys import AdminKeys
from localaws.alarms.state import is_alarming
from localaws.boto_clients import make_client
from localaws.composition import SageMakerParts, Surroundings
from localaws.quota_file import read_quotas
from localaws.sagemaker.control_plane import control_plane_app
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.images import DEFAULT_TABLE, ImageTable
from localaws.sagemaker.quotas import Quotas
from localaws.sagemaker.runtime import runtime_app
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.service import SageMakerService


class ServiceClients:
    """boto3 clients with which SageMaker acts as itself, for example to write an endpoint's metrics and logs."""

    def __init__(self, *, endpoint_url: str, keys: AdminKeys) -> None:
        self._endpoint_url = endpoint_url
        self._keys = keys
        self._clients: dict[tuple[str, Scope], Any] = {}
        self._lock = threading.Lock()

    def __call__(self, service_name: str, scope: Scope) -> Any:
        """The client of a service in an account and region, made once."""
        with self._lock:
            key = (service_name, scope)
            if key not in self._clients:
                self._clients[key] = make_client(
                    service_name,
                    endpoint_url=self._endpoint_url,
                    region=scope.region,
                    credentials=Credentials(self._keys.access_key_id, self._keys.secret_access_key),
                )
            return self._clients[key]


class ScaledSageMaker(SageMakerService):
    """SageMaker whose deleted endpoints scale no more: DeleteEndpoint deregisters their variants, as on AWS."""

    def __init__(self, dependencies: Dependencies, *, forget_endpoint: Callable[..., None]) -> None:
        super().__init__(dependencies)
        self._forget_endpoint = forget_endpoint

    def call(self, operation: str, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
        answer = super().call(operation, request, region=region, account=account)
        if operation == "DeleteEndpoint":
            self._forget_endpoint(account=account, region=region, endpoint=request["EndpointName"])
        return answer


def make_sagemaker(surroundings: Surroundings) -> SageMakerParts:
    """The real service, with its HTTP faces."""
    settings = surroundings.settings
    dependencies = Dependencies(
        clock=surroundings.clock,
        roles=surroundings.roles,
        service_client=ServiceClients(endpoint_url=surroundings.endpoint_url, keys=settings.keys),
        state_dir=settings.state_dir / "sagemaker",
        images=ImageTable(settings.images or DEFAULT_TABLE),
        quotas=Quotas() if settings.quotas is None else read_quotas(settings.quotas),
        container_variables=surroundings.credentials.variables,
        is_autoscaled=lambda scope, endpoint, variant: surroundings.scaling().is_registered(
            account=scope.account, region=scope.region, endpoint=endpoint, variant=variant
        ),
        is_alarming=lambda scope, alarm: is_alarming(alarm, account=scope.account, region=scope.region),
    )
    service = ScaledSageMaker(
        dependencies, forget_endpoint=lambda **endpoint: surroundings.scaling().forget_endpoint(**endpoint)
    )
    return SageMakerParts(
        service=service,
        control_plane=control_plane_app(service),
        runtime=runtime_app(service),
        quotas=dependencies.quotas,
        close=service.close,
    )
