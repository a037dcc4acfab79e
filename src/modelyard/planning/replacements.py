"""What a deploy does where an endpoint cannot stay the one that it is."""

from __future__ import annotations

from modelyard.catalog.entry import Entry
from modelyard.catalog.naming import stack_name
from modelyard.planning.deployment import Deployment, fleet
from modelyard.planning.place import Place
from modelyard.pricing.hosting import Hosting

# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-update.html: real-time to serverless is refused;
# from serverless to instances an endpoint can go, and never back.
ONE_WAY = ("serverless", "real-time")


def another_kind(before: Entry, after: Entry, place: Place) -> Deployment:
    """An entry whose kind is another one."""
    kinds = f"{before.endpoint.kind} to {after.endpoint.kind}"
    if after.endpoint.kind == "serverless":
        why = f"AWS refuses to update an endpoint from {kinds}: one on instances cannot become serverless."
    elif before.endpoint.kind == "async":
        # "The AsyncInferenceConfig parameter cannot be removed from this endpoint": aws/sagemaker-python-sdk#3124
        why = f"AWS refuses to update an endpoint from {kinds}: its AsyncInferenceConfig cannot be removed."
    else:
        why = f"AWS documents no update of an endpoint from {kinds}; count on a refusal."
    name = after.name
    sentences = (
        f"The endpoint must be deleted and created: `modelyard cdk destroy -c environment={place.name} {name}`, "
        f"`modelyard stage {name} --environment {place.name}`, "
        f"`modelyard cdk deploy -c environment={place.name} {name}`. Callers get errors from the first to the last.",
        "Without downtime: add the new kind as an entry of another name, move its callers, then remove this one.",
    )
    return Deployment(action="replaced", how="deleted and created, with downtime", sentences=sentences, refused=why)


def renamed(before: Entry, after: Entry, hosting: Hosting | None) -> Deployment:
    """An entry whose endpoint has another name."""
    sentences = (
        f"Its name on AWS changes from {before.endpoint_name} to {after.endpoint_name}: CloudFormation creates the new "
        f"endpoint with {fleet(hosting)}, then deletes the old one with whatever it runs; both are billed meanwhile.",
        f"Callers must ask {after.endpoint_name} from then on; who asks the old name gets an error. Its log group is "
        "replaced too, and the old one's logs are deleted with it.",
    )
    how = "another endpoint beside it, then the old one ends"
    # An entry's own name is its stack's: only the environment's prefix renames an endpoint.
    why = "`modelyard cdk deploy` refuses another name_prefix for an environment that is deployed."
    return Deployment(action="replaced", how=how, sentences=sentences, refused=why)


def in_other_buckets() -> Deployment:
    """An entry whose environment gives its buckets other names."""
    sentences = (
        "The buckets of other names would be empty: weights, requests, answers and captures would stay in the former.",
    )
    why = "`modelyard cdk deploy` refuses other bucket_names for an environment that is deployed."
    return Deployment(action="replaced", how="other buckets, which are empty", sentences=sentences, refused=why)


def moved(
    after: Entry, place: Place, hosting: Hosting | None, old: tuple[str, str], new: tuple[str, str]
) -> Deployment:
    """An entry whose environment is another account or region."""
    sentences = (
        f"The environment moves from {' '.join(old)} to {' '.join(new)}: a new stack "
        f"{stack_name(place.name, after.name)} starts {fleet(hosting)} there.",
        f"The stack in {' '.join(old)} stays, and is billed until it is deleted there: destroy it from the old commit.",
    )
    return Deployment(action="replaced", how="another account or region", sentences=sentences)
