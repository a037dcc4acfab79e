"""What a change of the environment itself does to the foundation, in words."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.schema import Environment
from modelyard.planning.stream_size import size_sentences
from modelyard.pricing.resources import Resources


def foundation_sentences(
    before: Environment | None, after: Environment | None, name: str, *, foundations: tuple[Resources, Resources]
) -> Iterator[str]:
    """What happens to the buckets and the key that all endpoints share; `foundations` are the stack on each side."""
    if before is None or after is None:
        if after is not None:
            yield f"The environment is new: `modelyard cdk deploy -c environment={name} foundation` comes first."
        elif before is not None:
            yield "The environment's file is gone; its foundation and its stacks stay until somebody deletes them."
        return
    if (before.account, before.region) != (after.account, after.region):
        yield (
            f"A new foundation in {after.account} {after.region}: bootstrap and deploy it, then stage all weights. "
            f"The one in {before.account} {before.region} stays."
        )
        return
    if before.name_prefix != after.name_prefix:
        yield (
            "Another prefix would name every endpoint and bucket anew, away from callers and weights: `modelyard cdk "
            f"deploy -c environment={name}` refuses it while the environment is deployed. Write a second environment "
            "beside this one instead, stage and deploy it, move the callers, and then destroy this one."
        )
    elif before.bucket_names != after.bucket_names:
        yield (
            "Another bucket would be empty, and what lies in the deployed one would stay there: `modelyard cdk "
            f"deploy -c environment={name}` refuses other names while the environment is deployed. Write a second "
            "environment beside this one instead, stage and deploy it, move the callers, and then destroy this one."
        )
    if before.kms_key_arn != after.kms_key_arn:
        yield (
            "Buckets, log groups and volumes encrypt with the other key from then on, in any order of stacks: roles "
            "may use both. What is stored already stays under the former key, which must stay enabled: afterwards "
            f"`modelyard stage --all --environment {name}` encrypts the weights anew, and requests, answers and "
            "captures run out by themselves."
        )
        if after.kms_key_arn is not None and after.foundation_key:
            yield "The foundation's own key stays beside it, so that it is found again; it goes on being billed."
    if before.foundation_key != after.foundation_key:
        yield (
            "The foundation makes a key of its own."
            if after.foundation_key
            else "The foundation's own key leaves its stack and is kept: it is billed until somebody deletes it, which "
            "must not be before nothing lies under it any more."
        )
    if before.isolates != after.isolates:
        yield (
            "Every endpoint but the serverless ones gets a new Model, whose containers "
            f"{'have no network of their own' if after.isolates else 'have a network of their own'}."
        )
    if _joined(before) != _joined(after):
        yield "Every endpoint but the serverless ones gets a new Model in the other network."
    if (before.signals is None) != (after.signals is None):
        if before.signals is None:
            yield (
                "The foundation will make the record stream and what processes it and captured requests, or find what "
                "was recorded before. Every Model is told about it, so every endpoint gets a new one."
            )
        else:
            yield (
                "The foundation will delete the record stream and what processes it and captured requests; what was "
                "recorded stays. The CDK deploys it first, and records end there: to keep those of the last minutes, "
                f"deploy the endpoints before it, with `modelyard cdk deploy -c environment={name}` and their names. "
                "Every Model is told about it, so every endpoint gets a new one."
            )
    elif before.signals is not None and after.signals is not None:
        if before.signals.delivery != after.signals.delivery:
            yield "Records leave containers another way, so every endpoint that writes them gets a new Model."
        elif before.signals != after.signals:
            yield "The record stream changes in place; no endpoint notices."
        yield from size_sentences(*foundations)
    if before.fleet_dashboard != after.fleet_dashboard:
        yield f"The foundation {'gets' if after.fleet_dashboard else 'loses'} the dashboard of the fleet."
    if before.termination_protection != after.termination_protection:
        yield f"The foundation's stack can {'no longer' if after.termination_protection else 'then'} be deleted."
    if before.tag_keys != after.tag_keys:
        yield "Tags of the shared buckets and parameters change in place; new keys must be activated for the bill."
    if before.name_prefix == after.name_prefix and _template(before) != _template(after):
        yield (
            f"`modelyard cdk deploy -c environment={name} --all` refuses to change the foundation unless that is said: "
            "with --change-foundation, or by its name."
        )


def _joined(environment: Environment) -> object:
    network = environment.network
    return None if network is None else (network.subnets, network.security_groups)


def _template(environment: Environment) -> object:
    """What the foundation's own template is made of, but for tags, which stand beside it."""
    return (
        environment.kms_key_arn,
        environment.foundation_key,
        environment.signals,
        environment.fleet_dashboard,
    )
