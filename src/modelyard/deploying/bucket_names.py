"""The buckets that a foundation is about to make: whether their names are free, and still the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import bucket_name, parameter_name
from modelyard.shell.account import Account
from modelyard.shell.aws_failure import error_code
from modelyard.shell.failure import Failure

# Those that the foundation publishes; artifacts come first, without which there is no foundation.
PUBLISHED = ("artifacts", "capture", "async", "signals")
PURPOSES = ("access-logs", "artifacts", "capture", "async", "signals")


def deployed_buckets(ssm: Any, catalog: Catalog) -> dict[str, str]:
    """The buckets that the deployed foundation tells of, by purpose; none where there is no foundation."""
    found = {}
    for purpose in PUBLISHED:
        try:
            name = parameter_name(catalog.environment_name, f"{purpose}-bucket")
            found[purpose] = str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            if not found:
                break
    return found


def require_same_names(catalog: Catalog, deployed: Mapping[str, str]) -> None:
    """Refuse other names: buckets would be empty, and with another name_prefix endpoints would get other names too."""
    environment, name = catalog.environment, catalog.environment_name
    for purpose, bucket in deployed.items():
        wanted = bucket_name(name, environment, purpose)
        if bucket == wanted:
            continue
        if purpose in environment.bucket_names:
            raise Failure(
                f"environment {name} is deployed with bucket {bucket}, and bucket_names calls it {wanted}, which would "
                "be another bucket, with nothing of what lies in this one. Keep the name that is deployed "
                f"(bucket_names: {{{purpose}: {bucket}}}); for other names write a second environment file beside "
                f"environments/{name}.yaml, stage and deploy that one, move the callers, and then destroy this one"
            )
        raise Failure(
            f"environment {name} is deployed with bucket {bucket}, and name_prefix "
            f"{environment.name_prefix or '(none)'} would make {wanted}: weights would lie elsewhere and callers know "
            "the endpoints by their names. Keep the prefix that is deployed (and bucket_names, if it had any); for "
            "other names write a second environment file beside "
            f"environments/{name}.yaml, stage and deploy that one, move the callers, and then destroy this one"
        )


def require_free(account: Account, catalog: Catalog) -> None:
    """Refuse names that somebody else has; buckets of this account are taken over by the deployment."""
    for purpose in PURPOSES:
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
                "or bucket_names, which says them"
            )


def _head(s3: Any, bucket: str, **owner: str) -> str:
    """The status with which S3 answers."""
    try:
        s3.head_bucket(Bucket=bucket, **owner)
    except ClientError as error:
        return error_code(error)
    return "200"
