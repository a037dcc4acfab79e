"""Rules for multi-model endpoints: https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule, instance_types
from localaws.sagemaker.images import repository_name
from localaws.sagemaker.instance_facts import GPU_FAMILIES, MULTI_MODEL_GPU_TYPES, family

TRITON_REPOSITORY = "sagemaker-tritonserver"


def gpu_types_are_listed(config: ConfigRequest) -> str | None:
    """multi-model-support.html, "GPU backed multi-model endpoints": single-GPU types of p2, p3, g4dn and g5 only."""
    for variant in config.multi_model_variants:
        for instance_type in instance_types(variant):
            if family(instance_type) in GPU_FAMILIES and instance_type not in MULTI_MODEL_GPU_TYPES:
                return f"Instance type {instance_type} is not supported for multi-model endpoints."
    return None


def gpu_needs_triton(config: ConfigRequest) -> str | None:
    """multi-model-support.html: GPU multi-model endpoints run with the NVIDIA Triton Inference Server container."""
    for variant in config.multi_model_variants:
        on_gpu = any(family(instance_type) in GPU_FAMILIES for instance_type in instance_types(variant))
        model = config.model_of(variant)
        if on_gpu and model is not None:
            for container in model.containers:
                if container.get("Mode") == "MultiModel" and not _is_triton(container["Image"]):
                    return (
                        f"Multi-model endpoints on GPU instances are only supported with the {TRITON_REPOSITORY} "
                        f"container, not with {container['Image']}."
                    )
    return None


def _is_triton(image: str) -> bool:
    """A company's own copy below a folder of its registry is Triton as well."""
    return repository_name(image).rsplit("/", 1)[-1] == TRITON_REPOSITORY


RULES: tuple[ConfigRule, ...] = (gpu_types_are_listed, gpu_needs_triton)
