"""What the rules need to know of instance types: family, local disk, accelerator, regions."""

import functools
import json
from pathlib import Path

# Families whose every size has local NVMe disks, so that SageMaker attaches no EBS volume. EC2 DescribeInstanceTypes,
# InstanceStorageSupported, as recorded in moto 5.2.5; dl1 and p6e-gb200 from AWS's instance type pages.
NVME_FAMILIES = frozenset(
    [
        "c5d",
        "c6gd",
        "dl1",
        "g4dn",
        "g5",
        "g6",
        "g6e",
        "g7",
        "g7e",
        "m5d",
        "m6gd",
        "p4d",
        "p4de",
        "p5",
        "p5e",
        "p5en",
        "p6-b200",
        "p6-b300",
        "p6e-gb200",
        "r5d",
        "r6gd",
        "r7gd",
        "trn1",
        "trn1n",
        "trn2",
    ]
)
GPU_FAMILIES = frozenset(
    [
        "g4dn",
        "g5",
        "g6",
        "g6e",
        "g7",
        "g7e",
        "p2",
        "p3",
        "p4d",
        "p4de",
        "p5",
        "p5e",
        "p5en",
        "p6-b200",
        "p6-b300",
        "p6e-gb200",
    ]
)
NEURON_FAMILIES = frozenset(["inf1", "inf2", "trn1", "trn1n", "trn2"])

# GPU multi-model endpoints run on these single-GPU types only:
# https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html
MULTI_MODEL_GPU_TYPES = frozenset(
    ["ml.p2.xlarge", "ml.p3.2xlarge"]
    + [f"ml.g5.{size}" for size in ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")]
    + [f"ml.g4dn.{size}" for size in ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")]
)

# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, "Supported regions"
SERVERLESS_REGIONS = frozenset(
    [
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "af-south-1",
        "ap-east-1",
        "ap-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-north-1",
        "eu-south-1",
        "me-south-1",
        "sa-east-1",
    ]
)


def family(instance_type: str) -> str:
    """`g5` of `ml.g5.xlarge`."""
    return instance_type.split(".")[1]


def has_local_disk(instance_type: str) -> bool:
    return family(instance_type) in NVME_FAMILIES


@functools.cache
def _types_by_region() -> dict[str, frozenset[str]]:
    path = Path(__file__).parent / "data" / "hosting_regions.json"
    regions = json.loads(path.read_text(encoding="utf-8"))["regions"]
    return {region: frozenset(types) for region, types in regions.items()}


def is_offered(instance_type: str, region: str) -> bool:
    """Whether AWS's price list has the type for hosting in the region; a region the list lacks offers nothing."""
    return instance_type in _types_by_region().get(region, frozenset())
