"""Whether an instance can take in what it serves: image and weights on its disk, weights through its host memory."""

from __future__ import annotations

from modelyard.capacity.instances import Instance
from modelyard.capacity.weights import weight_bytes
from modelyard.capacity.workload import Workload
from modelyard.catalog.schema import Model

_GB = 10**9
_GIB = 1 << 30
# Unpacked size of an inference image, measured of none of them: large enough for those that carry CUDA or Neuron.
_IMAGE_GB = {"gpu": 25, "neuron": 20, "gaudi": 20, "cpu": 5}
# The volume of an instance without a disk of its own, where the entry asks for no other size.
# https://docs.aws.amazon.com/sagemaker/latest/dg/host-instance-storage.html
DEFAULT_VOLUME_GIB = 30
_LARGEST_VOLUME_GIB = 512
# https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
_SERVERLESS_DISK_GB = 5
_HOST_RESERVE_GIB = 2


def storage_findings(model: Model, workload: Workload, instance: Instance) -> tuple[list[str], list[str]]:
    """What keeps an instance from holding or loading the weights, and what only slows it down."""
    problems: list[str] = []
    warnings: list[str] = []
    checkpoint = weight_bytes(model)
    on_disk_gb = _on_disk_gb(checkpoint, workload)
    if workload.serverless:
        if on_disk_gb > _SERVERLESS_DISK_GB:
            problems.append(f"the model takes {on_disk_gb:.1f} GB, a serverless container has {_SERVERLESS_DISK_GB}")
        return problems, warnings
    needed_gb = on_disk_gb + _IMAGE_GB[instance.processor]
    problems += _disk_problems(needed_gb, workload, instance)
    _host(checkpoint, instance, problems, warnings)
    return problems, warnings


def image_bytes(instance: Instance) -> int:
    """What an inference image takes on this kind of instance, unpacked."""
    return _IMAGE_GB[instance.processor] * _GB


def volume_gib(model: Model, workload: Workload, instance: Instance) -> int:
    """The volume that holds an instance's image and a model's weights, in GiB."""
    return _volume_gib(_on_disk_gb(weight_bytes(model), workload) + _IMAGE_GB[instance.processor])


def _on_disk_gb(checkpoint: int, workload: Workload) -> float:
    # An archive and what is unpacked from it lie side by side for a moment.
    return checkpoint * (2 if workload.packed else 1) / _GB


def _volume_gib(needed_gb: float) -> int:
    return int(needed_gb * _GB / _GIB) + 1


def _disk_problems(needed_gb: float, workload: Workload, instance: Instance) -> list[str]:
    if instance.has_local_nvme:
        disk_gb = instance.nvme_gb or 0
        return [f"image and weights take {needed_gb:.0f} GB, its disk has {disk_gb}"] if needed_gb > disk_gb else []
    needed_gib = _volume_gib(needed_gb)
    if needed_gib > _LARGEST_VOLUME_GIB:
        return [f"image and weights take {needed_gib} GiB, a volume has at most {_LARGEST_VOLUME_GIB}"]
    volume = workload.volume_gib or DEFAULT_VOLUME_GIB
    if needed_gib > volume and not workload.any_volume:
        stated = f"volume_gib is {volume}" if workload.volume_gib else f"the default volume has {volume} GiB"
        return [f"image and weights take {needed_gib} GiB, {stated}: write volume_gib: {needed_gib}"]
    return []


def _host(checkpoint: int, instance: Instance, problems: list[str], warnings: list[str]) -> None:
    if instance.memory_gib is None or instance.processor == "cpu":
        return
    needed_gib = checkpoint / _GIB + _HOST_RESERVE_GIB
    if needed_gib <= instance.memory_gib:
        return
    if instance.processor == "neuron":
        # The whole checkpoint is read on the host and sharded there before anything reaches the cores.
        # https://huggingface.co/docs/optimum-neuron/guides/export_model
        problems.append(f"loading takes {needed_gib:.0f} GiB of host memory, it has {instance.memory_gib:g}")
    else:
        warnings.append(
            f"weights of {checkpoint / _GIB:.1f} GiB exceed what {instance.memory_gib:g} GiB of host memory can keep "
            "while they load: the start reads the disk more slowly"
        )
