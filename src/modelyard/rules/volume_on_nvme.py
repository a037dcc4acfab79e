"""No volume size on instances that bring their own disk."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY016",
    severity="error",
    title="volume_gib is not set on instances with local NVMe",
    reason="AWS attaches no volume to a type with its own disk, and CreateEndpointConfig refuses "
    "VolumeSizeInGB for it.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sagemaker-endpointconfig.html "
    "and EC2 DescribeInstanceTypes (InstanceStorageInfo) for which types those are",
    fix="remove serving.volume_gib; the instance's disk holds image and weights",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.2xlarge, volume_gib: 100}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless" or entry.endpoint.serving.volume_gib is None:
        return
    for _, name in instance_places(entry):
        type_ = instance(name)
        if type_ and type_.has_local_nvme:
            size = entry.endpoint.serving.volume_gib
            yield Violation(
                ("serving", "volume_gib"),
                f"volume_gib is {size}, but {name} has its own disk of "
                f"{type_.nvme_gb} GB and AWS refuses a volume: remove volume_gib",
            )
