"""What `modelyard cdk deploy` looks at before the CDK CLI deploys: whose stacks these are, and the foundation.

The CDK deploys what a stack depends on as well, so a model team's deployment from an old checkout would take from the
foundation what it does not know yet: a stream, a table, a bucket's policy. Endpoints are therefore deployed by
themselves, and a foundation that stands is changed by who says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from modelyard.catalog.entry import Catalog
from modelyard.catalog.loader import load
from modelyard.catalog.naming import CATALOG_NAME, FOUNDATION, stack_name
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.schema import KINDS
from modelyard.deploying.before_deploying import before
from modelyard.deploying.cdk_arguments import CHANGE_FOUNDATION, FORMER_CATALOG, ONLY, CdkArguments, joined
from modelyard.deploying.deployed_template import deployed_template
from modelyard.deploying.endpoints_elsewhere import require_absent
from modelyard.planning.replacements import ONE_WAY
from modelyard.shell.account import Account
from modelyard.shell.aws_failure import DENIED, error_code
from modelyard.shell.extension import EXTENSION
from modelyard.shell.failure import Failure

Stack = Mapping[str, Any]
_GONE = {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}


class CdkDeployment:
    """One `cdk deploy` of a catalog's stacks."""

    def __init__(self, arguments: CdkArguments, catalog: Catalog, cloudformation: Any, sagemaker: Any) -> None:
        self._arguments = arguments
        self._catalog = catalog
        self._cloudformation = cloudformation
        self._sagemaker = sagemaker
        self._selected = arguments.stacks({FOUNDATION, *catalog.entries})

    def words(self, synthesised_foundation: Callable[[], Mapping[str, Any] | None]) -> list[str]:
        """What the CDK CLI is to be told; it refuses what would change something that nobody named.

        `synthesised_foundation` is asked for only where it has to be compared with the deployed one; an app of
        somebody's own may have none.
        """
        words = self._arguments.for_cdk()
        alone = words if self._arguments.exclusively else [*words, "--exclusively"]
        endpoints = self._selected - {FOUNDATION}
        deployed = self._deployed()
        if deployed is None:
            return alone if endpoints and not self._reaches_foundation else words
        self._refuse_those_of_others(deployed)
        self._refuse_another_kind(deployed)
        new = [self._catalog.entries[name] for name in sorted(endpoints) if self._name(name) not in deployed]
        require_absent(self._sagemaker, self._catalog, new)
        if self._name(FOUNDATION) not in deployed or self._arguments.may_change_foundation:
            # Where there is none yet, the CDK deploys it first, as it should.
            return words
        if self._reaches_foundation:
            self._refuse_a_changed_foundation(synthesised_foundation())
            return words
        return alone if endpoints else words

    @property
    def _reaches_foundation(self) -> bool:
        """Whether the foundation is deployed, or may be, without having been named."""
        return not self._arguments.names(FOUNDATION) and (FOUNDATION in self._selected or self._extended)

    @property
    def _extended(self) -> bool:
        """Whether stacks of an extension are named, of which nobody knows here what they depend on."""
        ours = {FOUNDATION, *self._catalog.entries}
        extension = self._arguments.context(Path()).get(EXTENSION)
        return bool(extension) and not self._arguments.exclusively and bool(self._arguments.stacks_beyond(ours))

    def _name(self, stack: str) -> str:
        return stack_name(self._catalog.environment_name, stack)

    def _deployed(self) -> dict[str, Stack] | None:
        """The selected stacks and the foundation as they stand, by name; None where nobody may look or nobody can."""
        found = {}
        wanted = [self._name(stack) for stack in sorted({FOUNDATION, *self._selected})]
        try:
            for name in wanted:
                for stack in self._described(name):
                    found[name] = stack
        except ClientError as error:
            if error_code(error) not in DENIED:
                raise
            if self._reaches_foundation and not self._arguments.may_change_foundation:
                raise Failure(
                    f"AWS denied {error.operation_name}, so nobody can say whether this would change the foundation: "
                    f"ask for cloudformation:DescribeStacks and GetTemplate, or add {CHANGE_FOUNDATION}"
                ) from error
            return None
        except BotoCoreError:
            # No credentials, no network: the CDK CLI has the better words for it.
            return None
        return found

    def _described(self, name: str) -> Iterable[Stack]:
        try:
            stacks = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error_code(error) == "ValidationError":
                return []
            raise
        return [stack for stack in stacks if stack["StackStatus"] not in _GONE]

    def _refuse_those_of_others(self, deployed: Mapping[str, Stack]) -> None:
        ours = self._catalog.organisation.catalog
        former = self._arguments.value(FORMER_CATALOG)
        for name, stack in deployed.items():
            theirs = catalog_of(stack)
            if theirs is not None and theirs not in (ours, former):
                called = (
                    f"this one is called {ours}" if ours else "this one has no name (`catalog:` in organisation.yaml)"
                )
                place = f"{self._catalog.environment.account} {self._catalog.environment.region}"
                raise Failure(
                    f"stack {name} in {place} belongs to catalog {theirs}, and {called}: give one of the environments "
                    f"another name and prefix, or, where this catalog was called so itself, add {FORMER_CATALOG} "
                    f"{theirs}"
                )

    def _refuse_another_kind(self, deployed: Mapping[str, Stack]) -> None:
        """AWS turns most of these back; what it takes answers nobody who asks as before."""
        environment = self._catalog.environment_name
        for entry in (self._catalog.entries[name] for name in sorted(self._selected - {FOUNDATION})):
            theirs, ours = self._kind_of(deployed.get(self._name(entry.name), {})), entry.endpoint.kind
            if theirs in (None, ours) or (theirs, ours) == ONE_WAY:
                continue
            options = f"-c environment={environment} {entry.name}"
            raise Failure(
                f"{entry.name} is deployed as {theirs}, and the catalog makes it {ours}, which no endpoint becomes: "
                f"`modelyard cdk destroy {options}`, `modelyard stage {entry.name} --environment {environment}`, "
                f"`modelyard cdk deploy {options}`, with errors from the first to the last; or, without any, add the "
                f"{ours} one as an entry of another name, move the callers, then remove this one"
            )

    def _kind_of(self, stack: Stack) -> str | None:
        """As the stack's tags tell, under our key or the company's."""
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
        known = (tags.get(key) for key in (self._catalog.environment.tag_keys.get("llm:kind"), "llm:kind") if key)
        return next((kind for kind in known if kind in KINDS), None)

    def _refuse_a_changed_foundation(self, ours: Mapping[str, Any] | None) -> None:
        if ours is None:
            return
        name = self._name(FOUNDATION)
        theirs = deployed_template(self._cloudformation, name)
        if theirs == ours:
            return
        what = "; ".join(_differences(theirs.get("Resources", {}), ours.get("Resources", {}))) or "changes its outputs"
        environment = self._catalog.environment_name
        raise Failure(
            f"this checkout would change {name}, which all endpoints of {environment} share: it {what}. If that is "
            f"meant, deploy it by its name (`modelyard cdk deploy -c environment={environment} {FOUNDATION}`) or add "
            f"{CHANGE_FOUNDATION}; if not, bring the checkout up to date, or name the endpoints instead of --all"
        )


