"""The resources that exist, per account and region, and their tags."""

import threading
from typing import Generic, Protocol, TypeVar

from localaws.sagemaker import refusals
from localaws.sagemaker.records import EndpointConfigRecord, ModelRecord
from localaws.sagemaker.scope import Scope


class _Named(Protocol):
    @property
    def scope(self) -> Scope: ...
    @property
    def name(self) -> str: ...
    @property
    def arn(self) -> str: ...


_Resource = TypeVar("_Resource", bound=_Named)


class Collection(Generic[_Resource]):
    """All resources of one kind. Names are unique without regard to case, and found by their exact case.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html, EndpointName: "The name is
    case-insensitive in CreateEndpoint, but the case is preserved and must be matched in InvokeEndpoint".
    """

    def __init__(self, what: str, kind: str) -> None:
        self._what = what
        self._kind = kind
        self._resources: dict[tuple[Scope, str], _Resource] = {}
        self._lock = threading.Lock()

    def add(self, resource: _Resource) -> None:
        """Keep a new resource; `AwsError` when its name is taken."""
        key = (resource.scope, resource.name.lower())
        with self._lock:
            if key in self._resources:
                raise refusals.already_exists(self._what, self._resources[key].arn)
            self._resources[key] = resource

    def require_free(self, scope: Scope, name: str) -> None:
        """Raise `AwsError` when the name is taken, before anything costly is done for it."""
        with self._lock:
            taken = self._resources.get((scope, name.lower()))
        if taken is not None:
            raise refusals.already_exists(self._what, taken.arn)

    def get(self, scope: Scope, name: str) -> _Resource:
        """The resource of that name; `AwsError` when there is none."""
        found = self.find(scope, name)
        if found is None:
            raise refusals.not_found(self._what, scope.arn(self._kind, name))
        return found

    def find(self, scope: Scope, name: str) -> _Resource | None:
        """The resource of that name, or None."""
        with self._lock:
            found = self._resources.get((scope, name.lower()))
        return found if found is not None and found.name == name else None

    def remove(self, resource: _Resource) -> None:
        """Forget a resource; nothing happens when it is gone already."""
        with self._lock:
            key = (resource.scope, resource.name.lower())
            if self._resources.get(key) is resource:
                del self._resources[key]

    def of(self, scope: Scope) -> list[_Resource]:
        """Every resource of an account and region."""
        with self._lock:
            return [resource for (owner, _), resource in self._resources.items() if owner == scope]

    def everywhere(self) -> list[_Resource]:
        """Every resource of every account and region."""
        with self._lock:
            return list(self._resources.values())


class Tags:
    """Tags by resource ARN."""

    def __init__(self) -> None:
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def of(self, arn: str) -> dict[str, str]:
        with self._lock:
            return dict(self._tags.get(arn, {}))

    def put(self, arn: str, tags: dict[str, str]) -> dict[str, str]:
        """Add or overwrite tags; answers all tags the resource then has."""
        with self._lock:
            self._tags[arn] = {**self._tags.get(arn, {}), **tags}
            return dict(self._tags[arn])

    def remove(self, arn: str, keys: list[str]) -> None:
        with self._lock:
            for key in keys:
                self._tags.get(arn, {}).pop(key, None)

    def forget(self, arn: str) -> None:
        """The resource is deleted, and its tags with it."""
        with self._lock:
            self._tags.pop(arn, None)


def new_model_collection() -> Collection[ModelRecord]:
    return Collection(refusals.MODEL, "model")


def new_endpoint_config_collection() -> Collection[EndpointConfigRecord]:
    return Collection(refusals.ENDPOINT_CONFIG, "endpoint-config")
