"""A serverless container as something a model is sized on: the memory that was asked for, and nothing else.

https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
"""

from __future__ import annotations

from modelyard.capacity.candidates import Neighbours
from modelyard.capacity.instances import Instance
from modelyard.capacity.memory_fit import Fit, fit
from modelyard.capacity.workload import Workload
from modelyard.catalog.schema import Model

_STEP_MB = 1024
_LARGEST_MB = 6144


def container(memory_mb: int) -> Instance:
    """The container that serves one request at a time."""
    return Instance(
        name=f"serverless with {memory_mb} MB",
        processor="cpu",
        architecture="x86_64",
        vcpu=None,
        memory_gib=memory_mb / 1024,
        nvme_gb=0,
    )


def container_neighbours(model_name: str, model: Model, workload: Workload, memory_mb: int) -> Neighbours:
    """The next smaller and larger memory size that AWS offers."""
    smaller, larger = memory_mb - _STEP_MB, memory_mb + _STEP_MB

    def fit_in(size_mb: int) -> Fit:
        return fit(model_name, model, workload, container(size_mb))

    return Neighbours(
        smaller=fit_in(smaller) if smaller >= _STEP_MB else None,
        larger=fit_in(larger) if larger <= _LARGEST_MB else None,
    )
