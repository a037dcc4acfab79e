"""What a change of the environment itself does to the foundation, in words."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.schema import Environment


def foundation_sentences(before: Environment | None, after: Environment | None, name: str) -> Iterator[str]:
    """What happens to the buckets and the key that all endpoints share."""
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
            "The foundation's buckets are named by the prefix: new, empty ones are made, and the old ones stay with "
            f"what they hold. Before any endpoint: `modelyard stage --all --environment {name}`."
        )
    if before.kms_key_arn != after.kms_key_arn:
        yield (
            "Buckets and log groups encrypt with the other key from then on; what they hold stays encrypted with the "
            "old one, so that one must stay."
        )
        if before.kms_key_arn is None:
            yield "The foundation's own key leaves its stack and is kept: it is billed until somebody deletes it."
    if before.isolates != after.isolates:
        yield (
            "Every endpoint but the serverless ones gets a new Model, whose containers "
            f"{'have no network of their own' if after.isolates else 'have a network of their own'}."
        )
    if _joined(before) != _joined(after):
        yield "Every endpoint but the serverless ones gets a new Model in the other network."
    if (before.signals is None) != (after.signals is None):
        word = "make" if before.signals is None else "delete"
        yield (
            f"The foundation will {word} the record stream and what processes it and captured requests. Every Model is "
            "told about it, so every endpoint gets a new one."
        )
        if word == "make":
            yield f"Deploy `foundation` first, then the endpoints: `--all` does it in this order ({name})."
        else:
            yield (
                f"Deploy every endpoint of {name} by its name first, and `foundation` last: until then they write to "
                "the stream. `--all` begins with the foundation."
            )
    elif before.signals is not None and after.signals is not None and before.signals != after.signals:
        if before.signals.delivery != after.signals.delivery:
            yield "Records leave containers another way, so every endpoint that writes them gets a new Model."
        else:
            yield "The record stream changes in place; no endpoint notices."
    if before.fleet_dashboard != after.fleet_dashboard:
        yield f"The foundation {'gets' if after.fleet_dashboard else 'loses'} the dashboard of the fleet."
    if before.termination_protection != after.termination_protection:
        yield f"The foundation's stack can {'no longer' if after.termination_protection else 'then'} be deleted."
    if before.tag_keys != after.tag_keys:
        yield "Tags of the shared buckets and parameters change in place; new keys must be activated for the bill."


def _joined(environment: Environment) -> object:
    network = environment.network
    return None if network is None else (network.subnets, network.security_groups)
