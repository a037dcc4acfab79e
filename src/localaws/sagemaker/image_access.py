"""Whether an execution role may pull a Model's images, asked of IAM's own policy simulator.

The images themselves are never pulled, so that an image exists is not checked; that the role could pull it is, because
a forgotten grant is what fails the first deployment on AWS.
"""

import re

from botocore.exceptions import ClientError

from localaws.sagemaker.dependencies import ServiceClient
from localaws.sagemaker.deployment_error import DeploymentFailed
from localaws.sagemaker.records import ModelRecord

ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)([:@].+)?"
)
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, "CreateModel API: Execution Role Permissions".
_ON_REPOSITORY = ("BatchGetImage", "GetDownloadUrlForLayer", "BatchCheckLayerAvailability")
_ON_REGISTRY = ("GetAuthorizationToken",)


def require_pullable(model: ModelRecord, image: str, *, service_client: ServiceClient) -> None:
    """Raise DeploymentFailed in SageMaker's words when the role lacks a permission to pull the image from ECR."""
    match = ECR_IMAGE.fullmatch(image)
    if match is None:
        return  # a private registry inside the VPC, which IAM knows nothing of
    repository = (
        f"arn:{model.scope.partition}:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"
    )
    for actions, resource in ((_ON_REPOSITORY, repository), (_ON_REGISTRY, "*")):
        for action in actions:
            if not _is_allowed(model, action, resource, service_client):
                # Wording: aws/sagemaker-python-sdk#2002.
                raise DeploymentFailed(
                    f"The role '{model.role_arn}' does not have {action} permission for the image: '{image}'."
                )


def _is_allowed(model: ModelRecord, action: str, resource: str, service_client: ServiceClient) -> bool:
    # MiniStack's simulator finds a role by its bare name; a path in the ARN would hide the role's policies.
    account, name = model.role_arn.split(":")[4], model.role_arn.rsplit("/", 1)[-1]
    try:
        answer = service_client("iam", model.scope).simulate_principal_policy(
            PolicySourceArn=f"arn:{model.scope.partition}:iam::{account}:role/{name}",
            ActionNames=[f"ecr:{action}"],
            ResourceArns=[resource],
        )
    except ClientError as error:
        raise DeploymentFailed(f"The permissions of role '{model.role_arn}' could not be read: {error}") from error
    return bool(answer["EvaluationResults"][0]["EvalDecision"] == "allowed")
