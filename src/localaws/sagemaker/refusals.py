"""SageMaker's standing refusals: the same few sentences with which every operation says no.

Wordings as SageMaker's API answers them (seen in public reports: aws/sagemaker-python-sdk#101 and #2339,
hashicorp/terraform-provider-aws#40048, aws/amazon-sagemaker-examples#307 and #293).
"""

from localaws.errors import AwsError

ENDPOINT = "endpoint"
ENDPOINT_CONFIG = "endpoint configuration"
MODEL = "model"


def invalid(message: str) -> AwsError:
    """A request that breaks a rule which the service model cannot express."""
    return AwsError("ValidationException", message)


def already_exists(what: str, arn: str) -> AwsError:
    """A name that is taken."""
    return invalid(f'Cannot create already existing {what} "{arn}".')


def not_found(what: str, arn: str) -> AwsError:
    """A name that nothing bears."""
    return invalid(f'Could not find {what} "{arn}".')


def in_progress(arn: str) -> AwsError:
    """An endpoint that is being created, updated or deleted accepts no other change, deletion included."""
    return invalid(f'Cannot update in-progress endpoint "{arn}".')


def limit_exceeded(*, limit: str, allowed: int, in_use: int, requested: int, unit: str) -> AwsError:
    """A quota of the account that the request would exceed."""
    return AwsError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{limit}' is {allowed} {unit}, with current utilization of {in_use} {unit} "
        f"and a request delta of {requested} {unit}. Please use AWS Service Quotas to request an increase for this "
        "quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.",
    )
