"""What is bound to a serving endpoint besides its processes."""

from typing import Protocol

from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.fleet import Fleet


class Attachments(Protocol):
    """What is bound to a serving endpoint besides its processes (the asynchronous queue): opened, then closed."""

    def require_deployable(self, endpoint: Endpoint, fleet: Fleet) -> None:
        """Raise DeploymentFailed when the fleet must not go into service."""
        ...

    def opened(self, endpoint: Endpoint) -> None:
        """The endpoint went into service or got a new fleet."""
        ...

    def closed(self, endpoint: Endpoint) -> None:
        """The endpoint is being deleted."""
        ...
