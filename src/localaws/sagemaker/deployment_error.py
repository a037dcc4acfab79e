"""Why a deployment did not come up."""


class DeploymentFailed(Exception):
    """A variant could not be brought into service; the text is what DescribeEndpoint gives as FailureReason."""


class DeploymentAborted(Exception):
    """The endpoint is being deleted or embedded AWS shuts down: nobody will read a reason."""
