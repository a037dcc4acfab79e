"""Endpoints that exist without a stack of ours: their names are taken, and a deployment of their entries would fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from modelyard.catalog.entry import Catalog, Entry
from modelyard.shell.aws_failure import DENIED, error_code
from modelyard.shell.failure import Failure

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
_MADE_BY = "aws:cloudformation:stack-name"


def require_absent(sagemaker: Any, catalog: Catalog, entries: Iterable[Entry]) -> None:
    """Refuse entries without a stack whose endpoints exist all the same, as in a stack of a company's own.

    Who may not look is not kept from deploying: CloudFormation refuses it as well, only later.
    """
    wanted = {entry.endpoint_name: entry for entry in entries}
    if not wanted:
        return
    try:
        pages = sagemaker.get_paginator("list_endpoints").paginate()
        existing = {one["EndpointName"]: one["EndpointArn"] for page in pages for one in page["Endpoints"]}
        taken = sorted(wanted.keys() & existing.keys())
        if not taken:
            return
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=existing[taken[0]])["Tags"]}
    except ClientError as error:
        if error_code(error) not in DENIED:
            raise
        return
    except BotoCoreError:
        return
    whose = f"stack {tags[_MADE_BY]}" if _MADE_BY in tags else "something else than a stack of this environment"
    more = f" (and {len(taken) - 1} more of those that are named)" if len(taken) > 1 else ""
    raise Failure(
        f"endpoint {taken[0]}{more} exists already in {catalog.environment.account} {catalog.environment.region}, made "
        f"by {whose}: an endpoint's name is fixed and an account has it once. Leave {wanted[taken[0]].name} where it "
        "is and name the other stacks, or delete it there first"
    )
