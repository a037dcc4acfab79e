"""What the environment's foundation stack tells the commands: it writes names into SSM parameters."""

from __future__ import annotations

from botocore.exceptions import ClientError

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import FOUNDATION, parameter_name
from modelyard.shell.account import Account
from modelyard.shell.aws_failure import error_code
from modelyard.shell.failure import Failure

ARTIFACTS_BUCKET = "artifacts-bucket"
ASYNC_BUCKET = "async-bucket"
KEY_ARN = "key-arn"


def published(account: Account, catalog: Catalog, what: str) -> str:
    """A value that the foundation published, such as the name of the artifacts bucket."""
    name = parameter_name(catalog.environment_name, what)
    try:
        return str(account.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        raise Failure(
            f"the foundation of environment {catalog.environment_name} is not deployed in {account.region} "
            f"(no SSM parameter {name}): "
            f"run `modelyard cdk deploy -c environment={catalog.environment_name} {FOUNDATION}` first"
        ) from error