def catalog_of(stack: Stack) -> str | None:
    """The name of the catalog that deployed a stack; None where it said none."""
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return outputs.get(CATALOG_NAME)


def _differences(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterable[str]:
    changed = [name for name in theirs.keys() & ours.keys() if theirs[name] != ours[name]]
    for verb, names in (("removes", theirs.keys() - ours.keys()), ("adds", ours.keys() - theirs.keys())):
        if names:
            yield f"{verb} {joined(sorted(names))}"
    if changed:
        yield f"changes {joined(sorted(changed))}"


def named_catalog(arguments: CdkArguments) -> Catalog | None:
    """The catalog of the environment that a line names; None where there is none that can be read."""
    context = arguments.context(Path())
    if "environment" not in context:
        return None
    try:
        return load(Path(str(context.get("catalog", "catalog"))), str(context["environment"]))
    except (CatalogErrors, OSError):
        # The app tells what is wrong, with every rule.
        return None


def looked_at(arguments: CdkArguments, synthesise: Callable[[], Path]) -> list[str]:
    """The words for the CDK CLI, when everything was looked at that must be right before it starts."""
    profile = arguments.value("--profile")
    if profile is not None:
        # Whoever looks has the credentials of who deploys.
        os.environ["AWS_PROFILE"] = profile
    catalog = named_catalog(arguments)
    more = before(arguments, catalog)
    words = arguments.for_cdk() if catalog is None else _alone_or_together(arguments, catalog, synthesise)
    return [*words, *more]


def _alone_or_together(arguments: CdkArguments, catalog: Catalog, synthesise: Callable[[], Path]) -> list[str]:
    """The words of a deployment, which says whether what the stacks depend on is deployed too."""
    if not arguments.deploys:
        return arguments.for_cdk()
    account = Account(catalog)
    deployment = CdkDeployment(arguments, catalog, account.client("cloudformation"), account.client("sagemaker"))

    def foundation() -> Mapping[str, Any] | None:
        template = synthesise() / f"{FOUNDATION}.template.json"
        if not template.exists():
            return None
        found: Mapping[str, Any] = json.loads(template.read_text(encoding="utf-8"))
        return found

    return deployment.words(foundation)


def synthesised(program: list[str], arguments: CdkArguments, folder: Path, environment: Mapping[str, str]) -> Path:
    """Write the foundation as `cdk deploy` would, into a folder of one's own, and return it."""
    context = [word for stated in (*arguments.stated_context, f"{ONLY}={FOUNDATION}") for word in ("-c", stated)]
    app = arguments.value("-a", "--app")
    named = [] if app is None else ["--app", app]
    line = [*program, "synth", "--quiet", *named, *context, "--output", str(folder)]
    run = subprocess.run(line, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.stderr.write(run.stderr)
        raise Failure("the stacks cannot be written, so nothing is deployed: see above")
    return folder
