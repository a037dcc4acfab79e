"""The buckets that a foundation is about to make: whether their names are free, and still the same."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from catalog.entry import Catalog
from catalog.naming import bucket_name, parameter_name
from cli.aws_failure import error_code
from cli.failure import Failure

PURPOSES = ("access-logs", "artifacts", "capture", "async", "signals")


def deployed_bucket(ssm: Any, catalog: Catalog) -> str | None:
    """The artifacts bucket of the foundation that is deployed; None where there is none."""
    try:
        name = parameter_name(catalog.environment_name, "artifacts-bucket")
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return None


def require_same_names(catalog: Catalog, deployed: str) -> None:
    """Refuse another name_prefix: endpoints would get other names, and empty buckets."""
    environment, name = catalog.environment, catalog.environment_name
    wanted = bucket_name(name, environment, "artifacts")
    if deployed == wanted:
        return
    raise Failure(
        f"environment {name} is deployed with bucket {deployed}, and name_prefix "
        f"{environment.name_prefix or '(none)'} would make {wanted}: weights would lie elsewhere and callers know the "
        f"endpoints by their names. Keep the prefix that is deployed; for other names write a second environment file "
        f"beside environments/{name}.yaml, stage and deploy that one, move the callers, and then destroy this one"
    )


def require_free(s3: Any, catalog: Catalog) -> None:
    """Refuse names that somebody else has; buckets of this account are taken over by the deployment."""
    for purpose in PURPOSES:
        name = bucket_name(catalog.environment_name, catalog.environment, purpose)
        try:
            s3.head_bucket(Bucket=name, ExpectedBucketOwner=catalog.environment.account)
        except ClientError as error:
            code = error_code(error)
            if code == "404":
                continue
            if code in ("403", "301"):
                where = (
                    "in another region" if code == "301" else "and belongs to another account, or you may not see it"
                )
                raise Failure(
                    f"the foundation cannot make bucket {name}: it exists already, {where}. Bucket names are one for "
                    f"all of AWS: set name_prefix in environments/{catalog.environment_name}.yaml, which changes them"
                ) from error
            raise
