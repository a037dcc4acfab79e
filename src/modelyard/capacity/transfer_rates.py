"""How fast bytes arrive on an instance: over its network, onto its disk and off it again, in bytes per second.

What AWS guarantees at all times, not what it reaches for a while: an instance that starts last in a busy hour decides
about a time limit. Sources of the figures by type stand in `data/transfer_rates.json`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from modelyard.capacity.instances import Instance

_MB = 10**6
_MIB = 1 << 20
# One flow of packets gets no more, whatever the instance has.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html
_ONE_FLOW_GBIT_S = 5.0
# Where nobody states a type's baseline.
_ASSUMED_GBIT_S = 1.0
# AWS states no throughput for local disks. 349 MB/s were measured writing and 689 reading on one of m5d.4xlarge
# (https://gist.github.com/ouranos/bcad6055ff7cfe5c3903a60ff5c3ade4); a little less is assumed of all.
_NVME_WRITE = 300 * _MB
_NVME_READ = 600 * _MB
# SageMaker attaches gp2; up to 170 GiB it reaches 128 MiB/s, above that 250.
# https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
_GP2_SMALL_GIB, _GP2_SMALL, _GP2_LARGE = 170, 128 * _MIB, 250 * _MIB


def network_rate(instance: Instance) -> float:
    """Bytes per second from S3 or a registry of the same region."""
    gbit_s = _row(instance).get("network_gbit_s", _ASSUMED_GBIT_S)
    return min(float(gbit_s), _ONE_FLOW_GBIT_S) * 1e9 / 8


def disk_write_rate(instance: Instance, *, volume_gib: int) -> float:
    """Bytes per second onto the local disk, or onto a volume of this size where there is none."""
    return _NVME_WRITE if instance.has_local_nvme else _volume_rate(instance, volume_gib)


def disk_read_rate(instance: Instance, *, volume_gib: int) -> float:
    """Bytes per second off the local disk, or off a volume of this size where there is none."""
    return _NVME_READ if instance.has_local_nvme else _volume_rate(instance, volume_gib)


def _volume_rate(instance: Instance, volume_gib: int) -> float:
    gp2 = _GP2_SMALL if volume_gib <= _GP2_SMALL_GIB else _GP2_LARGE
    attached = _row(instance).get("volume_mb_s")
    return float(min(gp2, attached * _MB) if attached else gp2)


def _row(instance: Instance) -> dict[str, float]:
    row: dict[str, float] = _table()["instances"].get(instance.name, {})
    return row


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        resources.files("modelyard.capacity").joinpath("data", "transfer_rates.json").read_text("utf-8")
    )
    return table
