"""What is looked at before the CDK CLI starts: whatever would be lost or stuck afterwards is refused with the way."""

from __future__ import annotations

import sys

from botocore.exceptions import BotoCoreError, ClientError

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import FOUNDATION, stack_name
from modelyard.deploying.bucket_names import deployed_buckets, require_free, require_same_names
from modelyard.deploying.cdk_arguments import CdkArguments
from modelyard.deploying.environment_key import require_usable
from modelyard.deploying.protection import protecting_options
from modelyard.shell.account import Account
from modelyard.shell.failure import Failure

# Resources that were kept when their stack went are taken over where they still have their names.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
ADOPT = "--import-existing-resources"
_SAID = {ADOPT, "--no-import-existing-resources"}


def before(asked: CdkArguments, catalog: Catalog | None) -> list[str]:
    """Options to add for the CDK CLI; raises `Failure` where it must not start. No `catalog` is one nobody can read."""
    more: list[str] = []
    # With an app of its own the CDK deploys something else than the checkout's, or what was synthesised before.
    if catalog is not None and (asked.deploys or asked.destroys) and asked.value("-a", "--app") is None:
        more = _ask_aws(asked, catalog)
    by_change_set = asked.value("-m", "--method") != "direct" and not asked.has("--hotswap", "--hotswap-fallback")
    if asked.deploys and by_change_set and not any(word in _SAID for word in asked.words):
        more.append(ADOPT)
    return more


def _ask_aws(asked: CdkArguments, catalog: Catalog) -> list[str]:
    account = Account(catalog)
    try:
        if not account.is_own():
            # The CDK may still get there, by roles of the bootstrap that trust this account.
            print(f"not looked at before: the credentials are not account {account.id}'s own", file=sys.stderr)
            return []
        if asked.destroys:
            _before_destroying(asked, account, catalog)
            return []
        return protecting_options() if _before_deploying(account, catalog) else []
    except BotoCoreError:
        # No credentials, no network: the CLI says so as well, and in the words that people look up.
        return []
    except ClientError as error:
        print(f"not looked at before: {error}", file=sys.stderr)
        return []


def _before_deploying(account: Account, catalog: Catalog) -> bool:
    """Refuse what would fail or lose something; whether the foundation stands."""
    deployed = deployed_buckets(account.client("ssm"), catalog)
    if not deployed:
        require_free(account, catalog)
    else:
        require_same_names(catalog, deployed)
    key_arn = catalog.environment.kms_key_arn
    if key_arn is not None:
        warning = require_usable(account.client("kms"), key_arn, account=account.id, region=account.region)
        if warning is not None:
            print(f"warning: {warning}", file=sys.stderr)
    return bool(deployed)


def _before_destroying(asked: CdkArguments, account: Account, catalog: Catalog) -> None:
    """The CDK destroys whatever needs a stack before the stack itself: with the foundation, every endpoint."""
    if FOUNDATION not in asked.stacks({FOUNDATION}):
        return
    name = catalog.environment_name
    prefix = stack_name(name, "")
    pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
    # Another environment's names may begin alike: tags say whose a stack is, under the company's own key.
    tag = catalog.environment.tag_keys.get("llm:environment", "llm:environment")
    stacks = {
        one["StackName"]: one
        for page in pages
        for one in page["Stacks"]
        if one["StackName"].startswith(prefix) and {"Key": tag, "Value": name} in one.get("Tags", [])
    }
    foundation = stacks.pop(stack_name(name, FOUNDATION), None)
    endpoints = sorted(stack.removeprefix(prefix) for stack in stacks)
    if endpoints:
        raise Failure(
            f"the foundation of {name} holds what {len(endpoints)} deployed endpoints need, and the CDK would destroy "
            f"these with it: {', '.join(endpoints)}. Destroy them by name first: "
            f"`modelyard cdk destroy -c environment={name} {' '.join(endpoints)}`"
        )
    if foundation is not None and foundation.get("EnableTerminationProtection"):
        raise Failure(
            f"the foundation of {name} is protected against its end: deploy it with termination_protection: false in "
            f"environments/{name}.yaml first. Its buckets and its key stay, and a later deployment "
            "takes the buckets over"
        )
