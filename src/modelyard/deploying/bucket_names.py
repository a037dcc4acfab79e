"""The buckets that a foundation is about to make: whether their names are free, and still the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_args

from botocore.exceptions import ClientError

from modelyard.catalog.entry import Catalog
from modelyard.catalog.forms import BucketPurpose
from modelyard.catalog.naming import FOUNDATION, bucket_name, parameter_name, stack_name
from modelyard.deploying.deployed_template import deployed_template
from modelyard.shell.account import Account
from modelyard.shell.aws_failure import DENIED, error_code
from modelyard.shell.failure import Failure


def deployed_bucket(ssm: Any, catalog: Catalog) -> str | None:
    """The artifacts bucket of the foundation that is deployed; None where there is none."""
    try:
        name = parameter_name(catalog.environment_name, "artifacts-bucket")
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return None


def deployed_buckets(cloudformation: Any, catalog: Catalog) -> set[str]:
    """All buckets of the deployed foundation, as its template names them; none where nobody may read that."""
    name = stack_name(catalog.environment_name, FOUNDATION)
    try:
        template = deployed_template(cloudformation, name)
    except ClientError as error:
        if error_code(error) in (*DENIED, "ValidationError"):
            return set()
        raise
    buckets = [one for one in template.get("Resources", {}).values() if one.get("Type") == "AWS::S3::Bucket"]
    return {str(one["Properties"]["BucketName"]) for one in buckets}


def require_same_names(catalog: Catalog, deployed: str, others: Collection[str] = ()) -> None:
    """Refuse names of other buckets: the new ones would be empty. Another name_prefix renames endpoints too.

    `deployed` is the artifacts bucket, `others` are all that the foundation has.
    """
    environment, name = catalog.environment, catalog.environment_name
    wanted = bucket_name(name, environment, "artifacts")
    ours = {bucket_name(name, environment, purpose) for purpose in get_args(BucketPurpose)}
    left = sorted({deployed, *others} - ours) if deployed == wanted else [deployed]
    if not left:
        return
    if deployed == wanted or environment.bucket_names or not deployed.startswith("modelyard-"):
        raise Failure(
            f"environment {name} is deployed with bucket {left[0]}, and environments/{name}.yaml names its buckets "
            f"{', '.join(sorted(ours))}: what lies there would stay behind. Keep the names that are deployed "
            "(bucket_names); for others write a second environment file beside it, stage and deploy that one, move the "
            "callers, and then destroy this one"
        )
    raise Failure(
        f"environment {name} is deployed with bucket {deployed}, and name_prefix "
        f"{environment.name_prefix or '(none)'} would make {wanted}: weights would lie elsewhere and callers know the "
        f"endpoints by their names. Keep the prefix that is deployed; for other names write a second environment file "
        f"beside environments/{name}.yaml, stage and deploy that one, move the callers, and then destroy this one"
    )


def require_free(account: Account, catalog: Catalog) -> None:
    """Refuse names that somebody else has; buckets of this account are taken over by the deployment."""
    for purpose in get_args(BucketPurpose):
        name = bucket_name(catalog.environment_name, catalog.environment, purpose)
        code = _head(account.client("s3"), name, ExpectedBucketOwner=catalog.environment.account)
        if code == "403":
            # So says S3 too where the caller may look at no bucket. Asked by nobody, it tells what is there.
            code = "404" if _head(account.client("s3", signed=False), name) == "404" else code
        if code in ("301", "403"):
            somebody = "in another region" if code == "301" else "in an account that you cannot look into"
            raise Failure(
                f"the foundation cannot make bucket {name}: it exists already, {somebody}. Bucket names are one "
                f"for all of AWS: set name_prefix in environments/{catalog.environment_name}.yaml, which changes them, "
                "or bucket_names"
            )


def _head(s3: Any, bucket: str, **owner: str) -> str:
    """The status with which S3 answers."""
    try:
        s3.head_bucket(Bucket=bucket, **owner)
    except ClientError as error:
        return error_code(error)
    return "200"
